"""A picture file without its metadata, for files whose metadata alone are damaged or too large.

Browsers show such a picture; a decoder that gives up on a comment would leave it unexamined.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

__all__ = ["without_metadata"]

MAX_PARTS = 65_536
_PNG_PIXELS = frozenset(b"IHDR PLTE tRNS IDAT IEND acTL fcTL fdAT".split())
_JPEG_PIXELS = frozenset((0xE0, 0xEE))
"""Application segments that say how pixels are meant: JFIF and Adobe."""

Stretch = tuple[int, int]


def without_metadata(file: BinaryIO, decoder: str) -> BinaryIO | None:
    """The same pixels in a file of nothing else.

    Args:
        file: Seekable; left at an arbitrary position.
        decoder: Pillow's name of the format.

    Returns:
        A seekable file over the parts that are kept (nothing is copied); None for a format other
        than PNG and JPEG, or where there is nothing to leave out.
    """
    kept = {"PNG": _png, "JPEG": _jpeg}.get(decoder, lambda _: [])(file)
    size = file.seek(0, io.SEEK_END)
    kept = [(start, min(length, size - start)) for start, length in kept if start < size]
    if sum(length for _, length in kept) in (0, size):
        return None
    return io.BufferedReader(_Stretches(file, kept))


def _png(file: BinaryIO) -> list[Stretch]:
    kept, at = [(0, 8)], 8
    for _ in range(MAX_PARTS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        if kind in _PNG_PIXELS:
            _join(kept, at, 12 + length)
        at += 12 + length
        if kind == b"IEND":
            break
    return kept


def _jpeg(file: BinaryIO) -> list[Stretch]:
    kept, at = [(0, 2)], 2
    for _ in range(MAX_PARTS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            break
        if head[1] == 0xFF:
            at += 1
            continue
        length = 2 + int.from_bytes(head[2:], "big")
        if head[1] == 0xDA:
            break
        if not (0xE0 <= head[1] <= 0xEF or head[1] == 0xFE) or head[1] in _JPEG_PIXELS:
            _join(kept, at, length)
        at += length
    _join(kept, at, max(0, file.seek(0, io.SEEK_END) - at))
    return kept


def _join(kept: list[Stretch], start: int, length: int) -> None:
    if kept and sum(kept[-1]) == start:
        kept[-1] = (kept[-1][0], kept[-1][1] + length)
    else:
        kept.append((start, length))


class _Stretches(io.RawIOBase):
    """Stretches of a file, one after the other."""

    def __init__(self, file: BinaryIO, stretches: list[Stretch]) -> None:
        self._file = file
        self._stretches = stretches
        self._size = sum(length for _, length in stretches)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        left = self._at
        for start, length in self._stretches:
            if left < length:
                self._file.seek(start + left)
                data = self._file.read(min(len(buffer), length - left))
                buffer[: len(data)] = data
                self._at += len(data)
                return len(data)
            left -= length
        return 0
