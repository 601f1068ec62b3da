"""All jurisdictions at once."""

from __future__ import annotations

from collections.abc import Mapping

from detect.core.media import Kind
from detect.core.provenance import Provenance
from detect.core.verdict import HypothesisResult, Label
from detect.labels import china, european_union, new_york
from detect.labels.basis import Basis

__all__ = ["grade"]


def grade(
    hypotheses: Mapping[str, HypothesisResult],
    provenance: Provenance,
    *,
    kind: Kind = "unknown",
    declared_by_publisher: bool = False,
) -> dict[str, Label]:
    """The label each jurisdiction asks for.

    Args:
        hypotheses: Results by hypothesis name; empty when nothing could be examined.
        provenance: What the file declares.
        kind: What the file is; a sound file shows no performer.
        declared_by_publisher: The publisher says outside the file (caption, platform switch) that
            it is synthetic. Nothing inside a file can say so.

    Returns:
        Labels by jurisdiction: `cn`, `eu`, `us-ny`.
    """
    basis = Basis.of(hypotheses, provenance, kind=kind, declared_by_publisher=declared_by_publisher)
    return {
        "cn": china.grade(basis),
        "eu": european_union.grade(basis),
        "us-ny": new_york.grade(basis),
    }
