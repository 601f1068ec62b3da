"""Was the voice synthesised? A frozen front end and trained heads, over speech only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.finding import Finding, Hypothesis, Span
from detect.core.media import AudioClip, Frame, Media
from detect.models.calibration import Calibration
from detect.models.manifest import Manifest
from detect.voice.speech_file import Window, evidence, judge, reason_of
from detect.voice.speech_network import SpeechNetwork
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import FRAME, RATE, VoiceActivity, is_silent, unfit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["SpeechDetector", "golden_samples"]

WINDOW = 4 * RATE
"""Samples that are scored at once."""
HOP = 2 * RATE
"""Samples between windows; a window's span is the middle of it that no neighbour is closer to."""


class SpeechDetector:
    """Scores windows of speech; silence, noise and music are not applicable, never real or fake.

    The score of a file is the mean over its windows; from five on it is calibrated as several clips
    of one voice, which tell more than one. Where a segment of neighbouring windows stands out
    (`detect.core.segments`), the file takes the segment's mean, less the logarithm of the number of
    places such a segment could have been in.

    Args:
        manifest: The weights (`speech-v4` behind `silero-vad`), loaded on first use.
        operating_point: Which thresholds of the calibration decide.
        threads: Inference threads; 0: as many as there are cores.
    """

    id = "speech-v4"
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
        self._network = SpeechNetwork(self._model, threads=threads)
        self.version = self._model.version

    @cached_property
    def _calibrations(self) -> tuple[Calibration, Calibration]:
        """For one window, and for several."""
        content = self._model.read("calibration")
        return Calibration.parse_json(content), Calibration.parse_json(content, "file")

    def score(
        self, prepared: npt.NDArray[np.float32], probabilities: npt.NDArray[np.float32]
    ) -> tuple[float, str | None]:
        """Raw score of one window: uncalibrated log-odds, positive towards synthetic.

        Args:
            prepared: float32, shape (n,), from `prepare`; 1 to 4 seconds, mono at 16 kHz.
            probabilities: Of speech, one for each 32 ms from the first sample on.

        Returns:
            The score, and why it means nothing where the sound is not speech: `singing`, `music`
            or `no-speech`.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        return self._network.judge(self._network.features(prepared, probabilities))

    def golden_score(self) -> float:
        """The score of `golden_samples()`, all taken for speech, which the manifest declares."""
        import numpy as np

        samples = golden_samples()
        return self.score(prepare(samples), np.ones(len(samples) // FRAME, np.float32))[0]

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores every window with enough speech, then the file.

        Args:
            media: Facts about the file.
            frames: Not used.
            audio: 16 kHz mono stretches in time order.

        Returns:
            A finding for `voice_synthetic`, one span for each scored window and for each stretch
            that was not scored, with its reason. Coverage is the scored share of the file.

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
            muted = len(audio) == 1 and not audio[0].samples.any()
            return self._not_applicable("muted" if muted else reason_of(windows), spans)
        heard = judge(windows, self._calibrations, self._operating_point)
        scored = math.fsum(w.end - w.start for w in windows if w.score is not None)
        total = max(math.fsum(clip.seconds for clip in audio), media.duration or 0.0)
        return Finding(
            detector=self.id,
            version=self.version,
            hypothesis=self.hypothesis,
            score=heard.score,
            llr=heard.llr,
            decision=heard.point.decide(heard.llr),
            positive=heard.point.positive,
            negative=heard.point.negative,
            span_positive=single.operating_points[self._operating_point].positive,
            span_negative=single.operating_points[self._operating_point].negative,
            coverage=min(1.0, scored / total),
            evidence=evidence(heard, windows, scored, total),
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
        reason = unfit(probabilities, prepared)
        if reason:
            return None, reason
        score, reason = self.score(prepared, probabilities)
        return (None, reason) if reason else (score, None)

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
