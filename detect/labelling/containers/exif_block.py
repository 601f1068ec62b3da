"""Adding entries to TIFF directories: EXIF blocks and TIFF files (TIFF 6.0, Exif 3.0).

The directory is written anew at the end and the pointer to it changed; everything else keeps its
place, so that no offset in the file becomes wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from detect.labelling.containers.pieces import damaged

__all__ = ["EMPTY_EXIF", "with_user_comment", "with_xmp"]

Read = Callable[[int, int], bytes]

EMPTY_EXIF = b"MM\x00*\x00\x00\x00\x08" + bytes(6)
_XMP, _EXIF_DIRECTORY, _USER_COMMENT = 0x02BC, 0x8769, 0x9286
_BYTE, _LONG, _UNDEFINED = 1, 4, 7
_MAX_ENTRIES = 4096


def with_xmp(read: Read, size: int, packet: bytes) -> tuple[bytes, bytes]:
    """A TIFF file with an XMP packet in its first directory.

    Args:
        read: Access to the file.
        size: Its bytes.
        packet: The packet; an old one is no longer pointed to.

    Returns:
        The new first eight bytes, and what is appended.
    """
    order, first = _header(read)
    entries, following = _directory(read, order, first)
    tail = bytearray(size % 2)
    entries[_XMP] = _entry(order, _XMP, _BYTE, packet, size + len(tail))
    tail += packet + bytes(len(packet) % 2)
    start = size + len(tail)
    tail += _encode(order, entries, following)
    _in_range(size + len(tail))
    return read(0, 4) + struct.pack(f"{order}I", start), bytes(tail)


def with_user_comment(block: bytes, text: str) -> bytes | None:
    """An EXIF block with a user comment, None when it has one already.

    Args:
        block: The block from its byte-order mark.
        text: ASCII.
    """

    def read(offset: int, length: int) -> bytes:
        return block[offset : offset + length]

    order, first = _header(read)
    entries, following = _directory(read, order, first)
    inner: dict[int, bytes] = {}
    after = 0
    if pointer := entries.get(_EXIF_DIRECTORY):
        inner, after = _directory(read, order, struct.unpack(f"{order}I", pointer[8:])[0])
    if old := inner.get(_USER_COMMENT):
        length, offset = struct.unpack(f"{order}II", old[4:])
        if length > 4 and read(offset, length)[8:].strip(b"\x00 "):
            return None
    out = bytearray(block + bytes(len(block) % 2))
    value = b"ASCII\x00\x00\x00" + text.encode("ascii")
    inner[_USER_COMMENT] = _entry(order, _USER_COMMENT, _UNDEFINED, value, len(out))
    out += value + bytes(len(value) % 2)
    entries[_EXIF_DIRECTORY] = struct.pack(f"{order}HHII", _EXIF_DIRECTORY, _LONG, 1, len(out))
    out += _encode(order, inner, after)
    out[4:8] = struct.pack(f"{order}I", len(out))
    out += _encode(order, entries, following)
    return bytes(out)


def _header(read: Read) -> tuple[str, int]:
    head = read(0, 8)
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        raise damaged("its directory of tags is of an unknown kind")
    return order, struct.unpack(f"{order}I", head[4:])[0]


def _directory(read: Read, order: str, at: int) -> tuple[dict[int, bytes], int]:
    """The entries by tag, as they are, and the pointer to the next directory."""
    head = read(at, 2)
    count = struct.unpack(f"{order}H", head)[0] if len(head) == 2 else _MAX_ENTRIES + 1
    table = read(at + 2, 12 * count + 4) if count <= _MAX_ENTRIES else b""
    if len(table) < 12 * count + 4:
        raise damaged("its directory of tags is cut short")
    entries = [table[12 * n : 12 * n + 12] for n in range(count)]
    return (
        {struct.unpack(f"{order}H", entry[:2])[0]: entry for entry in entries},
        struct.unpack(f"{order}I", table[12 * count :])[0],
    )


def _entry(order: str, tag: int, kind: int, value: bytes, at: int) -> bytes:
    return struct.pack(f"{order}HHII", tag, kind, len(value), at)


def _encode(order: str, entries: dict[int, bytes], following: int) -> bytes:
    body = b"".join(entries[tag] for tag in sorted(entries))
    return struct.pack(f"{order}H", len(entries)) + body + struct.pack(f"{order}I", following)


def _in_range(size: int) -> None:
    if size >= 2**32:
        raise damaged("TIFF files end at 4 GiB")
