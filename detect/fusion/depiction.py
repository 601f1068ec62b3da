"""What a picture looks like, and what that means for a classifier that knows photographs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from detect.core.finding import DRAWN, Finding
from detect.core.verdict import HypothesisResult

__all__ = ["depiction", "is_drawn", "knows_photographs_only", "withhold"]

_SAYS = {True: "looks-drawn", False: "looks-photographic", None: "looks-unclear"}
_PHOTOGRAPHS_ONLY = re.compile(r"vision-v\d+")
"""Ids of the shipped classifiers whose real pictures were photographs."""


def depiction(findings: Sequence[Finding]) -> HypothesisResult | None:
    """The result for `cgi_character`; None where no picture was looked at.

    It has no probability: the base rate of the configuration is about synthesis, not about drawing.
    """
    finding = _look(findings)
    if finding is None:
        return None
    return HypothesisResult(
        "ok",
        _SAYS[finding.decision],
        finding.llr,
        model_decision=finding.decision,
        decision=finding.decision,
        decided_by=None if finding.decision is None else "classifier",
    )


def is_drawn(findings: Sequence[Finding]) -> bool:
    """Whether the picture is clearly drawn, painted or rendered."""
    finding = _look(findings)
    return finding is not None and finding.decision is True


def knows_photographs_only(finding: Finding) -> bool:
    """Whether a finding comes from a classifier that says nothing reliable about drawings."""
    return _PHOTOGRAPHS_ONLY.fullmatch(finding.detector) is not None


def withhold(result: HypothesisResult) -> HypothesisResult:
    """The answer of a classifier of photographs about a drawing: kept beside, never followed.

    Its likelihood ratio was calibrated on photographs, so there is no probability either.
    """
    if result.status != "ok":
        return result
    return replace(result, reason=DRAWN, probability=None, decision=None, decided_by=None, spans=())


def _look(findings: Sequence[Finding]) -> Finding | None:
    for finding in findings:
        if finding.hypothesis == "cgi_character" and finding.status == "ok":
            return finding
    return None
