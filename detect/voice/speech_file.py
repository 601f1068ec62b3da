"""What the windows of a file say together, and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
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
LEFT_OUT = {
    "too-little-speech": ("too little speech", "语音过短"),
    "too-noisy": ("speech drowned in noise", "噪声过大"),
    "singing": ("singing", "歌唱"),
    "music": ("music", "音乐"),
}
"""Why sound was not scored that is worth a sentence."""
LEAST_LEFT_OUT = 2.0
"""Seconds from which on it is."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window's span in the file, and its raw score or why there is none."""

    start: float
    end: float
    score: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch that sounds synthetic: its ends in the file, and how much of it was heard."""

    start: float
    end: float
    seconds: float

    @property
    def ends(self) -> str:
        """Its ends in words."""
        return stretch(self.start, self.end)

    @property
    def whole(self) -> bool:
        """Whether all of it was heard; of long sound only stretches are."""
        return self.seconds >= self.end - self.start - 1.0

    @property
    def where(self) -> str:
        """Its ends, and how much of it was heard where that is not all."""
        return self.ends + ("" if self.whole else f" ({self.seconds:.0f} s heard)")

    @property
    def where_zh(self) -> str:
        """The same in Chinese."""
        return self.ends + ("" if self.whole else f"（检测其中 {self.seconds:.0f} 秒）")


@dataclass(frozen=True, slots=True)
class Heard:
    """The sum of a file.

    Attributes:
        score: Raw score.
        llr: Calibrated log-likelihood ratio.
        point: The thresholds that hold for it.
        parts: Stretches that sound synthetic.
        decisive: The one whose own mean decided, if one did.
    """

    score: float
    llr: float
    point: OperatingPoint
    parts: tuple[Part, ...]
    decisive: Part | None


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
            score, llr, decisive = part, own, _part(segment)
    return Heard(
        score,
        llr,
        calibration.operating_points[operating_point],
        tuple(_part(segment) for segment in found),
        decisive,
    )


def _part(spans: Sequence[Span]) -> Part:
    return Part(spans[0].start, spans[-1].end, math.fsum(s.end - s.start for s in spans))


def reason_of(windows: Sequence[Window]) -> str:
    """Why a file without a scored window has no score: what most of it is, beside nothing."""
    seconds = _seconds(windows)
    telling = {name: length for name, length in seconds.items() if name not in NOTHING}
    if not telling:
        return next((name for name in reversed(NOTHING) if name in seconds), "no-speech")
    return max(telling, key=lambda name: telling[name])


def _seconds(windows: Sequence[Window]) -> dict[str, float]:
    """Seconds of the windows without a score, by reason."""
    seconds: dict[str, float] = {}
    for window in windows:
        if window.reason:
            length = window.end - window.start
            seconds[window.reason] = seconds.get(window.reason, 0.0) + length
    return seconds


def evidence(
    heard: Heard, windows: Sequence[Window], scored: float, total: float
) -> tuple[Evidence, ...]:
    """Sentences: what the voice resembles, where it sounds synthetic, and what was left out.

    Args:
        heard: From `judge`.
        windows: That it judged.
        scored: Seconds of speech that were scored.
        total: Seconds of the file.
    """
    return (
        _likeness(heard, scored, total),
        *_other_parts(heard, scored),
        *_left_out(_seconds(windows)),
    )


def _likeness(heard: Heard, scored: float, total: float) -> Evidence:
    amount = f"{scored:.0f} s of {total:.0f} s"
    amount_zh = f"共 {total:.0f} 秒，检测了其中 {scored:.0f} 秒"
    if heard.decisive is not None and heard.llr > TELLING:
        part = heard.decisive
        return Evidence(
            "voice-part-synthetic",
            f"The voice at {part.where} resembles synthetic speech more than recordings "
            f"({amount} heard).",
            f"{part.where_zh} 处的语音更接近合成语音而非录音（{amount_zh}）。",
            part.ends,
        )
    if heard.llr > TELLING:
        return Evidence(
            "voice-like-synthetic",
            f"The voice resembles synthetic speech more than recordings ({amount} heard).",
            f"语音更接近合成语音而非录音（{amount_zh}）。",
        )
    if heard.llr < -TELLING:
        return Evidence(
            "voice-like-recording",
            f"The voice resembles recordings more than synthetic speech ({amount} heard).",
            f"语音更接近真人录音而非合成语音（{amount_zh}）。",
        )
    return Evidence(
        "voice-undecided",
        f"The voice resembles neither recordings nor synthetic speech clearly ({amount} heard).",
        f"语音既不明显接近录音，也不明显接近合成语音（{amount_zh}）。",
    )


def _other_parts(heard: Heard, scored: float) -> Iterator[Evidence]:
    """Stretches that sound synthetic by themselves, besides the one that was named."""
    named = heard.decisive if heard.llr > TELLING else None
    seconds = math.fsum(part.seconds for part in heard.parts)
    others = [part for part in heard.parts if part != named]
    if not others or seconds >= scored - 1e-6:
        return
    where = ", ".join(part.where for part in heard.parts[:SHOWN])
    yield Evidence(
        "voice-segments",
        f"{seconds:.0f} s of the {scored:.0f} s heard sound synthetic by themselves.",
        f"所检测的 {scored:.0f} 秒语音中，有 {seconds:.0f} 秒单独听来更像合成语音。",
        where + (", …" if len(heard.parts) > SHOWN else ""),
    )


def _left_out(seconds: Mapping[str, float]) -> Iterator[Evidence]:
    """How much sound was not scored, and why; silence needs no words."""
    known = {why: length for why, length in seconds.items() if why in LEFT_OUT}
    length = math.fsum(known.values())
    if length < LEAST_LEFT_OUT:
        return
    each = sorted(known, key=lambda why: -known[why])
    yield Evidence(
        "voice-not-scored",
        f"{length:.0f} s were not scored: "
        + ", ".join(f"{LEFT_OUT[why][0]} ({known[why]:.0f} s)" for why in each)
        + ".",
        f"另有 {length:.0f} 秒未作判断："
        + "、".join(f"{LEFT_OUT[why][1]}（{known[why]:.0f} 秒）" for why in each)
        + "。",
    )
