"""Photoshop's image resources and the IPTC fields in them (IPTC-IIM 4.2), in every container.

They are wrapped as `8BIM` blocks: in APP13 of JPEG, in tags of TIFF, in extensions of GIF, in raw
profiles of PNG.
"""

from __future__ import annotations

from collections.abc import Iterator

from detect.provenance.carriers.fields import MAX_FIELD, Carriers

__all__ = ["PHOTOSHOP", "read_iim", "read_resources"]

PHOTOSHOP = b"Photoshop 3.0\x00"
"""In front of the resources in APP13."""

MAX_RESOURCES = 4096
_IIM, _XMP = 0x0404, 0x0424
_NAMES = {
    5: "ObjectName",
    25: "Keywords",
    40: "SpecialInstructions",
    65: "Software",
    80: "Artist",
    110: "Credit",
    115: "Source",
    116: "Copyright",
    120: "Description",
}
"""Data sets of record 2 that can say where a picture comes from."""


def read_resources(block: bytes, out: Carriers, where: str) -> None:
    """Keeps what the resources hold: IPTC fields and XMP.

    Args:
        block: From the first `8BIM` on.
        out: Where to.
        where: The place in words.
    """
    for kind, body in _resources(block):
        if kind == _IIM:
            read_iim(body, out, where)
        elif kind == _XMP:
            out.add("xmp", "XMP", body, "XMP")


def read_iim(body: bytes, out: Carriers, where: str) -> None:
    """Keeps the IPTC fields of record 2."""
    at, utf8 = 0, b"\x1b%G" in body[:64]
    for _ in range(MAX_RESOURCES):
        if body[at : at + 1] != b"\x1c" or len(body) < at + 5:
            return
        record, number = body[at + 1], body[at + 2]
        length = int.from_bytes(body[at + 3 : at + 5], "big")
        if length & 0x8000:
            return
        value = body[at + 5 : at + 5 + length]
        if record == 2 and number in _NAMES:
            name = _NAMES[number]
            out.add("text", name, value if utf8 else _text(value), f"{where} IPTC {name}")
        at += 5 + length


def _resources(block: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MAX_RESOURCES):
        if block[at : at + 4] not in (b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"):
            return
        kind = int.from_bytes(block[at + 4 : at + 6], "big")
        name = block[at + 6] + 1 if len(block) > at + 6 else 1
        start = at + 6 + name + name % 2
        length = int.from_bytes(block[start : start + 4], "big")
        if length <= MAX_FIELD:
            yield kind, block[start + 4 : start + 4 + length]
        at = start + 4 + length + length % 2


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
