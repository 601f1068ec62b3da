"""Metadata in JPEG (ITU-T T.81, annex B; Exif 3.0, 4.7; XMP specification, part 3, 1.1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from detect.provenance.carriers.fields import MAX_CHUNKS, MAX_FIELD, Carriers
from detect.provenance.carriers.photoshop import PHOTOSHOP, read_resources
from detect.provenance.carriers.source import Source
from detect.provenance.carriers.tiff import read_tiff

__all__ = ["read_jpeg", "read_profile"]

_EXIF = b"Exif\x00"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\x00"
_GUID = 32
MAX_PACKETS = 4


def read_jpeg(source: Source, out: Carriers) -> None:
    """Fields of all segments in front of the picture; those in several parts are joined."""
    exif, resources = bytearray(), bytearray()
    extended: dict[bytes, bytearray] = {}
    for marker, body in _segments(source):
        if body.startswith(_EXTENDED):
            _extend(extended, body[len(_EXTENDED) :])
        elif body.startswith(_EXIF):
            # A block that does not start like one goes on where the last one ended.
            part = body[6:]
            if exif and part[:4] in (b"II*\x00", b"MM\x00*"):
                read_tiff(Source(bytes(exif)), out)
                exif.clear()
            exif += part[: MAX_FIELD - len(exif)]
        elif body.startswith(PHOTOSHOP):
            resources += body[len(PHOTOSHOP) :][: MAX_FIELD - len(resources)]
        else:
            _segment(marker, body, out)
    if exif:
        read_tiff(Source(bytes(exif)), out)
    for packet in extended.values():
        out.add("xmp", "XMP", bytes(packet), "XMP (extended)")
    read_resources(bytes(resources), out, "JPEG APP13")


def read_profile(body: bytes, out: Carriers, where: str) -> None:
    """Keeps what a segment holds that lies in another container."""
    if body.startswith(_EXIF):
        read_tiff(Source(body[6:]), out)
    elif body.startswith(_XMP):
        out.add("xmp", "XMP", body[len(_XMP) :], where)
    elif body.startswith(PHOTOSHOP):
        read_resources(body[len(PHOTOSHOP) :], out, where)


def _segments(source: Source) -> Iterator[tuple[int, bytes]]:
    """Comments and application segments."""
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
            yield marker, source.read(at + 4, length - 2)
        at += 2 + length


def _extend(packets: dict[bytes, bytearray], body: bytes) -> None:
    """Puts a part of an extended packet where it belongs: digest, full length, offset, content."""
    name, part = body[:_GUID], body[_GUID + 8 :]
    full, offset = (int.from_bytes(body[_GUID + i : _GUID + i + 4], "big") for i in (0, 4))
    if not 0 < full <= MAX_FIELD or offset + len(part) > full:
        return
    if name not in packets and len(packets) < MAX_PACKETS:
        packets[name] = bytearray(full)
    if name in packets and offset + len(part) <= len(packets[name]):
        packets[name][offset : offset + len(part)] = part


def _segment(marker: int, body: bytes, out: Carriers) -> None:
    if marker == 0xFE:
        out.add("text", "Comment", body, "JPEG comment")
    elif body.startswith(_XMP):
        out.add("xmp", "XMP", body[len(_XMP) :], "XMP")
    elif marker == 0xEB and body[:2] == b"JP" and b"jumb" in body[:64]:
        out.c2pa = True
    else:
        start = body.find(b"AIGC")
        opening = body.find(b"{", start, start + 12)
        closing = body.rfind(b"}")
        if 0 <= start < opening < closing:
            label = body[opening : closing + 1]
            out.add("text", "AIGC", label, f"JPEG APP{marker - 0xE0} AIGC")
