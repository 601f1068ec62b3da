"""Metadata in PNG (third edition, 11.3) and in what tools wrap into its text chunks."""

from __future__ import annotations

import binascii
import re
import struct
import zlib

from detect.provenance.carriers.fields import MAX_CHUNKS, MAX_FIELD, Carriers
from detect.provenance.carriers.jpeg import read_profile
from detect.provenance.carriers.photoshop import read_iim, read_resources
from detect.provenance.carriers.source import Source
from detect.provenance.carriers.tiff import read_tiff

__all__ = ["read_png"]

_PUBLIC = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT tIME "
    b"acTL fcTL fdAT iDOT vpAg oFFs pCAL sCAL sTER gIFg gIFx gIFt dSIG JDAT JHDR".split()
)
_RAW = re.compile(r"Raw profile type (\w+)", re.IGNORECASE)
_OWN = re.compile(rb"([\x20-\x7e]{1,79})\x00\s*([{\[].*)", re.DOTALL)


def read_png(source: Source, out: Carriers) -> None:
    """Text, EXIF, and JSON in chunks that a tool made up (ComfyUI: `comf`)."""
    at = 8
    for _ in range(MAX_CHUNKS):
        head = source.read(at, 8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, kind = struct.unpack(">I4s", head)
        if kind == b"caBX":
            out.c2pa = True
        elif kind not in _PUBLIC and length <= MAX_FIELD:
            body = source.read(at + 8, length)
            if kind in (b"eXIf", b"zxIf"):
                read_tiff(Source(body.removeprefix(b"Exif\x00\x00")), out)
            elif kind in (b"tEXt", b"zTXt", b"iTXt"):
                _text(kind.decode(), body, out)
            elif own := _OWN.match(body):
                key = own[1].decode("latin-1")
                out.add("text", key, own[2], f"PNG chunk {kind.decode('latin-1')} {key}")
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
    if raw := _RAW.fullmatch(key):
        _raw_profile(raw[1].lower(), value, out)
        return
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    out.add("text", key, text, f"PNG {kind} {key}")


def _raw_profile(name: str, value: bytes, out: Carriers) -> None:
    """ImageMagick's way: a line with the name, one with the length, then hexadecimal digits."""
    parts = value.split(None, 2)
    if len(parts) < 3:
        return
    digits = b"".join(parts[2].split())
    body = binascii.unhexlify(digits[: len(digits) // 2 * 2])
    where = f"PNG raw profile {name}"
    if name == "xmp":
        out.add("xmp", "XMP", body, "XMP")
    elif body[:4] in (b"II*\x00", b"MM\x00*"):
        read_tiff(Source(body), out)
    elif body[:4] == b"8BIM":
        read_resources(body, out, where)
    elif body[:1] == b"\x1c":
        read_iim(body, out, where)
    else:
        read_profile(body, out, where)


def _inflate(value: bytes) -> bytes:
    return zlib.decompressobj().decompress(value, MAX_FIELD)
