"""Labels in FLV: a property of `onMetaData` (Adobe Flash Video File Format 10.1, annex E)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from detect.labelling.containers.pieces import Piece, damaged, without
from detect.provenance.carriers.source import Source

__all__ = ["label_flv"]

MAX_DEPTH = 16
MAX_VALUES = 500_000
_NAME = b"\x02\x00\x0aonMetaData"
_END = b"\x00\x00\x09"


def label_flv(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Adds properties; the file positions of an index of key frames move with what follows."""
    at = int.from_bytes(file.read(5, 4), "big") + 4
    head = file.read(at, 11)
    if len(head) < 11:
        raise damaged("it holds no tags")
    size = int.from_bytes(head[1:4], "big")
    body = file.read(at + 11, size)
    if head[0] & 0x1F != 18 or not body.startswith(_NAME):
        new = _NAME + b"\x08\x00\x00\x00\x00" + _END
        size, cut = 0, (at, at)
        head = b"\x12" + bytes(10)
    else:
        new, cut = body, (at, at + 11 + size + 4)
    if len(new) != size and size:
        raise damaged("its first tag is cut short")
    script = _Script(new)
    changed = script.with_properties(tags)
    delta = len(changed) - size + (15 if size == 0 else 0)
    changed = script.shifted(changed, delta, cut[1])
    if len(changed) >= 2**24:
        raise damaged("its metadata is full")
    length = len(changed).to_bytes(3, "big")
    tag = head[:1] + length + head[4:] + changed + struct.pack(">I", 11 + len(changed))
    return without(file.size, (*cut, tag))


class _Script:
    """One AMF 0 script tag: where the properties of its object lie."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MAX_VALUES
        start = len(_NAME)
        kind = data[start : start + 1]
        if kind not in (b"\x08", b"\x03"):
            raise damaged("its metadata is of an unknown kind")
        self._count = start + 1 if kind == b"\x08" else None
        self._positions: list[int] = []
        self._sizes: list[int] = []
        self._properties, self._end = self._object(start + (5 if kind == b"\x08" else 1), ())

    def with_properties(self, tags: Mapping[str, str]) -> bytes:
        """The tag with more string properties; those of the same name are replaced."""
        data, last, out, count = self._data, self._end - 3, b"", 0
        at = 0
        for name, start, stop in self._properties:
            if name in tags:
                if self._positions and start < max(self._positions):
                    raise damaged("its label stands in front of an index")
                out += data[at:start]
                at = stop
                count -= 1
        out += data[at:last]
        for name, value in tags.items():
            text = value.encode("utf-8")
            kind = b"\x02" + struct.pack(">H", len(text)) if len(text) < 2**16 else b""
            if not kind:
                raise damaged("the label is too long for it")
            out += struct.pack(">H", len(name)) + name.encode() + kind + text
            count += 1
        out += data[last:]
        if self._count is not None:
            old = int.from_bytes(data[self._count : self._count + 4], "big")
            number = struct.pack(">I", max(0, old + count))
            out = out[: self._count] + number + out[self._count + 4 :]
        return out

    def shifted(self, data: bytes, delta: int, threshold: int) -> bytes:
        """File positions at or behind `threshold`, and the file size, moved by `delta`."""
        out = bytearray(data)
        for at in self._positions + self._sizes:
            if bytes(out[at : at + 8]) == self._data[at : at + 8]:
                place = struct.unpack_from(">d", out, at)[0]
                if place >= threshold:
                    struct.pack_into(">d", out, at, place + delta)
        return bytes(out)

    def _object(self, at: int, path: tuple[str, ...]) -> tuple[list[tuple[str, int, int]], int]:
        found: list[tuple[str, int, int]] = []
        while True:
            start = at
            if self._data[at : at + 3] == _END:
                return found, at + 3
            length = int.from_bytes(self._take(at, 2), "big")
            name = self._take(at + 2, length).decode("utf-8", "replace")
            at = self._value(at + 2 + length, (*path, name))
            found.append((name, start, at))

    def _value(self, at: int, path: tuple[str, ...]) -> int:
        self._left -= 1
        if self._left < 0 or len(path) > MAX_DEPTH:
            raise damaged("its metadata is too deep or too large")
        kind = self._take(at, 1)[0]
        at += 1
        if kind == 0:
            self._take(at, 8)
            if path[-2:] == ("keyframes", "filepositions"):
                self._positions.append(at)
            elif path == ("filesize",):
                self._sizes.append(at)
            return at + 8
        if kind in (2, 15):
            width = 2 if kind == 2 else 4
            length = int.from_bytes(self._take(at, width), "big")
            self._take(at + width, length)
            return at + width + length
        if kind == 3:
            return self._object(at, path)[1]
        if kind == 8:
            return self._object(at + 4, path)[1]
        if kind == 10:
            count = int.from_bytes(self._take(at, 4), "big")
            at += 4
            for _ in range(count):
                at = self._value(at, path)
            return at
        width_of = {1: 1, 5: 0, 6: 0, 7: 2, 11: 10}
        if kind not in width_of:
            raise damaged("its metadata holds an unknown kind of value")
        self._take(at, width_of[kind])
        return at + width_of[kind]

    def _take(self, at: int, length: int) -> bytes:
        part = self._data[at : at + length]
        if len(part) < length:
            raise damaged("its metadata is cut short")
        return part
