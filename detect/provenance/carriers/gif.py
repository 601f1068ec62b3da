"""Metadata in GIF (GIF89a)."""

from __future__ import annotations

from detect.provenance.carriers.fields import MAX_CHUNKS, MAX_FIELD, Carriers
from detect.provenance.carriers.photoshop import read_iim, read_resources
from detect.provenance.carriers.source import Source

__all__ = ["read_gif"]

MAX_GIF = 64 * 2**20
MAX_GIF_BLOCKS = 1_000_000


def read_gif(source: Source, out: Carriers) -> None:
    data = source.read(0, MAX_GIF)
    flags = data[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    for _ in range(MAX_CHUNKS):
        out.parts += 1
        if data[at : at + 1] == b"\x2c":
            flags = data[at + 9]
            at = _blocks(data, at + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))[1]
            continue
        if data[at : at + 1] != b"\x21":
            return
        kind, start = data[at + 1], at + 2
        blocks, at = _blocks(data, start)
        if kind == 0xFE:
            out.add("text", "Comment", b"".join(blocks), "GIF comment")
        elif blocks[:1] == [b"XMP DataXMP"] and at - start <= MAX_FIELD:
            # The packet is not cut into sub-blocks; a 258-byte trailer lets readers skip it.
            packet = data[start + 12 : at]
            out.add("xmp", "XMP", packet[: packet.rfind(b"\x01\xff\xfe")], "XMP")
        elif blocks[:1] in ([b"MGK8BIM0000"], [b"MGKIPTC0000"]):  # ImageMagick's
            body = b"".join(blocks[1:])
            read = read_resources if body[:4] == b"8BIM" else read_iim
            read(body, out, "GIF extension")
        elif blocks and blocks[0].startswith(b"C2PA_GIF"):
            out.c2pa = True


def _blocks(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The sub-blocks that start at `at`, and what follows them."""
    blocks: list[bytes] = []
    while at < len(data) and (length := data[at]):
        if len(blocks) > MAX_GIF_BLOCKS:
            raise ValueError("too many blocks")
        blocks.append(data[at + 1 : at + 1 + length])
        at += 1 + length
    return blocks, at + 1
