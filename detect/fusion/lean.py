"""How far evidence goes that does not decide, and what a probability is at other base rates."""

from __future__ import annotations

import math
from collections.abc import Mapping

from detect.core.verdict import BaseRate, HypothesisResult, Lean, LeanCode
from detect.fusion.combine import posterior

__all__ = ["NO_LEAN", "SHARES", "base_rates", "lean", "times"]

NO_LEAN = 2.0
"""Likelihood ratio under which nothing leans: either answer explains the evidence about as well."""
SHARES = (0.5, 0.05, 0.01)
"""Shares of synthetic files at which a probability is stated: half, one in twenty, in a hundred."""
_MOST = 1000.0
"""Ratios beyond are stated as this one: calibration knows nothing of rarer errors."""

_SIDES: dict[tuple[str, bool], tuple[LeanCode, str, str]] = {
    ("ai_generated", True): (
        "leans-ai",
        "Leans AI: about {} times likelier if generated.",
        "倾向 AI：若为 AI 生成，出现此类证据的可能性约为实拍的 {} 倍。",
    ),
    ("ai_generated", False): (
        "leans-camera",
        "Leans camera: about {} times likelier if a camera took it.",
        "倾向实拍：若为实拍，出现此类证据的可能性约为 AI 生成的 {} 倍。",
    ),
    ("voice_synthetic", True): (
        "leans-synthetic",
        "Leans synthetic voice: about {} times likelier if synthetic.",
        "倾向合成语音：若为合成，出现此类证据的可能性约为真人录音的 {} 倍。",
    ),
    ("voice_synthetic", False): (
        "leans-recorded",
        "Leans recorded voice: about {} times likelier if a person was recorded.",
        "倾向真人录音：若为真人录音，出现此类证据的可能性约为合成的 {} 倍。",
    ),
}


def times(llr: float) -> float:
    """How many times likelier the evidence is on its side, 1 to 1000."""
    return min(math.exp(min(abs(llr), 30.0)), _MOST)


def lean(hypotheses: Mapping[str, HypothesisResult]) -> Lean | None:
    """The lean of the undecided hypothesis whose evidence speaks most for synthesis.

    Where a part stands out, the mean of that part leans, not the whole.

    Args:
        hypotheses: Results by name; only those without a decision count.

    Returns:
        None where no undecided one was scored.
    """
    open_ones = [
        (bool(r.spans), r.llr, name)
        for name, r in hypotheses.items()
        if r.status == "ok" and r.decision is None and r.llr is not None
        if (name, True) in _SIDES
    ]
    if not open_ones:
        return None
    part, llr, name = max(open_ones)
    heard = [s.llr for s in hypotheses[name].spans if s.llr is not None]
    if part and heard:
        llr = math.fsum(heard) / len(heard)
    ratio = times(llr)
    if ratio < NO_LEAN:
        return Lean(
            "no-lean",
            ratio,
            "No lean: either answer explains the evidence about as well.",
            "无明显倾向：两种情形对证据的解释程度相近。",
        )
    code, en, zh = _SIDES[name, llr > 0]
    number = f"{ratio:.0f}" if ratio < 100 else f"{float(f'{ratio:.1g}'):,.0f}"
    en, zh = en.format(number), zh.format(number)
    return Lean(code, ratio, f"A part: {en}" if part else en, f"其中一部分：{zh}" if part else zh)


def base_rates(llr: float | None) -> tuple[BaseRate, ...]:
    """The posterior at the shares of `SHARES`; empty without a score."""
    if llr is None:
        return ()
    return tuple(BaseRate(share, posterior(llr, share)) for share in SHARES)
