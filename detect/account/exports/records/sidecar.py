"""Reading a sidecar within bounds: size, decompressed size, number of parts, nesting."""

from __future__ import annotations

import json
import lzma
from typing import Any

from detect.core.text import decoded
from detect.media.source import MediaError, open_source

__all__ = ["LARGEST", "SidecarError", "parse", "read_json"]

LARGEST = 8 * 2**20
"""Bytes of a sidecar, as stored and decompressed."""
MOST_PARTS = 400_000
"""Lists, objects, members and elements: each costs far more memory than bytes of text."""
XZ_MEMORY = 64 * 2**20


class SidecarError(Exception):
    """Why a sidecar cannot be used; it becomes a record, it never ends a run."""


def read_json(path: bytes) -> Any:
    """The JSON of a file, which may be compressed with xz.

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
    return parse(content)


def parse(content: bytes | str) -> Any:
    """JSON text as Python values.

    Raises:
        SidecarError: It is no JSON, or too large or too deep.
    """
    if len(content) > LARGEST:
        raise SidecarError(f"larger than {LARGEST} bytes")
    marks: Any = (b",", b"[", b"{") if isinstance(content, bytes) else (",", "[", "{")
    if sum(content.count(mark) for mark in marks) > MOST_PARTS:
        raise SidecarError(f"more than {MOST_PARTS} parts")
    try:
        plain = decoded(content) if isinstance(content, bytes) else content
        return json.loads(plain, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        raise SidecarError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise SidecarError("nested too deeply") from None
    except ValueError as error:  # its encoding, or a number of more digits than Python converts
        raise SidecarError(f"not JSON: {error}") from None


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
