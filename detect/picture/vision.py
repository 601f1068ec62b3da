"""Was the picture made by a generator? Linear heads on the tokens of a frozen CLIP.

One head reads the whole picture; where a face is large enough, another reads the whole picture and
the face cut out at its own resolution. Frames of a video have a head of their own.
"""

from __future__ import annotations

import math
import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.finding import Evidence, Finding, Hypothesis, Span
from detect.core.heatmap import HeatMap
from detect.core.media import AudioClip, Frame, Media
from detect.models.calibration import Calibration
from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session
from detect.picture.class_tokens import SharedEncoder
from detect.picture.explanation import explain
from detect.picture.face_view import FaceViews
from detect.picture.stability import settle

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "BLANK_DEVIATION",
    "SMALLEST_SIDE",
    "VisionDetector",
    "golden_picture",
    "over_shots",
    "unfit",
]

SMALLEST_SIDE = 64
"""Pictures with a shorter side than this, in pixels, hold too little to judge."""
SMALL = 330
"""Pictures up to this longer side, in pixels, have a calibration of their own, clipped tighter."""
BLANK_DEVIATION = 4.0
"""Pictures whose grey levels vary less than this (standard deviation, 0 to 255) show nothing."""

NEAR = 1.0
"""Decisions for AI that lie less than this above the threshold, in llr, must outlive deliveries."""
TELLING = math.log(2)
"""Below this llr, either way, the likeness is not worth a sentence."""


class VisionDetector:
    """Scores stills; in a video, the score is the mean over shots of the median of each shot.

    Args:
        manifest: The weights (`vision-v3` on `clip-vit-b16`), loaded on first use.
        operating_point: Which thresholds of the calibration decide.
        threads: Frames scored at the same time; 0: as many as there are cores.
        stability: Whether a decision for AI near the threshold is taken back that flips under a
            re-delivery; see `detect.picture.stability`.
        device: `cpu`, `cuda` or `auto`.
        precision: `fast` or `exact`; see `detect.models.exact`.
        encoder: Class tokens of the pictures, shared with other heads; its own when None.
        faces: Largest faces of the pictures, shared likewise.
    """

    concurrent = True
    id = "vision-v3"
    hypothesis: Hypothesis = "ai_generated"

    def __init__(
        self,
        manifest: Manifest,
        *,
        operating_point: str = "low-false-alarm",
        threads: int = 0,
        stability: bool = False,
        device: str = "cpu",
        precision: str = "fast",
        encoder: SharedEncoder | None = None,
        faces: FaceViews | None = None,
    ) -> None:
        self._model = manifest[self.id]
        self._blocks: tuple[int, ...] = tuple(self._model.declared["blocks"])
        self._encoder = encoder or SharedEncoder(
            manifest, [self.id], device=device, precision=precision, threads=threads
        )
        self._faces = faces or FaceViews(manifest)
        self._stability = stability
        self._threads = threads or os.cpu_count() or 1
        self._operating_point = operating_point
        self.version = self._model.version

    @cached_property
    def _heads(self) -> tuple[Session, Session]:
        """For a picture without a face, and for one with a face."""
        whole, faced = (open_session(self._model, key, threads=1) for key in ("head", "face"))
        return whole, faced

    @cached_property
    def _calibrations(self) -> dict[str, Calibration]:
        """Of a picture, a small picture, a frame of a video, and a video."""
        content = self._model.read("calibration")
        kinds = ("small", "frame", "video")
        known = {kind: Calibration.parse_json(content, kind) for kind in kinds}
        return known | {"picture": Calibration.parse_json(content)}

    @cached_property
    def _video_head(self) -> Session:
        return open_session(self._model, "video", threads=1)

    def score(self, pixels: npt.NDArray[np.uint8]) -> float:
        """Raw score of one picture: log-odds before clipping, positive towards synthetic.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        face = self._faces.of(pixels)
        if face is None:
            return self._whole_score(pixels)
        views = {"summaries": pixels, "face": face}
        seen = {key: self._encoder.summaries(v, self._blocks)[None] for key, v in views.items()}
        return float(self._heads[1].run(["score"], seen)[0][0])

    def _whole_score(self, pixels: npt.NDArray[np.uint8]) -> float:
        seen = {"summaries": self._encoder.summaries(pixels, self._blocks)[None]}
        return float(self._heads[0].run(["score"], seen)[0][0])

    def golden_score(self) -> float:
        """Mean score of `golden_picture()` in its four orientations; the manifest declares it.

        Four, because 8-bit activations let a single score differ by some tenths between machines.
        """
        import numpy as np

        return statistics.fmean(self.score(np.rot90(golden_picture(), turn)) for turn in range(4))

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores every frame that can be judged, then the file.

        Args:
            media: Facts about the file.
            frames: Stills in time order; one for an image.
            audio: Not used.

        Returns:
            A finding for `ai_generated`. Its `score` is the picture's raw score, or that of the
            shots together; its spans hold one score for each frame of a video.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        if not frames:
            return self._not_applicable("no-picture")
        reasons = [unfit(frame.pixels) for frame in frames]
        if all(reasons):
            return self._not_applicable(next(filter(None, reasons)))
        moving = len(frames) > 1 or media.kind == "video"
        rescore = self.frame_scores if moving else self.scores
        fit = [f.pixels for f, reason in zip(frames, reasons, strict=True) if not reason]
        found = iter(rescore(fit))
        scores = [None if reason else next(found) for reason in reasons]
        known = self._calibrations
        frame_line = known["frame"]
        spans = tuple(
            Span(
                start=frame.pts or 0.0,
                end=frame.pts or 0.0,
                score=score,
                llr=None if score is None else frame_line.llr(score),
                reason=reason,
                index=frame.index,
            )
            for frame, score, reason in zip(frames, scores, reasons, strict=True)
        )
        still = known["small" if max(frames[0].pixels.shape[:2]) <= SMALL else "picture"]
        calibration = known["video"] if moving else still
        total = over_shots(
            (frame.shot, score)
            for frame, score in zip(frames, scores, strict=True)
            if score is not None
        )
        llr = calibration.llr(total)
        point = calibration.operating_points[self._operating_point]
        single = frame_line.operating_points[self._operating_point]
        seen = sum(
            frame.weight for frame, reason in zip(frames, reasons, strict=True) if not reason
        )
        finding = Finding(
            detector=self.id,
            version=self.version,
            hypothesis=self.hypothesis,
            score=total,
            llr=llr,
            decision=point.decide(llr),
            positive=point.positive,
            negative=point.negative,
            span_positive=single.positive if moving else None,
            span_negative=single.negative if moving else None,
            coverage=seen / (sum(frame.weight for frame in frames) or 1.0),
            evidence=_evidence(llr),
            spans=spans if moving else (),
        )
        if not self._stability or not finding.decision or llr >= point.positive + NEAR:
            return finding
        seen_scores = [score for score in scores if score is not None]
        return settle(finding, fit, seen_scores, rescore, calibration, point)

    def scores(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> list[float]:
        """Raw scores of several pictures, computed at the same time; see `score`."""
        return self._each(self.score, pictures)

    def frame_scores(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> list[float]:
        """Raw scores of frames of a video; another scale than `score`."""
        return self._each(self._frame_score, pictures)

    def _frame_score(self, pixels: npt.NDArray[np.uint8]) -> float:
        seen = {"summaries": self._encoder.summaries(pixels, self._blocks)[None]}
        return float(self._video_head.run(["score"], seen)[0][0])

    def heat_map(self, pixels: npt.NDArray[np.uint8], *, fine: bool = True) -> HeatMap:
        """What the parts of a picture add to its score; see `detect.picture.explanation`.

        It asks the head that reads the whole picture alone, with a face or without: a face that is
        covered would not be found.
        """
        return explain(pixels, lambda parts: self._each(self._whole_score, parts), fine=fine)

    def _each(
        self,
        score: Callable[[npt.NDArray[np.uint8]], float],
        pictures: Sequence[npt.NDArray[np.uint8]],
    ) -> list[float]:
        if len(pictures) == 1 or self._threads == 1:
            return list(map(score, pictures))
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(score, pictures))

    def _not_applicable(self, reason: str) -> Finding:
        return Finding(self.id, self.version, self.hypothesis, "not-applicable", reason)


def over_shots(scored: Iterable[tuple[int, float]]) -> float:
    """Mean over shots of the median score within each, so that one odd frame decides nothing.

    Args:
        scored: Shot number and score of each frame; at least one.
    """
    shots: defaultdict[int, list[float]] = defaultdict(list)
    for shot, score in scored:
        shots[shot].append(score)
    return statistics.fmean(statistics.median(scores) for scores in shots.values())


def golden_picture() -> npt.NDArray[np.uint8]:
    """A picture made by formula, for the score that every installation must reproduce.

    Returns:
        uint8, shape (300, 400, 3): a sun over sand. Computed with integers, so it is the same on
        every machine.
    """
    import numpy as np

    y, x = np.mgrid[0:300, 0:400]
    sky = y < 170
    red = np.where(sky, 90 + y * 2 // 3, 150 - (y - 170) // 3 + (x * 7 + y * 13) % 17)
    green = np.where(sky, 140 + y // 2, 120 - (y - 170) // 4 + (x * 5 + y * 11) % 23)
    blue = np.where(sky, 235 - y // 6, 60 + (x * 3 + y * 7) % 13)
    picture = np.stack([red, green, blue], axis=-1).astype(np.uint8)
    picture[(x - 290) ** 2 + (y - 70) ** 2 < 32**2] = (255, 214, 120)
    return picture


def unfit(pixels: npt.NDArray[np.uint8]) -> str | None:
    """Why a picture cannot be judged, or None."""
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        return "too-small"
    if float(pixels[::2, ::2].mean(axis=2).std()) < BLANK_DEVIATION:
        return "blank"
    return None


def _evidence(llr: float) -> tuple[Evidence, ...]:
    if abs(llr) < TELLING:
        return ()
    if llr > 0:
        return (
            Evidence(
                "vision.resembles-generated",
                "The picture resembles AI-generated pictures more than photographs.",
                "画面更接近人工智能生成图像，而非照片。",
            ),
        )
    return (
        Evidence(
            "vision.resembles-camera",
            "The picture resembles photographs more than AI-generated pictures.",
            "画面更接近照片，而非人工智能生成图像。",
        ),
    )
