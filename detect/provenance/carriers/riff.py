"""Metadata in RIFF forms: WebP, WAV, AVI."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from detect.provenance.carriers.fields import MAX_CHUNKS, MAX_FIELD, Carriers
from detect.provenance.carriers.source import Source
from detect.provenance.carriers.tiff import read_tiff

__all__ = ["read_riff", "riff_chunks"]


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


def read_riff(source: Source, out: Carriers) -> None:
    for kind, body in riff_chunks(source):
        if kind == b"C2PA":
            out.c2pa = True
        elif body.size > MAX_FIELD:
            continue
        elif kind == b"EXIF":
            read_tiff(Source(body.read(0, body.size).removeprefix(b"Exif\x00\x00")), out)
        elif kind in (b"XMP ", b"_PMX"):
            out.add("xmp", "XMP", body.read(0, body.size), "XMP")
        elif kind == b"AIGC":
            out.add("tag", "AIGC", body.read(0, body.size), "RIFF chunk AIGC")
