"""Labels in AIFF and AIFF-C: an ID3 tag in a chunk of its own, as taggers write it."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from detect.labelling.containers.id3 import label_id3
from detect.labelling.containers.pieces import Piece, damaged, without
from detect.provenance.carriers.source import Source

__all__ = ["label_aiff"]

MAX_CHUNKS = 65_536
MAX_TAG = 64 * 2**20


def label_aiff(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Changes the chunk `ID3 `, or adds one behind the others; sound stays where it is."""
    end = 8 + int.from_bytes(file.read(4, 4), "big")
    if end > file.size:
        raise damaged("it is cut short")
    at, start, stop, old = 12, end, end, b""
    for _ in range(MAX_CHUNKS):
        head = file.read(at, 8)
        if at + 8 > end or len(head) < 8:
            break
        kind, length = struct.unpack(">4sI", head)
        after = at + 8 + length + length % 2
        if at + 8 + length > end:
            raise damaged("its chunks are cut short")
        if kind in (b"ID3 ", b"id3 "):
            if length > MAX_TAG:
                raise damaged("its ID3 tag is too large")
            start, stop, old = at, min(after, end), file.read(at + 8, length)
        at = after
    else:
        raise damaged("it has too many chunks")
    tag = b"".join(
        p if isinstance(p, bytes) else old[p.start : p.end] for p in label_id3(Source(old), tags)
    )
    pad = bytes(end % 2 if start == end else 0)
    chunk = pad + b"ID3 " + struct.pack(">I", len(tag)) + tag + bytes(len(tag) % 2)
    size = end - 8 + len(chunk) - (stop - start)
    if size >= 2**32:
        raise damaged("AIFF files end at 4 GiB")
    return without(file.size, (4, 8, struct.pack(">I", size)), (start, stop, chunk))
