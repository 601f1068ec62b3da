"""Everything a file declares about its own origin, from every carrier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import BinaryIO

from detect.core.provenance import Declaration, Provenance
from detect.provenance.aigc_label import read_implicit, read_labels
from detect.provenance.c2pa import read_c2pa
from detect.provenance.carriers.read import read_carriers
from detect.provenance.claims import read_claims
from detect.provenance.generator import read_generators
from detect.provenance.iptc import read_iptc
from detect.provenance.stealth import read_stealth
from detect.provenance.trust import TrustLists

__all__ = ["in_order", "read_provenance"]

_CLAIMS = ("ai-generated", "ai-edited", "ai-possible", "captured", "not-ai")
_SOURCES = ("c2pa", "aigc-label", "iptc", "generator-metadata", "watermark", "visible-mark")
_STATES = ("trusted", "intact", "untrusted", "expired", "malformed", "void")


def read_provenance(file: BinaryIO, format: str, *, trust: TrustLists) -> Provenance:
    """Reads all declarations of one file, offline. Runs inside a decoding worker.

    Args:
        file: Seekable; its position is changed.
        format: Name of the format as sniffed (`jpeg`, `png`, `mp4`, ...).
        trust: The imported trust lists; the result names them.

    Returns:
        The provenance, declarations strongest first. A damaged file has fewer declarations; it
        never raises for one.
    """
    carriers = read_carriers(file, format)
    signed = read_c2pa(file, format, carriers, trust=trust)
    if format in ("png", "apng"):
        read_stealth(file, carriers)
    fields = carriers.fields
    found = signed.declarations + read_labels(fields) + read_iptc(fields) + read_generators(fields)
    return replace(
        signed,
        declarations=in_order(found),
        implicit_labels=read_implicit(fields),
        claims=read_claims(fields),
    )


def in_order(declarations: Iterable[Declaration]) -> tuple[Declaration, ...]:
    """Declarations, the strongest first."""
    return tuple(sorted(declarations, key=_strength))


def _strength(declaration: Declaration) -> tuple[bool, int, int, int]:
    return (
        declaration.state == "void",
        _CLAIMS.index(declaration.claim),
        _SOURCES.index(declaration.source),
        _STATES.index(declaration.state),
    )
