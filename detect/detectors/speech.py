"""Was the voice synthesised? Statistics of a speech encoder's first blocks, over speech only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.finding import Evidence, Finding, Hypothesis, Span
from detect.core.media import AudioClip, Frame, Media
from detect.detectors.speech_window import prepare
from detect.detectors.voice_activity import FRAME, RATE, VoiceActivity, is_silent, unfit
from detect.models.calibration import Calibration, OperatingPoint
from detect.models.manifest import Manifest
from detect.models.runtime import open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnxruntime

__all__ = ["SpeechDetector", "Window", "golden_samples", "judge"]

WINDOW = 4 * RATE
"""Samples that are scored at once."""
HOP = 2 * RATE
"""Samples between windows; a window's span is the middle of it that no neighbour is closer to."""
SEVERAL = 5
"""Scored windows from which a file is calibrated on its own; three of them do not overlap."""
LEAST_RUN = 3
"""Neighbouring windows above the threshold that make a run; two of them do not overlap."""
TELLING = math.log(2)
"""Below this llr, either way, the likeness is not worth a sentence."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window's span in the file, and its raw score or why there is none."""

    start: float
    end: float
    score: float | None
    reason: str | None


class SpeechDetector:
    """Scores windows of speech; silence, noise and music are not applicable, never real or fake.

    The score of a file is the mean over its windows; from five on it is calibrated as several clips
    of one voice, which tell more than one. Where a run of neighbouring windows stands out
    (each above the positive threshold, none of its evidence shared), the file takes the run's mean,
    less the logarithm of the number of places such a run could have been in.

    Args:
        manifest: The weights (`speech-v1` behind `silero-vad`), loaded on first use.
        operating_point: Which thresholds of the calibration decide.
        threads: Inference threads; 0: as many as there are cores.
    """

    id = "speech-v1"
    hypothesis: Hypothesis = "voice_synthetic"

    def __init__(
        self,
        manifest: Manifest,
        *,
        operating_point: str = "low-false-alarm",
        threads: int = 0,
    ) -> None:
        self._model = manifest[self.id]
        self._activity = VoiceActivity(manifest)
        self._operating_point = operating_point
        self._threads = threads
        self.version = self._model.version

    @cached_property
    def _network(self) -> onnxruntime.InferenceSession:
        return open_session(self._model, "network", threads=self._threads)

    @cached_property
    def _calibrations(self) -> tuple[Calibration, Calibration]:
        """For one window, and for `SEVERAL` or more."""
        content = self._model.read("calibration")
        return Calibration.parse_json(content), Calibration.parse_json(content, "file")

    def score(
        self, prepared: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float32]
    ) -> float:
        """Raw score of one window: uncalibrated log-odds, positive towards synthetic.

        Args:
            prepared: float32, shape (n,), from `prepare`; 1 to 4 seconds, mono at 16 kHz.
            probabilities: Of speech, one for each 32 ms from the first sample on.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        inputs = {"samples": prepared, "speech": probabilities}
        return float(self._network.run(["score"], inputs)[0][0])

    def golden_score(self) -> float:
        """The score of `golden_samples()`, all taken for speech, which the manifest declares."""
        import numpy as np

        samples = golden_samples()
        return self.score(prepare(samples), np.ones(len(samples) // FRAME, np.float32))

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores every window with enough speech, then the file.

        Args:
            media: Facts about the file.
            frames: Not used.
            audio: 16 kHz mono stretches in time order.

        Returns:
            A finding for `voice_synthetic`, one span for each scored window and for each stretch
            that was not scored, with its reason. Coverage is the scored share of the sound.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        if not audio:
            return self._not_applicable("no-audio")
        windows = [window for clip in audio for window in self._windows(clip)]
        single = self._calibrations[0]
        spans = tuple(
            Span(
                w.start, w.end, w.score, None if w.score is None else single.llr(w.score), w.reason
            )
            for w in windows
        )
        if all(w.score is None for w in windows):
            reasons = {w.reason for w in windows}
            order = ("too-little-speech", "no-speech", "silent")
            return self._not_applicable(
                next((r for r in order if r in reasons), "no-speech"), spans
            )
        score, llr, point, run = judge(windows, self._calibrations, self._operating_point)
        total = math.fsum(clip.seconds for clip in audio)
        heard = math.fsum(w.end - w.start for w in windows if w.score is not None)
        return Finding(
            detector=self.id,
            version=self.version,
            hypothesis=self.hypothesis,
            score=score,
            llr=llr,
            decision=point.decide(llr),
            positive=point.positive,
            negative=point.negative,
            span_positive=single.operating_points[self._operating_point].positive,
            span_negative=single.operating_points[self._operating_point].negative,
            coverage=min(1.0, heard / total),
            evidence=_evidence(llr, heard, total, run),
            spans=spans,
        )

    def _windows(self, clip: AudioClip) -> Iterator[Window]:
        """The clip's windows in time order; neighbours without a score and alike are joined."""
        waiting: Window | None = None
        for first, start, end in _places(len(clip.samples)):
            score, reason = self._judge(clip.samples[first : first + WINDOW])
            window = Window(clip.start + start / RATE, clip.start + end / RATE, score, reason)
            if waiting and reason == waiting.reason:
                waiting = Window(waiting.start, window.end, None, reason)
                continue
            if waiting:
                yield waiting
                waiting = None
            if reason:
                waiting = window
            else:
                yield window
        if waiting:
            yield waiting

    def _judge(self, samples: npt.NDArray[np.float32]) -> tuple[float | None, str | None]:
        """The score of a window, or why there is none."""
        if is_silent(samples):
            return None, "silent"
        prepared = prepare(samples)
        probabilities = self._activity.probabilities(prepared)
        reason = unfit(probabilities)
        return (None, reason) if reason else (self.score(prepared, probabilities), None)

    def _not_applicable(self, reason: str, spans: tuple[Span, ...] = ()) -> Finding:
        return Finding(
            self.id,
            self.version,
            self.hypothesis,
            "not-applicable",
            reason,
            coverage=0.0,
            spans=spans,
        )


def judge(
    windows: Sequence[Window], calibrations: tuple[Calibration, Calibration], operating_point: str
) -> tuple[float, float, OperatingPoint, tuple[float, float] | None]:
    """What the windows of a file say together.

    Args:
        windows: In time order; at least one has a score.
        calibrations: For one window, and for `SEVERAL` or more.
        operating_point: Whose thresholds hold.

    Returns:
        Raw score, llr, thresholds, and the seconds of the run that decided, if one did.
    """
    scores = [w.score for w in windows if w.score is not None]
    single = calibrations[0]
    calibration = calibrations[len(scores) >= SEVERAL]
    score = math.fsum(scores) / len(scores)
    llr, where = calibration.llr(score), None
    threshold = single.operating_points[operating_point].positive
    for run in _runs(windows, lambda score: single.llr(score) >= threshold):
        if LEAST_RUN <= len(run) < len(scores):
            part = math.fsum(w.score or 0.0 for w in run) / len(run)
            found = calibrations[len(run) >= SEVERAL].llr(part)
            found -= math.log(len(scores) / len(run))
            if found > llr:
                score, llr, where = part, found, (run[0].start, run[-1].end)
    return score, llr, calibration.operating_points[operating_point], where


def golden_samples() -> npt.NDArray[np.float32]:
    """Four seconds that a formula makes: a gliding buzz with syllables, for the golden score.

    Returns:
        float32, shape (64000,), in [-1, 1].
    """
    import numpy as np

    time = np.arange(WINDOW) / RATE
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.5 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 30))
    syllables = np.maximum(0, np.sin(2 * np.pi * 2 * time))
    return np.asarray(0.1 * syllables * voice, np.float32)


def _places(n: int) -> Iterator[tuple[int, int, int]]:
    """First sample of each window, and the first and last sample of its span."""
    last = max(0, n - WINDOW)
    firsts = [*range(0, last, HOP), last]
    if len(firsts) > 1 and firsts[-1] - firsts[-2] < HOP // 2:
        del firsts[-2]
    for number, first in enumerate(firsts):
        start = 0 if number == 0 else (firsts[number - 1] + first + WINDOW) // 2
        end = n if number == len(firsts) - 1 else (first + firsts[number + 1] + WINDOW) // 2
        yield first, start, end


def _runs(windows: Sequence[Window], passes: Callable[[float], bool]) -> Iterator[list[Window]]:
    """The longest runs of neighbouring windows that are scored and pass."""
    run: list[Window] = []
    for window in windows:
        if window.score is not None and passes(window.score):
            run.append(window)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _evidence(
    llr: float, heard: float, total: float, run: tuple[float, float] | None
) -> tuple[Evidence, ...]:
    where = None if run is None else f"{run[0]:.1f}-{run[1]:.1f} s"
    amount = f"{heard:.0f} s of {total:.0f} s"
    amount_zh = f"共 {total:.0f} 秒，检测了其中 {heard:.0f} 秒"
    if run is not None and llr > TELLING:
        return (
            Evidence(
                "voice-part-synthetic",
                f"The voice from {run[0]:.1f} to {run[1]:.1f} s sounds synthetic.",
                f"{run[0]:.1f} 至 {run[1]:.1f} 秒的语音听起来更像合成语音。",
                where,
            ),
        )
    if llr > TELLING:
        return (
            Evidence(
                "voice-like-synthetic",
                f"The voice resembles synthetic speech more than recordings ({amount} heard).",
                f"语音更接近合成语音而非录音（{amount_zh}）。",
            ),
        )
    if llr < -TELLING:
        return (
            Evidence(
                "voice-like-recording",
                f"The voice resembles recordings more than synthetic speech ({amount} heard).",
                f"语音更接近真人录音而非合成语音（{amount_zh}）。",
            ),
        )
    return ()
