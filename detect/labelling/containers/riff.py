"""Labels in RIFF files: WebP, WAV, AVI."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from detect.labelling.containers.pieces import Piece, damaged, without
from detect.labelling.containers.xmp_packet import with_properties
from detect.provenance.carriers.source import Source

__all__ = ["label_avi", "label_wav", "label_webp"]

Tags = Mapping[str, str]
Chunk = tuple[bytes, int, int]
"""Kind, start of its header, end with padding."""

MAX_PARTS = 65_536
MAX_PACKET = 4 * 2**20
_XMP_BIT, _ALPHA_BIT = 0x04, 0x10


def label_webp(file: Source, tags: Tags) -> list[Piece]:
    """XMP in its own chunk; a simple file becomes an extended one (RFC 9649)."""
    end = _form_end(file)
    chunks = list(_chunks(file, 12, end))
    kinds = {kind: (start, stop) for kind, start, stop in reversed(chunks)}
    cuts: list[tuple[int, int, bytes]] = []
    if b"VP8X" in kinds:
        start = kinds[b"VP8X"][0] + 8
        flags = file.read(start, 1)
        cuts.append((start, start + 1, bytes([(flags or b"\0")[0] | _XMP_BIT])))
    else:
        cuts.append((12, 12, _chunk(b"VP8X", _extended_header(file, chunks))))
    start, stop = kinds.get(b"XMP ", (end, end))
    packet = _body(file, start, stop).decode("utf-8", "replace") if start < stop else None
    cuts.append((start, stop, _chunk(b"XMP ", with_properties(packet, tags))))
    return _resized(file, end, cuts)


def _extended_header(file: Source, chunks: list[Chunk]) -> bytes:
    for kind, start, _ in chunks:
        data = file.read(start + 8, 10)
        if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
            width = int.from_bytes(data[6:8], "little") & 0x3FFF
            height = int.from_bytes(data[8:10], "little") & 0x3FFF
            alpha = 0
        elif kind == b"VP8L" and data[:1] == b"\x2f":
            bits = int.from_bytes(data[1:5], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            alpha = _ALPHA_BIT if bits >> 28 & 1 else 0
        else:
            continue
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        return bytes([_XMP_BIT | alpha, 0, 0, 0]) + size
    raise damaged("it holds no picture")


def label_wav(file: Source, tags: Tags) -> list[Piece]:
    """The AIGC label in a chunk of its own (TC260-PG-202510A), the rest as XMP in `_PMX`."""
    end = _form_end(file)
    kinds = {kind: (start, stop) for kind, start, stop in _chunks(file, 12, end)}
    cuts: list[tuple[int, int, bytes]] = []
    rest = dict(tags)
    if "AIGC" in rest:
        start, stop = kinds.get(b"AIGC", (end, end))
        cuts.append((start, stop, _chunk(b"AIGC", rest.pop("AIGC").encode("ascii"))))
    cuts += _packet(file, kinds, end, rest)
    return _resized(file, end, cuts)


def _packet(
    file: Source, kinds: Mapping[bytes, tuple[int, int]], end: int, tags: Tags
) -> list[tuple[int, int, bytes]]:
    if not tags:
        return []
    start, stop = kinds.get(b"_PMX", (end, end))
    packet = _body(file, start, stop).decode("utf-8", "replace") if start < stop else None
    return [(start, stop, _chunk(b"_PMX", with_properties(packet, tags)))]


def label_avi(file: Source, tags: Tags) -> list[Piece]:
    """The AIGC label in LIST INFO in front of the pictures, the rest as XMP in `_PMX`.

    Padding (JUNK) in front of the pictures makes room. Without enough of it the pictures move, and
    absolute places in the index with them; an OpenDML index is not moved.
    """
    end = _form_end(file)
    chunks = list(_chunks(file, 12, end))
    movie = next((c for c in chunks if c[0] == b"LIST" and _list_kind(file, c) == b"movi"), None)
    if movie is None:
        raise damaged("it holds no pictures")
    kinds = {kind: (start, stop) for kind, start, stop in chunks}
    rest = dict(tags)
    cuts: list[tuple[int, int, bytes]] = []
    if "AIGC" in rest:
        cuts += _info(file, chunks, movie, rest.pop("AIGC").encode("ascii") + b"\0")
    cuts += _packet(file, kinds, end, rest)
    return _resized(file, end, cuts)


def _info(
    file: Source, chunks: list[Chunk], movie: Chunk, label: bytes
) -> list[tuple[int, int, bytes]]:
    front = [c for c in chunks if c[1] < movie[1]]
    infos = [c for c in front if c[0] == b"LIST" and _list_kind(file, c) == b"INFO"]
    items = b"INFO"
    if infos:
        for kind, start, stop in _chunks(file, infos[0][1] + 12, infos[0][2]):
            if kind != b"AIGC":
                items += file.read(start, stop - start)
    info = _chunk(b"LIST", items + _chunk(b"AIGC", label))
    cuts = [(start, stop, b"") for _, start, stop in infos[:1]]
    room = sum(stop - start for _, start, stop in infos[:1])
    for kind, start, stop in front:
        if kind == b"JUNK" and not _fits(room, len(info)):
            cuts.append((start, stop, b""))
            room += stop - start
    if _fits(room, len(info)):
        spare = room - len(info)
        padding = _chunk(b"JUNK", bytes(spare - 8)) if spare else b""
        return [*cuts, (movie[1], movie[1], info + padding)]
    return [*cuts, (movie[1], movie[1], info), *_moved_index(file, chunks, len(info) - room)]


def _fits(room: int, need: int) -> bool:
    return room == need or room >= need + 8


def _moved_index(file: Source, chunks: list[Chunk], delta: int) -> list[tuple[int, int, bytes]]:
    movie = next(c for c in chunks if c[0] == b"LIST" and _list_kind(file, c) == b"movi")
    header = next((c for c in chunks if c[0] == b"LIST"), movie)
    if b"indx" in file.read(header[1], min(header[2] - header[1], 2**20)):
        raise damaged("its OpenDML index leaves no room in front of the pictures")
    index = next((c for c in chunks if c[0] == b"idx1"), None)
    if index is None:
        return []
    _, start, stop = index
    first = file.read(start + 8, 16)
    if len(first) < 16 or struct.unpack("<I", first[8:12])[0] < movie[1]:
        return []  # places count from the list of pictures
    if stop - start > 2**28:
        raise damaged("its index is too large")
    table = bytearray(file.read(start + 8, stop - start - 8))
    for at in range(8, len(table) - 7, 16):
        place = struct.unpack_from("<I", table, at)[0] + delta
        if not 0 <= place < 2**32:
            raise damaged("its index would overflow")
        struct.pack_into("<I", table, at, place)
    return [(start + 8, stop, bytes(table))]


def _list_kind(file: Source, chunk: Chunk) -> bytes:
    return file.read(chunk[1] + 8, 4)


def _form_end(file: Source) -> int:
    """Where the first form ends; what follows (further forms, rubbish) stays behind it."""
    head = file.read(0, 12)
    if head[:4] in (b"RF64", b"BW64"):
        if file.read(12, 4) != b"ds64":
            raise damaged("it has no 64-bit sizes")
        size = int.from_bytes(file.read(20, 8), "little")
    elif head[:4] == b"RIFF":
        size = int.from_bytes(head[4:8], "little")
        if size in (0, 0xFFFFFFFF):
            size = file.size - 8
    else:
        raise damaged("big-endian RIFF is not written")
    return min(8 + size + size % 2, file.size)


def _chunks(file: Source, at: int, end: int) -> Iterator[Chunk]:
    for _ in range(MAX_PARTS):
        head = file.read(at, 8)
        if at + 8 > end or len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        if kind == b"data" and file.read(0, 4) in (b"RF64", b"BW64") and length == 0xFFFFFFFF:
            length = struct.unpack("<Q", file.read(28, 8))[0]
        elif kind == b"data" and length in (0, 0xFFFFFFFF):
            raise damaged("its sound has no stated length (a recording that was cut off?)")
        stop = min(at + 8 + length + length % 2, end)
        yield kind, at, stop
        at = stop
    raise damaged("it has too many chunks")


def _body(file: Source, start: int, stop: int) -> bytes:
    length = struct.unpack("<I", file.read(start + 4, 4))[0]
    if length > MAX_PACKET:
        raise damaged("its XMP packet is too large")
    return file.read(start + 8, min(length, stop - start - 8))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _resized(file: Source, end: int, cuts: list[tuple[int, int, bytes]]) -> list[Piece]:
    """The file with the cuts and the new size of its form."""
    pad = bytes((end - 8) % 2)  # a form that was cut off at an odd place
    size = end - 8 + len(pad) + sum(len(new) - (stop - start) for start, stop, new in cuts)
    if file.read(0, 4) == b"RIFF":
        if size >= 2**32:
            raise damaged("RIFF files end at 4 GiB")
        sized = (4, 8, struct.pack("<I", size))
    else:
        sized = (20, 28, struct.pack("<Q", size))
    return without(file.size, sized, *([(end, end, pad)] if pad else []), *cuts)
