"""A worker process: reads jobs from its standard input, does them one at a time, answers on its standard output."""

import gc
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from runs.engines.engine import Failure, attempt, failure_of

READY = b"ready"


def send(stream: BinaryIO, message: bytes) -> None:
    """Write one message: eight bytes of length, then the message."""
    stream.write(len(message).to_bytes(8, "big") + message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one message; None where the other side is gone, even in the middle of a message."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


def main() -> None:
    """Serve until the parent closes our input or dies; then end at once, in the middle of a job if need be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a job prints must not end up among the answers
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    send(answers, READY)
    work: Callable[[Any], Any] = _no_work
    settled = False
    while True:
        code, job = pickle.loads(asked.get())
        if code is not None:
            loaded = _load(code)
            work = loaded if not isinstance(loaded, Failure) else _Refusal(loaded)
        send(answers, _answer(work, job))
        if not settled:  # what is imported by now stays: leave it out of every later collection, which is then quick
            gc.collect()
            gc.freeze()
            settled = True


def _listen(stream: BinaryIO, asked: "queue.SimpleQueue[bytes]") -> None:
    """Take messages in a thread of their own, so that the parent's death is seen during a job too."""
    while (message := receive(stream)) is not None:
        asked.put(message)
    os._exit(0)


def _answer(work: Callable[[Any], Any], packed: bytes) -> bytes:
    """Do one packed job; a result that cannot be packed is a failure like any other."""
    job = _load(packed)
    result = job if isinstance(job, Failure) else attempt(work, job)
    try:
        return pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - pickle raises whatever the object does
        unsent = TypeError(f"the result cannot be pickled: {error}")
        unsent.__cause__ = error
        return pickle.dumps(failure_of(unsent), protocol=pickle.HIGHEST_PROTOCOL)


def _load(packed: bytes) -> Any:
    try:
        return pickle.loads(packed)
    except Exception as error:  # noqa: BLE001 - an import behind it may raise anything
        return failure_of(error)


def _no_work(_: Any) -> Failure:
    return Failure("no work was given")


class _Refusal:
    """Stands for work that could not be loaded."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure

    def __call__(self, _: Any) -> Failure:
        return self.failure
