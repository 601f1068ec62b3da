"""Text fields of a TIFF directory: EXIF blocks and TIFF files."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["ExifField", "read_exif"]

Read = Callable[[int, int], bytes]
"""Reads `length` bytes at `offset`; fewer at the end."""

MAX_ENTRIES = 512
MAX_DIRECTORIES = 1024
MAX_VALUE = 4 * 2**20

_TAGS = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x013B: "Artist",
    0x02BC: "XMP",
    0x83BB: "IPTC",
    0x8649: "Photoshop",
    0x8298: "Copyright",
    0x9003: "DateTimeOriginal",
    0x9286: "UserComment",
    0x927C: "MakerNote",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0xCD41: "C2PA",
}
_EXIF_DIRECTORY = 0x8769
_CHILDREN = 0x014A
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 13: 4}


class ExifField(NamedTuple):
    """A field that can hold text, as the bytes that are in the file."""

    name: str
    value: bytes

    @property
    def text(self) -> str:
        """The value as text, by the character code of the field."""
        value = self.value
        if self.name.startswith("XP"):
            return value.decode("utf-16-le", "replace").rstrip("\x00")
        if self.name == "UserComment" and len(value) >= 8:
            code, value = value[:8], value[8:]
            if code.startswith(b"UNICODE"):
                return _utf16(value).rstrip("\x00 ")
            if code[:5] not in (b"ASCII", b"\x00" * 5, b"JIS\x00\x00"):
                value = self.value
        return value.decode("utf-8", "replace").rstrip("\x00 ")


def read_exif(read: Read) -> Iterator[ExifField]:
    """The text fields of all directories: pages, their children, EXIF.

    Of a field that occurs twice the first one counts; credentials lie in the last directory (C2PA
    2.2, A.3.3) or the first.

    Args:
        read: Access to the block; offset 0 is the byte-order mark (`II` or `MM`).
    """
    head = read(0, 8)
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        return
    directories = [struct.unpack(f"{order}I", head[4:])[0]]
    seen: set[int] = set()
    given: set[str] = set()
    while directories:
        at = directories.pop()
        if at in seen or len(seen) >= MAX_DIRECTORIES:
            continue
        seen.add(at)
        head = read(at, 2)
        if len(head) < 2:
            continue
        count = min(struct.unpack(f"{order}H", head)[0], MAX_ENTRIES)
        table = read(at + 2, 12 * count)
        after = read(at + 2 + 12 * count, 4)
        if len(after) == 4 and (following := struct.unpack(f"{order}I", after)[0]):
            directories.insert(0, following)
        for tag, kind, length, value in struct.iter_unpack(
            f"{order}HHI4s", table[: len(table) // 12 * 12]
        ):
            size = _SIZES.get(kind, 0) * length
            offset = struct.unpack(f"{order}I", value)[0]
            name = _TAGS.get(tag)
            if tag == _EXIF_DIRECTORY or (tag == _CHILDREN and length == 1):
                directories.append(offset)
            elif tag == _CHILDREN:
                offsets = read(offset, 4 * min(length, MAX_DIRECTORIES))
                directories += struct.unpack(f"{order}{len(offsets) // 4}I", offsets)
            elif name == "C2PA":
                yield ExifField(name, b"")
            elif name and name not in given and 0 < size <= MAX_VALUE:
                given.add(name)
                yield ExifField(name, value[:size] if size <= 4 else read(offset, size))


def _utf16(value: bytes) -> str:
    """UTF-16 of unknown byte order: Latin text has its zeros in the high bytes."""
    big = value[0::2].count(0) >= value[1::2].count(0)
    return value.decode("utf-16-be" if big else "utf-16-le", "replace")
