"""Metadata in JPEG (ITU-T T.81, annex B; Exif 3.0, 4.7) and behind it."""

from __future__ import annotations

from detect.provenance.carriers.fields import MAX_CHUNKS, Carriers
from detect.provenance.carriers.source import Source

__all__ = ["RE_EDIT", "read_jpeg", "read_trailer"]

MAX_TRAILER = 2**19
RE_EDIT = "PhotoEditor_Re_Edit_Data"


def read_jpeg(source: Source, out: Carriers) -> None:
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
            _segment(marker, source.read(at + 4, length - 2), out)
        at += 2 + length


def _segment(marker: int, body: bytes, out: Carriers) -> None:
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


def read_trailer(source: Source, out: Carriers) -> None:
    """What Samsung's photo editor keeps behind the picture."""
    tail = source.read(max(0, source.size - MAX_TRAILER), MAX_TRAILER)
    start = tail.find(RE_EDIT.encode())
    if start >= 0:
        out.add("text", RE_EDIT, tail[start:], f"trailer {RE_EDIT}")
