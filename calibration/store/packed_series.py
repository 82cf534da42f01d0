"""A table of numbers and what it says of itself as bytes, sealed with a checksum."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The checksum of some content, and the length of a head. Heads are padded so that the table behind them is aligned.
CHECKSUM_BYTES, LENGTH_BYTES, ALIGNED_TO = 4, 4, 8


def seal(content: bytes) -> bytes:
    """Put the checksum (CRC-32) of some content before it."""
    return zlib.crc32(content).to_bytes(CHECKSUM_BYTES, "big") + content


def unseal(sealed: bytes) -> memoryview | None:
    """Return the content behind its checksum, not copied; None where they do not fit or nothing is there."""
    content = memoryview(sealed)[CHECKSUM_BYTES:]
    return content if int.from_bytes(sealed[:CHECKSUM_BYTES], "big") == zlib.crc32(content) and content else None


def pack_series(head: Mapping[str, Any], values: NDArray[np.float32], *, compress: bool = False) -> bytes:
    """Return a head of plain values and a table as bytes."""
    line = json.dumps({**head, "shape": values.shape, "compressed": compress}).encode()
    line += b" " * (-(CHECKSUM_BYTES + LENGTH_BYTES + len(line)) % ALIGNED_TO)
    content = values.tobytes()
    return len(line).to_bytes(LENGTH_BYTES, "big") + line + (zlib.compress(content) if compress else content)


def read_head(content: memoryview) -> dict[str, Any]:
    """Return the head alone, without the work of reading the table."""
    head: dict[str, Any] = json.loads(bytes(content[LENGTH_BYTES : _end_of_head(content)]))
    return head


def unpack_series(content: memoryview) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Return head and table, which cannot be written to."""
    head, packed = read_head(content), content[_end_of_head(content) :]
    values = np.frombuffer(zlib.decompress(packed) if head["compressed"] else packed, np.float32)
    return head, values.reshape(head["shape"])


def _end_of_head(content: memoryview) -> int:
    return LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "big")
