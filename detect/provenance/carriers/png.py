"""Metadata in PNG (third edition, 11.3)."""

from __future__ import annotations

import struct
import zlib

from detect.provenance.carriers.fields import MAX_CHUNKS, MAX_FIELD, Carriers
from detect.provenance.carriers.source import Source

__all__ = ["read_png"]


def read_png(source: Source, out: Carriers) -> None:
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
                _text(kind.decode(), body, out)
        at += 12 + length


def _text(kind: str, body: bytes, out: Carriers) -> None:
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
