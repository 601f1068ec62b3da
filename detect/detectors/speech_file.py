"""What the windows of a file say together, and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detect.core.clock import stretch
from detect.core.finding import Evidence, Span
from detect.core.segments import segments
from detect.models.calibration import Calibration, OperatingPoint

__all__ = ["Heard", "Window", "evidence", "judge", "reason_of"]

SEVERAL = 5
"""Scored windows from which a file is calibrated on its own; three of them do not overlap."""
TELLING = math.log(2)
"""Below this llr, either way, the likeness is not worth a sentence."""
SHOWN = 5
"""Segments that are named one by one."""
NOTHING = ("muted", "silent", "no-speech")
"""Reasons that say that nothing was there; any other one says more about a file."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window's span in the file, and its raw score or why there is none."""

    start: float
    end: float
    score: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """The sum of a file.

    Attributes:
        score: Raw score.
        llr: Calibrated log-likelihood ratio.
        point: The thresholds that hold for it.
        segments: Stretches that sound synthetic, as (start, end) in seconds.
        seconds: How much was heard of them together.
        decisive: The one whose own mean decided, if one did.
    """

    score: float
    llr: float
    point: OperatingPoint
    segments: tuple[tuple[float, float], ...]
    seconds: float
    decisive: tuple[float, float] | None


def judge(
    windows: Sequence[Window], calibrations: tuple[Calibration, Calibration], operating_point: str
) -> Heard:
    """What the windows of a file say together.

    The score is the mean of all windows. Where a segment stands out and the file holds more than
    it, the segment's own mean counts, less the logarithm of the number of places where one as long
    could have been found, if that is more.

    Args:
        windows: In time order; at least one has a score.
        calibrations: For one window, and for `SEVERAL` or more.
        operating_point: Whose thresholds hold.
    """
    single = calibrations[0]
    scores = [w.score for w in windows if w.score is not None]
    calibration = calibrations[len(scores) >= SEVERAL]
    score = math.fsum(scores) / len(scores)
    llr, decisive = calibration.llr(score), None
    threshold = single.operating_points[operating_point].positive
    spans = [
        Span(w.start, w.end, w.score, None if w.score is None else single.llr(w.score))
        for w in windows
    ]
    found = segments(spans, threshold)
    for segment in found:
        if len(segment) == len(scores):
            continue
        part = math.fsum(s.score or 0.0 for s in segment) / len(segment)
        own = calibrations[len(segment) >= SEVERAL].llr(part)
        own -= math.log(len(scores) / len(segment))
        if own > llr:
            score, llr, decisive = part, own, (segment[0].start, segment[-1].end)
    return Heard(
        score,
        llr,
        calibration.operating_points[operating_point],
        tuple((segment[0].start, segment[-1].end) for segment in found),
        math.fsum(span.end - span.start for segment in found for span in segment),
        decisive,
    )


def reason_of(windows: Sequence[Window]) -> str:
    """Why a file without a scored window has no score: what most of it is, beside nothing."""
    seconds: dict[str, float] = {}
    for window in windows:
        if window.reason:
            length = window.end - window.start
            seconds[window.reason] = seconds.get(window.reason, 0.0) + length
    telling = {name: length for name, length in seconds.items() if name not in NOTHING}
    if not telling:
        return next((name for name in reversed(NOTHING) if name in seconds), "no-speech")
    return max(telling, key=lambda name: telling[name])


def evidence(heard: Heard, scored: float, total: float) -> tuple[Evidence, ...]:
    """Sentences: what the voice resembles, how much was heard, and where it sounds synthetic.

    Args:
        heard: From `judge`.
        scored: Seconds of speech that were scored.
        total: Seconds of the file.
    """
    amount = f"{scored:.0f} s of {total:.0f} s"
    amount_zh = f"共 {total:.0f} 秒，检测了其中 {scored:.0f} 秒"
    if heard.decisive is not None and heard.llr > TELLING:
        where = stretch(*heard.decisive)
        main = Evidence(
            "voice-part-synthetic",
            f"The voice at {where} sounds synthetic ({amount} heard).",
            f"{where} 处的语音听起来更像合成语音（{amount_zh}）。",
            where,
        )
    elif heard.llr > TELLING:
        main = Evidence(
            "voice-like-synthetic",
            f"The voice resembles synthetic speech more than recordings ({amount} heard).",
            f"语音更接近合成语音而非录音（{amount_zh}）。",
        )
    elif heard.llr < -TELLING:
        main = Evidence(
            "voice-like-recording",
            f"The voice resembles recordings more than synthetic speech ({amount} heard).",
            f"语音更接近真人录音而非合成语音（{amount_zh}）。",
        )
    else:
        main = Evidence(
            "voice-undecided",
            f"The voice resembles neither recordings nor synthetic speech clearly "
            f"({amount} heard).",
            f"语音既不明显接近录音，也不明显接近合成语音（{amount_zh}）。",
        )
    others = [segment for segment in heard.segments if segment != heard.decisive]
    if not others or heard.seconds >= scored - 1e-6:
        return (main,)
    where = ", ".join(stretch(*segment) for segment in heard.segments[:SHOWN])
    return (
        main,
        Evidence(
            "voice-segments",
            f"{heard.seconds:.0f} s of the {scored:.0f} s heard sound synthetic by themselves.",
            f"所检测的 {scored:.0f} 秒语音中，有 {heard.seconds:.0f} 秒单独听来更像合成语音。",
            where + (", …" if len(heard.segments) > SHOWN else ""),
        ),
    )
