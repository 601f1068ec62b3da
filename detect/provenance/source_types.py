"""Digital source types: what they claim, by the vocabulary of the IPTC and the C2PA.

The meaning of an action together with its source type follows the asset rubrics of the C2PA
conformance programme (c2pa-org/conformance-public, 2026-08), with two departures: a screen capture
is told apart from generated material, and `compositeSynthetic`, which may be plain computer
graphics, is never more than possible AI. `algorithmicMedia` is procedural, not learned: not AI.
"""

from __future__ import annotations

import re

from detect.core.provenance import Claim

__all__ = ["AI_CLAIMS", "SOURCE_CLAIMS", "action_claim", "term"]

AI_CLAIMS: tuple[Claim, ...] = ("ai-generated", "ai-edited", "ai-possible")
"""Claims that name AI, strongest first."""

SOURCE_CLAIMS: dict[str, Claim] = {
    "trainedAlgorithmicMedia": "ai-generated",
    "trainedAlgorithmicData": "ai-generated",
    "compositeWithTrainedAlgorithmicMedia": "ai-edited",
    "compositeSynthetic": "ai-possible",
    "composite": "ai-possible",
    "digitalCapture": "captured",
    "computationalCapture": "captured",
    "compositeCapture": "captured",
    "negativeFilm": "captured",
    "positiveFilm": "captured",
    "print": "captured",
    "algorithmicMedia": "not-ai",
    "dataDrivenMedia": "not-ai",
    "digitalArt": "not-ai",
    "digitalCreation": "not-ai",
    "screenCapture": "not-ai",
    "softwareImage": "not-ai",
    "virtualRecording": "not-ai",
}
"""What a source type claims about a whole work."""

_LATER: dict[str, Claim] = {
    "trainedAlgorithmicMedia": "ai-edited",
    "trainedAlgorithmicData": "ai-edited",
    "compositeWithTrainedAlgorithmicMedia": "ai-edited",
    "compositeSynthetic": "ai-possible",
    "composite": "ai-possible",
    "digitalArt": "ai-possible",
}
"""What it claims when it belongs to a later step."""

_NOT_EDITORIAL = frozenset(
    {
        "c2pa.converted",
        "c2pa.published",
        "c2pa.repackaged",
        "c2pa.transcoded",
        "c2pa.resized.proportional",
        "c2pa.enhanced",
        "c2pa.edited.metadata",
        "c2pa.watermarked",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
        "c2pa.redacted",
    }
)

_ADDRESS = re.compile(
    r"(?:https?://(?:cv\.iptc\.org/newscodes/digitalsourcetype|c2pa\.org/digitalsourcetype"
    r"|schema\.org)/|digsrctype:)?"
    r"([A-Za-z]{4,50})/?",
    re.IGNORECASE,
)
_TERMS = {name.lower(): name for name in SOURCE_CLAIMS}
_TERMS |= {f"{name}DigitalSource".lower(): name for name in SOURCE_CLAIMS}


def term(value: object) -> str | None:
    """The term that an address, a quick code or a bare word names, None when it is not known."""
    match = _ADDRESS.fullmatch(value.strip()) if isinstance(value, str) else None
    return _TERMS.get(match[1].lower()) if match else None


def action_claim(action: str, source_type: str) -> Claim | None:
    """What an action with a source type claims.

    Args:
        action: Name such as `c2pa.created`.
        source_type: A term, as `term` returns it.

    Returns:
        The claim, None when the combination says nothing about origin.
    """
    if action in ("c2pa.created", "c2pa.opened"):
        return SOURCE_CLAIMS[source_type]
    return None if action in _NOT_EDITORIAL else _LATER.get(source_type)
