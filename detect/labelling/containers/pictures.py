"""Labels in JPEG, PNG, GIF and TIFF files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

from detect.core.errors import LabelError
from detect.labelling.containers.exif_block import EMPTY_EXIF, with_user_comment, with_xmp
from detect.labelling.containers.pieces import Piece, Slice, damaged, without
from detect.labelling.containers.xmp_packet import with_properties
from detect.provenance.carriers.source import Source

__all__ = ["label_gif", "label_jpeg", "label_png", "label_tiff"]

Tags = Mapping[str, str]

MAX_PARTS = 65_536
MAX_PACKET = 4 * 2**20
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\x00"
_EXIF_HEAD = b"Exif\x00\x00"
_XMP_KEYWORD = b"XML:com.adobe.xmp\x00"


def label_jpeg(file: Source, tags: Tags, *, carrier: str = "xmp") -> list[Piece]:
    """XMP in APP1, or the AIGC label in EXIF UserComment (`carrier="exif"`)."""
    xmp = exif = None
    put = 2
    for marker, start, end in _segments(file):
        head = file.read(start + 4, 32)
        if marker == 0xE1 and head.startswith(_XMP_HEAD):
            xmp = xmp or (start, end)
        elif marker == 0xE1 and head.startswith(b"Exif\x00"):
            exif = exif or (start, end)
        if start == put and (marker == 0xE0 or (marker == 0xE1 and head.startswith(b"Exif\x00"))):
            put = end
    cuts: list[tuple[int, int, bytes]] = []
    rest = dict(tags)
    if carrier == "exif" and "AIGC" in rest:
        old = file.read(exif[0] + 10, exif[1] - exif[0] - 10) if exif else EMPTY_EXIF
        block = with_user_comment(old, '{"AIGC":' + rest.pop("AIGC") + "}")
        if block is None:
            raise LabelError("EXIF UserComment is in use; leave out --carrier exif to use XMP")
        start, end = exif or (put, put)
        cuts.append((start, end, _segment(0xE1, _EXIF_HEAD + block)))
    if rest:
        start, end = xmp or (put, put)
        packet = file.read(start + 33, end - start - 33).decode("utf-8", "replace") if xmp else None
        cuts.append((start, end, _segment(0xE1, _XMP_HEAD + with_properties(packet, rest))))
    return without(file.size, *cuts)


def _segments(file: Source) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment in front of the picture data."""
    at = 2
    for _ in range(MAX_PARTS):
        head = file.read(at, 4)
        if len(head) < 4 or head[0] != 0xFF:
            raise damaged("its segments are cut short")
        marker, length = head[1], int.from_bytes(head[2:], "big")
        if marker in (0xDA, 0xD9):
            return
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        if length < 2 or at + 2 + length > file.size:
            raise damaged("its segments are cut short")
        yield marker, at, at + 2 + length
        at += 2 + length
    raise damaged("it has too many segments")


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > 65_533:
        raise LabelError("the metadata of this JPEG is full (64 KiB a segment); shorten it first")
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def label_png(file: Source, tags: Tags, *, carrier: str = "xmp") -> list[Piece]:
    """XMP in iTXt, or the AIGC label in a text chunk of its own (`carrier="text"`)."""
    cuts: list[tuple[int, int, bytes]] = []
    rest = dict(tags)
    xmp: tuple[int, int, str] | None = None
    text: tuple[int, int] | None = None
    put = 33
    for kind, start, end in _chunks(file):
        if kind == b"iTXt" and file.read(start + 8, 18) == _XMP_KEYWORD:
            if end - start > MAX_PACKET:
                raise damaged("its XMP packet is too large")
            xmp = xmp or (start, end, _international(file.read(start + 8, end - start - 12)))
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and file.read(start + 8, 5) == b"AIGC\x00":
            text = text or (start, end)
    if "AIGC" in rest and (text or (carrier == "text" and xmp is None) or carrier == "text"):
        start, end = text or (put, put)
        body = b"AIGC\x00" + rest.pop("AIGC").encode("latin-1")
        cuts.append((start, end, _chunk(b"tEXt", body)))
    if rest:
        start, end, packet = xmp or (put, put, None)
        body = _XMP_KEYWORD + bytes(4) + with_properties(packet, rest)
        cuts.append((start, end, _chunk(b"iTXt", body)))
    return without(file.size, *cuts)


def _chunks(file: Source) -> Iterator[tuple[bytes, int, int]]:
    if file.read(12, 4) != b"IHDR":
        raise damaged("it does not start with a header")
    at = 8
    for _ in range(MAX_PARTS):
        head = file.read(at, 8)
        if len(head) < 8:
            return  # some writers leave out the end; decoders do not mind
        length, kind = struct.unpack(">I4s", head)
        if at + 12 + length > file.size:
            return
        yield kind, at, at + 12 + length
        at += 12 + length
        if kind == b"IEND":
            return
    raise damaged("it has too many chunks")


def _international(body: bytes) -> str:
    value = body.partition(b"\x00")[2]
    text = value[2:].split(b"\x00", 2)[-1]
    if value[:1] == b"\x01":
        text = zlib.decompressobj().decompress(text, MAX_PACKET)
    return text.decode("utf-8", "replace")


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def label_gif(file: Source, tags: Tags) -> list[Piece]:
    """XMP in an application extension (XMP Specification Part 3, 1.1.2)."""
    flags = file.read(10, 1)
    if not flags:
        raise damaged("it is cut short")
    at = 13 + (3 << (flags[0] & 7) + 1 if flags[0] & 0x80 else 0)
    put, xmp = at, None
    while file.read(at, 2) == b"\x21\xff":
        end = _after_blocks(file.read, at + 2)
        if file.read(at + 2, 12) == b"\x0bXMP DataXMP":
            xmp = (at, end)
        at = end
        if xmp is None:
            put = end
    packet = None
    if xmp:
        body = file.read(xmp[0] + 14, xmp[1] - xmp[0] - 14)
        packet = body[: body.rfind(b"\x01\xff\xfe")].decode("utf-8", "replace")
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    block = b"\x21\xff\x0bXMP DataXMP" + with_properties(packet, tags) + trailer
    start, end = xmp or (put, put)
    # Application extensions came with the second version of the format.
    return [b"GIF89a", *_shifted(without(file.size, (start, end, block)), 6)]


def _shifted(pieces: list[Piece], skip: int) -> list[Piece]:
    first = pieces[0]
    assert isinstance(first, Slice)
    return [Slice(first.start + skip, first.end), *pieces[1:]]


def _after_blocks(read: Callable[[int, int], bytes], at: int) -> int:
    for _ in range(MAX_PARTS):
        length = read(at, 1)
        if not length:
            raise damaged("it is cut short")
        at += 1 + length[0]
        if not length[0]:
            return at
    raise damaged("an extension of it has no end")


def label_tiff(file: Source, tags: Tags) -> list[Piece]:
    """XMP in tag 700 of the first directory."""
    packet = None
    from detect.provenance.carriers.exif import read_exif

    for item in read_exif(file.read):
        if item.name == "XMP":
            packet = item.value.decode("utf-8", "replace")
    head, tail = with_xmp(file.read, file.size, with_properties(packet, tags))
    return [head, Slice(8, file.size), tail]
