"""Metadata in ISO base media files: MP4, MOV, M4A, HEIF, AVIF (ISO/IEC 14496-12, 23008-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from detect.provenance.carriers.fields import MAX_FIELD, Carriers
from detect.provenance.carriers.source import Source
from detect.provenance.carriers.tiff import read_tiff

__all__ = ["read_boxes"]

MAX_BOXES = 65_536
MAX_ITEMS = 4096
MAX_WANTED = 16

_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_META_CHILDREN = (b"hdlr", b"keys", b"ilst", b"pitm", b"iinf", b"iloc", b"dinf", b"free")


def read_boxes(source: Source, out: Carriers) -> None:
    """XMP boxes, C2PA boxes, keyless metadata lists and picture items.

    Named keys (`moov/udta/meta/keys`) are left to the demuxer.
    """
    for kind, body in _boxes(source):
        if kind == b"uuid":
            identifier = body.read(0, 16)
            if identifier == _C2PA:
                out.c2pa = True
            elif identifier == _XMP:
                _packet(body.part(16, body.size), out)
        elif kind == b"meta":
            _items(source, body.part(4, body.size), out)
        elif kind == b"moov":
            _movie(body, out)


def _boxes(source: Source, at: int = 0) -> Iterator[tuple[bytes, Source]]:
    for _ in range(MAX_BOXES):
        head = source.read(at, 16)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        start = 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack(">Q", head[8:])[0], 16
        elif size == 0:
            size = source.size - at
        if size < start:
            return
        yield kind, source.part(at + start, size - start)
        at += size


def _packet(body: Source, out: Carriers) -> None:
    if body.size <= MAX_FIELD:
        out.add("xmp", "XMP", body.read(0, body.size), "XMP")


def _movie(movie: Source, out: Carriers) -> None:
    """Lists under `moov` or `moov/udta`, and QuickTime's XMP."""
    for kind, body in _boxes(movie):
        if kind == b"meta":
            _metadata_list(body, out)
        elif kind == b"udta":
            for inner, content in _boxes(body):
                if inner == b"meta":
                    _metadata_list(content, out)
                elif inner == b"XMP_":
                    _packet(content, out)


def _metadata_list(meta: Source, out: Carriers) -> None:
    """Items of a list without names: some exporters write a bare value."""
    # QuickTime writes `meta` as a plain box, ISO with four bytes of version and flags.
    start = 0 if meta.read(4, 4) in _META_CHILDREN else 4
    children = dict(_boxes(meta, start))
    if b"keys" in children or b"ilst" not in children:
        return
    for kind, item in _boxes(children[b"ilst"]):
        for inner, data in _boxes(item):
            if inner == b"data" and 8 < data.size <= MAX_FIELD:
                value = data.read(8, data.size)
                if value.lstrip()[:1] == b"{":
                    name = kind.decode("latin-1") if kind.isalnum() else "item"
                    out.add("tag", name, value, f"moov meta ilst {name}")


def _items(file: Source, meta: Source, out: Carriers) -> None:
    """EXIF and XMP items of a HEIF or AVIF picture."""
    children = dict(_boxes(meta))
    if b"iinf" not in children or b"iloc" not in children:
        return
    wanted = dict(islice(_item_types(children[b"iinf"]), MAX_WANTED))
    data = children.get(b"idat")
    for number, method, extents in _item_places(children[b"iloc"]):
        kind = wanted.pop(number, None)
        if kind is None:
            continue
        base = {0: file, 1: data}.get(method)
        if base is None or sum(length for _, length in extents) > MAX_FIELD:
            continue
        body = b"".join(base.read(offset, length) for offset, length in extents)
        if kind == b"Exif" and len(body) > 4:
            skip = 4 + int.from_bytes(body[:4], "big")
            read_tiff(Source(body[skip:].removeprefix(b"Exif\x00\x00")), out)
        elif kind == b"mime":
            out.add("xmp", "XMP", body, "XMP")


def _item_types(table: Source) -> Iterator[tuple[int, bytes]]:
    for kind, entry in _boxes(table, 6 if table.read(0, 1) == b"\x00" else 8):
        body = entry.read(0, 512)
        if kind != b"infe" or body[:1] not in (b"\x02", b"\x03"):
            continue
        width = 2 if body[0] == 2 else 4
        item = body[4 + width + 2 :]
        if item[:4] == b"Exif" or (item[:4] == b"mime" and b"application/rdf+xml" in item):
            yield int.from_bytes(body[4 : 4 + width], "big"), item[:4]


def _item_places(table: Source) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    body = table.read(0, 2**20)
    version = body[0]
    offset_size, length_size = body[4] >> 4, body[4] & 15
    base_size, index_size = body[5] >> 4, body[5] & 15 if version else 0
    at = 6

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(body[at - width : at], "big")

    for _ in range(min(number(4 if version == 2 else 2), MAX_ITEMS)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size)
        extents = []
        for _ in range(min(number(2), 64)):
            number(index_size)
            offset = number(offset_size)
            extents.append((base + offset, number(length_size)))
        if at > len(body):
            return
        yield item, method, extents
