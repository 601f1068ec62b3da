"""What Samsung phones keep behind a picture: named blocks with a directory at the very end.

The directory starts with `SEFH` (version, number of entries; of each its kind, how far in front of
the directory its block starts, and its length) and ends with its own length and `SEFT`, as their
files show.
"""

from __future__ import annotations

import struct

from detect.provenance.carriers.fields import MAX_FIELD, Carriers
from detect.provenance.carriers.source import Source

__all__ = ["RE_EDIT", "read_samsung"]

RE_EDIT = "PhotoEditor_Re_Edit_Data"
MAX_TRAILER = 2**19
MAX_ENTRIES = 256
MAX_NAME = 256


def read_samsung(source: Source, out: Carriers) -> None:
    """Keeps the blocks that hold text."""
    tail = source.read(max(0, source.size - MAX_TRAILER), MAX_TRAILER)
    if (end := tail.rfind(b"SEFT")) >= 4:
        length = int.from_bytes(tail[end - 4 : end], "little")
        start = source.size - len(tail) + end - 4 - length
        directory = source.read(start, min(length, 12 + 12 * MAX_ENTRIES))
        if directory[:4] == b"SEFH" and len(directory) >= 12:
            _blocks(source, start, directory, out)
            return
    # Without a directory, as after a tool that cut it off: by its name alone.
    if (found := tail.find(RE_EDIT.encode())) >= 0:
        out.add("text", RE_EDIT, tail[found:], f"trailer {RE_EDIT}")


def _blocks(source: Source, start: int, directory: bytes, out: Carriers) -> None:
    count = int.from_bytes(directory[8:12], "little")
    entries = directory[12:]
    for _, distance, length in struct.iter_unpack("<III", entries[: len(entries) // 12 * 12]):
        if count <= 0:
            return
        count -= 1
        head = source.read(start - distance, 8)
        named = int.from_bytes(head[4:], "little")
        if len(head) < 8 or not 0 < named <= MAX_NAME:
            continue
        name = source.read(start - distance + 8, named).decode("utf-8", "replace")
        size = length - 8 - named
        if 0 < size <= MAX_FIELD and not name.startswith("MotionPhoto"):
            body = source.read(start - distance + 8 + named, size)
            if not body.startswith((b"\xff\xd8", b"\x00\x00\x00")):
                out.add("text", name, body, f"trailer {name}")
