"""A table of numbers and what it says of itself as bytes, sealed with a digest."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def seal(content: bytes) -> bytes:
    """Put the digest of some content before it."""
    return hashlib.sha256(content).digest() + content


def unseal(sealed: bytes) -> bytes | None:
    """Return the content behind its digest; None where they do not fit."""
    content = sealed[32:]
    return content if sealed[:32] == hashlib.sha256(content).digest() else None


def pack_series(head: Mapping[str, Any], values: NDArray[np.float32], level: int = 0) -> bytes:
    """Return a head of plain values and a table as bytes; `level` of compression from 0 to 9."""
    line = json.dumps({**head, "shape": values.shape})
    return line.encode() + b"\n" + zlib.compress(values.tobytes(), level)


def read_head(content: bytes) -> dict[str, Any]:
    """Return the head alone, without the work of reading the table."""
    head: dict[str, Any] = json.loads(content.partition(b"\n")[0])
    return head


def unpack_series(content: bytes) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Return head and table, which cannot be written to."""
    head = read_head(content)
    values = np.frombuffer(zlib.decompress(content.partition(b"\n")[2]), np.float32)
    return head, values.reshape(head["shape"])
