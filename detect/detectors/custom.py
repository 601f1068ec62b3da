"""A registered model of the user's as a classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.errors import DetectError
from detect.core.finding import Evidence, Finding, FindingStatus, Hypothesis, Span
from detect.core.media import AudioClip, Frame, Media
from detect.core.processes.forks import leak, renew_in_child
from detect.models.manifest import Manifest
from detect.models.user import UserModel
from detect.picture.vision import over_shots, unfit
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import LEAST_SPEECH, RATE, VoiceActivity, is_silent
from detect.voice.voice_activity import unfit as too_little_speech

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.models.checkpoint import Network

__all__ = ["CustomClassifier"]

WINDOW = 4.0
"""Seconds of sound that are scored at once."""


class CustomClassifier:
    """Runs a registered checkpoint over every frame, or every window of sound.

    The raw score of a frame or window is the log-odds of the labels that speak for the hypothesis
    against the others. That of a file is the mean over its shots of the median frame, or the mean
    over its windows. What the shipped models do not judge (blank pictures, sound without speech) is
    not judged here either.

    Args:
        manifest: The shipped weights, for the voice activity network.
        model: From `load_user_models`; without a calibration the finding has a score but no llr.
        operating_point: Whose thresholds the finding carries.
        threads: CPU threads; 0: as torch decides.
    """

    def __init__(
        self,
        manifest: Manifest,
        model: UserModel,
        *,
        operating_point: str = "low-false-alarm",
        threads: int = 0,
    ) -> None:
        self.id = model.id
        self.version = model.version
        self.hypothesis: Hypothesis = model.hypothesis
        self._model = model
        self._point = (
            model.calibration.operating_points[operating_point] if model.calibration else None
        )
        self._threads = threads
        self._manifest = manifest
        self._network: Network | None = None
        renew_in_child(self)
        self._synthetic = [meaning == model.hypothesis for meaning in model.labels.values()]

    def after_fork(self) -> None:
        """The network of the parent stays with it."""
        leak(self._network)
        self._network = None

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Looks at one file; see `Classifier`.

        A failure of the model on this file is a finding with the status `error`.

        Raises:
            WeightsError: A file of the model is missing, corrupt or not a network.
            ConfigurationError: torch or transformers is missing.
        """
        pictures = self._model.task == "image-classification"
        if pictures and not frames:
            return self._without("not-applicable", "no-picture")
        if not pictures and not audio:
            return self._without("not-applicable", "no-audio")
        network = self._open()
        try:
            if pictures:
                return self._look(network, media, frames)
            return self._listen(network, audio)
        except DetectError:
            raise
        except Exception as error:
            return self._without("error", "model-error", f"{type(error).__name__}: {error}")

    @cached_property
    def _voice(self) -> VoiceActivity:
        return VoiceActivity(self._manifest)

    def _open(self) -> Network:
        if self._network is None:
            from detect.models.checkpoint import Network

            self._model.verify()
            self._network = Network(self._model.root, self._model.task, threads=self._threads)
        return self._network

    def _look(self, network: Network, media: Media, frames: Sequence[Frame]) -> Finding:
        spans, scored, seen = [], [], 0.0
        for frame in frames:
            reason = unfit(frame.pixels)
            score = None if reason else self._log_odds(network.picture(frame.pixels))
            at = frame.pts or 0.0
            spans.append(Span(at, at, score, self._llr(score), reason, frame.index))
            if score is not None:
                scored.append((frame.shot, score))
                seen += frame.weight
        if not scored:
            return self._without("not-applicable", spans[0].reason or "blank")
        moving = len(frames) > 1 or media.kind == "video"
        total = math.fsum(frame.weight for frame in frames)
        return self._with(over_shots(scored), seen / (total or 1.0), spans if moving else ())

    def _listen(self, network: Network, audio: Sequence[AudioClip]) -> Finding:
        spans = []
        for clip in audio:
            for start, samples in _windows(clip.samples):
                reason = self._inaudible(samples)
                score = None if reason else self._log_odds(network.sound(samples))
                at = clip.start + start / RATE
                end = at + len(samples) / RATE
                spans.append(Span(at, end, score, self._llr(score), reason))
        scored = [span.score for span in spans if span.score is not None]
        if not scored:
            reasons = {span.reason for span in spans}
            order = ("too-little-speech", "no-speech", "silent")
            return self._without(
                "not-applicable", next((r for r in order if r in reasons), "too-little-speech")
            )
        return self._with(math.fsum(scored) / len(scored), len(scored) / len(spans), spans)

    def _inaudible(self, samples: npt.NDArray[np.float32]) -> str | None:
        """Why a window is not judged, by the rules of the shipped speech model, or None."""
        if is_silent(samples):
            return "silent"
        return too_little_speech(self._voice.probabilities(prepare(samples)))

    def _with(self, score: float, coverage: float, spans: Sequence[Span]) -> Finding:
        llr, point = self._llr(score), self._point
        return Finding(
            self.id,
            self.version,
            self.hypothesis,
            score=score,
            llr=llr,
            decision=point.decide(llr) if point and llr is not None else None,
            positive=point.positive if point else None,
            negative=point.negative if point else None,
            coverage=coverage,
            spans=tuple(spans),
        )

    def _log_odds(self, outputs: Sequence[float]) -> float:
        """Log-odds of the synthetic labels.

        Raises:
            ValueError: An output is not finite, or there are more or fewer than labels.
        """
        if not all(map(math.isfinite, outputs)):
            raise ValueError("the model gave an output that is not finite")
        if len(outputs) == 1 == len(self._synthetic):
            return outputs[0] if self._synthetic[0] else -outputs[0]
        pairs = list(zip(outputs, self._synthetic, strict=True))
        return _log_sum_exp([o for o, s in pairs if s]) - _log_sum_exp(
            [o for o, s in pairs if not s]
        )

    def _llr(self, score: float | None) -> float | None:
        calibration = self._model.calibration
        return None if calibration is None or score is None else calibration.llr(score)

    def _without(self, status: FindingStatus, reason: str, detail: str | None = None) -> Finding:
        evidence: tuple[Evidence, ...] = ()
        if detail is not None:
            evidence = (
                Evidence(
                    "model-error",
                    f"The model {self.id} failed on this file.",
                    f"模型 {self.id} 处理该文件时出错。",
                    untrusted=detail[:500],
                ),
            )
        return Finding(self.id, self.version, self.hypothesis, status, reason, evidence=evidence)


def _windows(
    samples: npt.NDArray[np.float32],
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Windows one after the other, with their first sample; the last one ends with the sound."""
    width, total = int(WINDOW * RATE), len(samples)
    if total < LEAST_SPEECH * RATE:
        return
    starts = list(range(0, max(total - width, 0) + 1, width))
    if starts[-1] + width < total:
        starts.append(total - width)
    for start in starts:
        yield start, samples[start : start + width]


def _log_sum_exp(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(math.fsum(math.exp(v - top) for v in values))
