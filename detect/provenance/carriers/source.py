"""Bounded random access to the bytes of a container."""

from __future__ import annotations

import os
from typing import BinaryIO

__all__ = ["Source"]


class Source:
    """Bounded random access to a stretch of a file or to bytes."""

    def __init__(self, file: BinaryIO | bytes, start: int = 0, end: int | None = None) -> None:
        self._file = file
        self._start = start
        self._count = [0]
        if end is None:
            end = len(file) if isinstance(file, bytes) else file.seek(0, os.SEEK_END)
        self.size = max(0, end - start)

    @property
    def reads(self) -> int:
        """How often this source and its parts were read."""
        return self._count[0]

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes at `offset`; nothing outside the stretch."""
        self._count[0] += 1
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        at = self._start + offset
        if isinstance(self._file, bytes):
            return self._file[at : at + length]
        self._file.seek(at)
        return self._file.read(length)

    def part(self, offset: int, length: int) -> Source:
        """A stretch of this one."""
        offset = min(offset, self.size)
        start = self._start + offset
        part = Source(self._file, start, start + max(0, min(length, self.size - offset)))
        part._count = self._count
        return part
