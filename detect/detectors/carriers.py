"""Where metadata lies in each container: reads the raw fields, judges nothing.

Every reader seeks from box to box and never decodes pictures or sound. A damaged container gives
the fields in front of the damage.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from detect.detectors.exif import read_exif
from detect.media.sniff import id3_length

__all__ = ["DAMAGE", "RE_EDIT", "Carriers", "Field", "Source", "plain", "read_carriers"]

DAMAGE = (ValueError, LookupError, OSError, OverflowError, MemoryError, struct.error, zlib.error)
"""What reading a damaged container may raise."""

MAX_FIELD = 4 * 2**20
MAX_TOTAL = 16 * 2**20
MAX_FIELDS = 512
MAX_CHUNKS = 65_536
MAX_PARTS = 60_000
MAX_TRAILER = 2**19
RE_EDIT = "PhotoEditor_Re_Edit_Data"
MAX_GIF = 64 * 2**20
MAX_GIF_BLOCKS = 1_000_000

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

    def add_exif(self, source: Source, where: str = "EXIF") -> None:
        """Keeps the fields of a TIFF directory."""
        for item in read_exif(source.read):
            if item.name == "C2PA":
                self.c2pa = True
            elif item.name == "XMP":
                self.add("xmp", "XMP", item.value, "XMP")
            else:
                self.add("exif", item.name, item.text, f"{where} {item.name}")


def plain(words: str) -> str:
    """A place in words that is safe to show: a name out of the file loses what could act."""
    return _UNSAFE.sub("?", words)[:120]


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


def read_carriers(file: BinaryIO, format: str) -> Carriers:
    """The metadata fields of a file.

    Args:
        file: Seekable; its position is changed.
        format: Name of the format as sniffed (`jpeg`, `png`, `mp4`, ...).

    Returns:
        The fields; none for a format without a reader or a file that is damaged from the start.
    """
    from detect.detectors.boxes import read_boxes
    from detect.detectors.tags import read_tags

    readers: dict[str, tuple[Callable[[Source, Carriers], None], ...]] = {
        "jpeg": (_jpeg, _trailer),
        "png": (_png,),
        "apng": (_png,),
        "webp": (_riff,),
        "gif": (_gif,),
        "tiff": (_tiff,),
        "wav": (_riff,),
        "avi": (_riff,),
        "mp3": (_id3,),
        "flac": (_id3,),
    }
    boxed = ("avif", "heif", "heic", "mp4", "mov", "m4a", "m4v", "3gp", "3g2")
    readers |= dict.fromkeys(boxed, (read_boxes,))
    source = Source(file)
    out = Carriers(size=source.size)
    for reader in readers.get(format, ()):
        with contextlib.suppress(*DAMAGE):
            reader(source, out)
    out.parts += source.reads
    if not out.flooded:
        read_tags(file, format, out)
    return out


def _jpeg(source: Source, out: Carriers) -> None:
    at = 2
    for _ in range(MAX_CHUNKS):
        head = source.read(at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            return
        if head[1] == 0xFF:
            at += 1
            continue
        marker, length = head[1], int.from_bytes(head[2:], "big")
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        if marker == 0xFE or 0xE1 <= marker <= 0xEF:
            _jpeg_segment(marker, source.read(at + 4, length - 2), out)
        at += 2 + length


def _jpeg_segment(marker: int, body: bytes, out: Carriers) -> None:
    if marker == 0xFE:
        out.add("text", "Comment", body, "JPEG comment")
    elif body.startswith(b"Exif\x00"):
        out.add_exif(Source(body[6:]))
    elif body.startswith(b"http://ns.adobe.com/xap/1.0/\x00"):
        out.add("xmp", "XMP", body[29:], "XMP")
    elif marker == 0xEB and body[:2] == b"JP" and b"jumb" in body[:64]:
        out.c2pa = True
    else:
        start = body.find(b"AIGC")
        opening = body.find(b"{", start, start + 12)
        closing = body.rfind(b"}")
        if 0 <= start < opening < closing:
            label = body[opening : closing + 1]
            out.add("text", "AIGC", label, f"JPEG APP{marker - 0xE0} AIGC")


def _trailer(source: Source, out: Carriers) -> None:
    """What Samsung's photo editor keeps behind the picture."""
    tail = source.read(max(0, source.size - MAX_TRAILER), MAX_TRAILER)
    start = tail.find(RE_EDIT.encode())
    if start >= 0:
        out.add("text", RE_EDIT, tail[start:], f"trailer {RE_EDIT}")


def _png(source: Source, out: Carriers) -> None:
    at = 8
    for _ in range(MAX_CHUNKS):
        head = source.read(at, 8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, kind = struct.unpack(">I4s", head)
        if kind == b"caBX":
            out.c2pa = True
        elif kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") and length <= MAX_FIELD:
            body = source.read(at + 8, length)
            if kind == b"eXIf":
                out.add_exif(Source(body.removeprefix(b"Exif\x00\x00")))
            else:
                _png_text(kind.decode(), body, out)
        at += 12 + length


def _png_text(kind: str, body: bytes, out: Carriers) -> None:
    keyword, _, value = body.partition(b"\x00")
    if kind == "zTXt":
        value = _inflate(value[1:])
    elif kind == "iTXt":
        compressed = value[:1] == b"\x01"
        value = value[2:].split(b"\x00", 2)[-1]
        value = _inflate(value) if compressed else value
    key = keyword.decode("latin-1")[:79]
    if key == "XML:com.adobe.xmp":
        out.add("xmp", "XMP", value, "XMP")
        return
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    out.add("text", key, text, f"PNG {kind} {key}")


def _inflate(value: bytes) -> bytes:
    return zlib.decompressobj().decompress(value, MAX_FIELD)


def riff_chunks(source: Source, at: int = 12) -> Iterator[tuple[bytes, Source]]:
    """The chunks of a RIFF form that starts at `at`.

    In RF64 (EBU Tech 3306) and BW64 the length of `data` stands in the chunk `ds64`.
    """
    data = None
    for _ in range(MAX_CHUNKS):
        head = source.read(at, 8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        if kind == b"ds64":
            data = int.from_bytes(source.read(at + 16, 8), "little")
        elif kind == b"data" and length == 0xFFFFFFFF and data is not None:
            length = data
        yield kind, source.part(at + 8, length)
        at += 8 + length + length % 2


def _riff(source: Source, out: Carriers) -> None:
    for kind, body in riff_chunks(source):
        if kind == b"C2PA":
            out.c2pa = True
        elif body.size > MAX_FIELD:
            continue
        elif kind == b"EXIF":
            out.add_exif(Source(body.read(0, body.size).removeprefix(b"Exif\x00\x00")))
        elif kind in (b"XMP ", b"_PMX"):
            out.add("xmp", "XMP", body.read(0, body.size), "XMP")
        elif kind == b"AIGC":
            out.add("tag", "AIGC", body.read(0, body.size), "RIFF chunk AIGC")


def _id3(source: Source, out: Carriers) -> None:
    """Only whether there are credentials: the demuxer reads the tags."""
    if length := id3_length(source.read(0, 10)):
        out.c2pa = b"c2pa" in source.read(10, min(length - 10, MAX_TOTAL))


def _tiff(source: Source, out: Carriers) -> None:
    out.add_exif(source)


def _gif(source: Source, out: Carriers) -> None:
    data = source.read(0, MAX_GIF)
    flags = data[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(MAX_CHUNKS):
        out.parts += 1
        if data[at : at + 1] == b"\x2c":
            flags = data[at + 9]
            at = _gif_blocks(data, at + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))[1]
            continue
        if data[at : at + 1] != b"\x21":
            return
        kind, start = data[at + 1], at + 2
        blocks, at = _gif_blocks(data, start)
        if kind == 0xFE:
            out.add("text", "Comment", b"".join(blocks), "GIF comment")
        elif blocks[:1] == [b"XMP DataXMP"] and at - start <= MAX_FIELD:
            # The packet is not cut into sub-blocks; a 258-byte trailer lets readers skip it.
            packet = data[start + 12 : at]
            out.add("xmp", "XMP", packet[: packet.rfind(b"\x01\xff\xfe")], "XMP")
        elif blocks and blocks[0].startswith(b"C2PA_GIF"):
            out.c2pa = True


def _gif_blocks(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The sub-blocks that start at `at`, and what follows them."""
    blocks: list[bytes] = []
    while at < len(data) and (length := data[at]):
        if len(blocks) > MAX_GIF_BLOCKS:
            raise ValueError("too many blocks")
        blocks.append(data[at + 1 : at + 1 + length])
        at += 1 + length
    return blocks, at + 1
