"""Why a report has no answer, in one place: status, too small, nothing to examine, undecided."""

from __future__ import annotations

from collections.abc import Mapping

from detect.core.media import Status
from detect.core.verdict import HypothesisResult, Reason, Verdict
from detect.report.words import phrase

__all__ = ["why_not"]

_NOT_THERE = ("no-picture", "no-audio")
"""Reasons that the kind of the file already tells."""


def why_not(
    status: Status, reason: str | None, hypotheses: Mapping[str, HypothesisResult], verdict: Verdict
) -> tuple[Reason, ...]:
    """Why nothing was decided, most important first; empty where something was.

    Args:
        status: Of the report.
        reason: Sentence of a status that is not `ok`.
        hypotheses: Results by name.
        verdict: The answer.
    """
    if status != "ok":
        said = phrase(f"status.{status}")
        return (
            Reason(status, f"{said.en}: {reason}" if reason else said.en,
                   f"{said.zh}：{reason}" if reason else said.zh),
        )  # fmt: skip
    if verdict.label == "inconclusive":
        return verdict.reasons
    if verdict.label != "not-examined":
        return ()
    codes = dict.fromkeys(r.reason for r in hypotheses.values() if r.status != "ok" and r.reason)
    told = [code for code in codes if code not in _NOT_THERE] or list(codes)
    words = {code: phrase(f"reason.{code}") for code in told}
    return tuple(Reason(code, said.en, said.zh) for code, said in words.items()) or verdict.reasons
