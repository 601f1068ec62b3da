"""What a picture looks like: photographic, drawn or rendered, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence

from detect.core.finding import Finding
from detect.core.verdict import HypothesisResult

__all__ = ["depiction"]

_SAYS = {False: "looks-photographic", None: "looks-unclear"}
_KINDS = {
    "depiction.drawn": "looks-drawn",
    "depiction.rendered": "looks-rendered",
    "depiction.rendered-head": "looks-rendered-head",
}


def depiction(findings: Sequence[Finding]) -> HypothesisResult | None:
    """The result for `cgi_character`; None where no picture was looked at.

    It has no probability: the base rate of the configuration is about synthesis, not about drawing.
    """
    finding = _look(findings)
    if finding is None:
        return None
    return HypothesisResult(
        "ok",
        _reason(finding),
        finding.llr,
        model_decision=finding.decision,
        decision=finding.decision,
        decided_by=None if finding.decision is None else "classifier",
    )


def _reason(finding: Finding) -> str:
    if finding.decision:
        return next((_KINDS[e.code] for e in finding.evidence if e.code in _KINDS), "looks-drawn")
    return _SAYS[finding.decision]


def _look(findings: Sequence[Finding]) -> Finding | None:
    for finding in findings:
        if finding.hypothesis == "cgi_character" and finding.status == "ok":
            return finding
    return None
