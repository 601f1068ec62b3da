"""The messages between the pool and its workers: JSON and raw arrays, lengths first.

No pickles: what a worker sends is checked like any other hostile input.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["WireError", "pack", "unpack"]

MAGIC = b"dtw1"
PREFIX = struct.Struct("<4sI")
DTYPES = ("uint8", "int16", "float32")
MAX_HEADER = 16 * 2**20
MAX_ARRAYS = 1024
MAX_BYTES = 2**30
"""Bytes of all arrays of a message: half an hour of sound and 48 large frames are a quarter."""


class WireError(Exception):
    """Bytes that are not a message, or one that is too large."""


def pack(
    content: Any, arrays: Sequence[npt.NDArray[np.generic]] = ()
) -> tuple[bytes, list[memoryview]]:
    """A message as a head and the arrays that follow it.

    Raises:
        WireError: An array has a type that is not allowed, or there is too much of it.
    """
    import numpy as np

    solid = [np.ascontiguousarray(a) for a in arrays]
    if any(a.dtype.name not in DTYPES for a in solid):
        raise WireError(f"arrays must be {', '.join(DTYPES)}")
    if sum(a.nbytes for a in solid) > MAX_BYTES or len(solid) > MAX_ARRAYS:
        raise WireError("the answer is too large")
    shapes = [{"dtype": a.dtype.name, "shape": a.shape} for a in solid]
    header = json.dumps({"content": content, "arrays": shapes}, allow_nan=False).encode()
    if len(header) > MAX_HEADER:
        raise WireError("the answer is too large")
    views = [_bytes_of(a) for a in solid if a.size]
    return PREFIX.pack(MAGIC, len(header)) + header, views


def unpack(
    read_into: Callable[[memoryview], None],
) -> tuple[Any, list[npt.NDArray[np.generic]]]:
    """Reads one message.

    Args:
        read_into: Fills a buffer completely, or raises.

    Raises:
        WireError: What arrives is not a message. Nothing is allocated before its size was checked.
    """
    prefix = bytearray(PREFIX.size)
    read_into(memoryview(prefix))
    magic, length = PREFIX.unpack(prefix)
    if magic != MAGIC or length > MAX_HEADER:
        raise WireError("not a message")
    header = bytearray(length)
    read_into(memoryview(header))
    try:
        message = json.loads(header)
        content = message["content"]
        declared = [(str(a["dtype"]), _shape(a["shape"])) for a in message["arrays"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WireError("not a message") from None
    if len(declared) > MAX_ARRAYS or any(name not in DTYPES for name, _ in declared):
        raise WireError("arrays that were not agreed on")
    if not declared:
        return content, []
    import numpy as np

    if sum(np.dtype(name).itemsize * math.prod(shape) for name, shape in declared) > MAX_BYTES:
        raise WireError("arrays that are too large")
    arrays: list[npt.NDArray[np.generic]] = []
    for name, shape in declared:
        array = np.empty(shape, name)
        if array.size:
            read_into(_bytes_of(array))
        arrays.append(array)
    return content, arrays


def _shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > 4:
        raise ValueError
    if not all(type(n) is int and 0 <= n <= MAX_BYTES for n in value):
        raise ValueError
    return tuple(value)


def _bytes_of(array: npt.NDArray[np.generic]) -> memoryview:
    return array.reshape(-1).view("uint8").data
