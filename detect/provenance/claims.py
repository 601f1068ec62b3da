"""Camera, date and software that unsigned metadata name: shown as claims, deciding nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from detect.core.provenance import ClaimField, MetadataClaim
from detect.provenance.carriers.fields import Field

__all__ = ["read_claims"]

LONGEST = 120
"""Characters that are kept of a value."""
EACH = 2
"""Different values that are kept of one field."""

_EXIF: dict[str, ClaimField] = {
    "Make": "maker",
    "Model": "model",
    "DateTimeOriginal": "date",
    "DateTime": "date",
    "Software": "software",
}
_TAGS: dict[str, ClaimField] = {
    "com.apple.quicktime.make": "maker",
    "com.apple.quicktime.model": "model",
    "com.apple.quicktime.software": "software",
    "com.apple.quicktime.creationdate": "date",
    "com.android.manufacturer": "maker",
    "com.android.model": "model",
    "creation_time": "date",
}
_XMP: dict[str, ClaimField] = {
    "tiff:Make": "maker",
    "tiff:Model": "model",
    "xmp:CreatorTool": "software",
    "xmp:CreateDate": "date",
}
_PACKET = 100_000
"""Characters of an XMP packet that are searched."""
_XMP_VALUE = re.compile(
    r"(?<![\w:])(" + "|".join(_XMP) + r")(?:\s*=\s*[\"']([^\"'<]{1,500})[\"']|>([^<]{1,500})<)"
)
_ORDER: tuple[ClaimField, ...] = ("maker", "model", "date", "software")


def read_claims(fields: Iterable[Field]) -> tuple[MetadataClaim, ...]:
    """Maker, model, date and software, at most two different values each.

    Args:
        fields: Of all carriers, untrusted.
    """
    found: dict[ClaimField, dict[str, MetadataClaim]] = {name: {} for name in _ORDER}
    for item in fields:
        for about, text, where in _read(item):
            value = " ".join(text.replace("\x00", " ").split())[:LONGEST]
            known = found[about]
            if value and value.casefold() not in known and len(known) < EACH:
                known[value.casefold()] = MetadataClaim(about, value, where)
    return tuple(claim for name in _ORDER for claim in found[name].values())


def _read(item: Field) -> Iterable[tuple[ClaimField, str, str]]:
    if item.carrier == "exif" and item.key in _EXIF:
        yield _EXIF[item.key], item.text, item.where
    elif item.carrier in ("tag", "text") and item.key.lower() in _TAGS:
        yield _TAGS[item.key.lower()], item.text, item.where
    elif item.carrier == "xmp":
        for name, quoted, inner in _XMP_VALUE.findall(item.text[:_PACKET]):
            yield _XMP[name], quoted or inner, f"{item.where} {name}"
