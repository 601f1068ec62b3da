"""Which verdict is worse than which."""

from __future__ import annotations

from detect.core.verdict import Verdict, VerdictLabel

__all__ = ["FAIL_ON", "SEVERITY", "reaches"]

SEVERITY: tuple[VerdictLabel, ...] = (
    "ai-generated",
    "voice-synthetic",
    "ai-edited",
    "inconclusive",
    "not-examined",
    "no-synthesis-found",
)
"""Labels, most severe first."""

FAIL_ON = ("ai-generated", "voice-synthetic", "ai-edited", "inconclusive", "never")


def reaches(verdict: Verdict, threshold: str) -> bool:
    """Whether a verdict is at least as severe as `threshold` (one of `FAIL_ON`)."""
    if threshold == "never":
        return False
    return SEVERITY.index(verdict.label) <= FAIL_ON.index(threshold)
