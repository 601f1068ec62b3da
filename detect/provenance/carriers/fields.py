"""The raw metadata fields of a file, within limits."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["DAMAGE", "MAX_CHUNKS", "MAX_FIELD", "MAX_TOTAL", "Carriers", "Field", "plain"]

DAMAGE = (ValueError, LookupError, OSError, OverflowError, MemoryError, struct.error, zlib.error)
"""What reading a damaged container may raise."""

MAX_FIELD = 4 * 2**20
MAX_TOTAL = 16 * 2**20
MAX_FIELDS = 512
MAX_CHUNKS = 65_536
MAX_PARTS = 60_000

_UNSAFE = re.compile(r"[^A-Za-z0-9 ._:,()/-]")

Carrier = Literal["exif", "xmp", "text", "tag"]


@dataclass(frozen=True, slots=True)
class Field:
    """One metadata field.

    Attributes:
        carrier: `exif`, `xmp` (a whole packet), `text` (chunks of a picture) or `tag` (of a sound
            or video container).
        key: Name of the field in its carrier.
        text: Its value, untrusted.
        where: The place in words, `PNG tEXt parameters`.
    """

    carrier: Carrier
    key: str
    text: str
    where: str


@dataclass(slots=True)
class Carriers:
    """What was read.

    Attributes:
        fields: All text fields, in file order.
        c2pa: The container has a C2PA box.
        size: Bytes in the file.
        parts: How many parts of the container were looked at.
        room: Characters that may still be kept.
    """

    fields: list[Field] = field(default_factory=list)
    c2pa: bool = False
    size: int = 0
    parts: int = 0
    room: int = MAX_TOTAL

    @property
    def flooded(self) -> bool:
        """So many parts that no further reader is sent through them."""
        return self.parts > MAX_PARTS

    def add(self, carrier: Carrier, key: str, value: bytes | str, where: str) -> None:
        """Keeps a field, within the limits."""
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        text = text.rstrip("\x00")
        if (
            text.strip()
            and len(text) <= min(MAX_FIELD, self.room)
            and len(self.fields) < MAX_FIELDS
        ):
            self.room -= len(text)
            self.fields.append(Field(carrier, key, text, plain(where)))


def plain(words: str) -> str:
    """A place in words that is safe to show: a name out of the file loses what could act."""
    return _UNSAFE.sub("?", words)[:120]
