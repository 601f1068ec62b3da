"""Reading a sidecar within bounds: size, decompressed size, number of parts, nesting."""

from __future__ import annotations

import json
import lzma
import re
from typing import Any

from detect.core.text import decoded
from detect.media.source import MediaError, open_source

__all__ = ["LARGEST", "SidecarError", "parse", "parse_all", "read_json"]

LARGEST = 8 * 2**20
"""Bytes of a sidecar, as stored and decompressed."""
MOST_PARTS = 400_000
"""Lists, objects, members and elements: each costs far more memory than bytes of text."""
XZ_MEMORY = 64 * 2**20
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_BETWEEN = re.compile(r"[\s\x1e]*")


class SidecarError(Exception):
    """Why a sidecar cannot be used; it becomes a record, it never ends a run."""


def read_json(path: bytes) -> list[Any]:
    """The JSON documents of a file, mostly one; it may be compressed with xz.

    Raises:
        SidecarError: It cannot be opened, is too large, or is no JSON.
    """
    try:
        with open_source(path, max_bytes=LARGEST) as file:
            content = b""
            while chunk := file.read(1 << 20):
                content += chunk
                if len(content) > LARGEST:
                    raise SidecarError(f"larger than {LARGEST} bytes")
    except MediaError as error:
        raise SidecarError(str(error)) from None
    except OSError as error:
        raise SidecarError(f"reading failed: {error.strerror}") from None
    if content.startswith(b"\xfd7zXZ\x00"):
        content = _decompressed(content)
    return parse_all(content)


def parse(content: bytes | str) -> Any:
    """JSON text as Python values.

    Raises:
        SidecarError: It is no JSON, or too large or too deep.
    """
    documents = parse_all(content)
    if len(documents) != 1:
        raise SidecarError("not JSON: several documents in one place")
    return documents[0]


def parse_all(content: bytes | str) -> list[Any]:
    """JSON documents one after the other, with or without line breaks between them.

    Raises:
        SidecarError: One of them is no JSON, or all are too large or too deep.
    """
    if len(content) > LARGEST:
        raise SidecarError(f"larger than {LARGEST} bytes")
    marks: Any = (b",", b"[", b"{") if isinstance(content, bytes) else (",", "[", "{")
    if sum(content.count(mark) for mark in marks) > MOST_PARTS:
        raise SidecarError(f"more than {MOST_PARTS} parts")
    found: list[Any] = []
    try:
        plain = (decoded(content) if isinstance(content, bytes) else content).strip()
        place = 0
        while place < len(plain) or not found:
            document, place = _DECODER.raw_decode(plain, place)
            found.append(document)
            place = _BETWEEN.match(plain, place).end()  # type: ignore[union-attr]
    except json.JSONDecodeError as error:
        raise SidecarError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise SidecarError("nested too deeply") from None
    except ValueError as error:  # its encoding, or a number of more digits than Python converts
        raise SidecarError(f"not JSON: {error}") from None
    return found


def _decompressed(content: bytes) -> bytes:
    try:
        machine = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
        plain = machine.decompress(content, max_length=LARGEST + 1)
    except (lzma.LZMAError, MemoryError, EOFError) as error:
        raise SidecarError(f"damaged xz data: {error}") from None
    if len(plain) > LARGEST:
        raise SidecarError(f"larger than {LARGEST} bytes when decompressed")
    if not machine.eof:
        raise SidecarError("xz data that end early")
    return plain
