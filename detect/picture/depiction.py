"""Is the picture photographic, drawn or rendered? Linear heads on CLIP tokens.

Photographic means that it looks taken by a camera, whoever made it: the answer says nothing about
AI, it says whether a classifier of photographs may be asked. Rendered means computer graphics, game
engines and avatars, photorealistic ones too. A third head looks at the largest face by itself: a
rendered head may stand in a photographed scene.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.finding import Evidence, Finding, Hypothesis
from detect.core.media import AudioClip, Frame, Media
from detect.models.calibration import Calibration
from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session
from detect.picture.class_tokens import SharedEncoder
from detect.picture.face_view import FaceViews
from detect.picture.vision import golden_picture, unfit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["KINDS", "DepictionDetector"]

KINDS = ("drawn", "rendered", "head")
"""What a picture may be instead of photographic; `head`: a rendered head, anywhere."""


class DepictionDetector:
    """Scores stills; in a video, the score of each kind is the median over the frames.

    Args:
        manifest: The weights (`depiction-v2` on `clip-vit-b16`), loaded on first use.
        encoder: Tokens of the pictures, shared with the other heads; its own when None.
        faces: Largest faces of the pictures, shared likewise.
        threads: Frames scored at the same time; 0: as many as there are cores.
    """

    concurrent = True
    id = "depiction-v2"
    hypothesis: Hypothesis = "cgi_character"

    def __init__(
        self,
        manifest: Manifest,
        *,
        encoder: SharedEncoder | None = None,
        faces: FaceViews | None = None,
        threads: int = 0,
    ) -> None:
        self._model = manifest[self.id]
        self._encoder = encoder or SharedEncoder(manifest, [self.id])
        self._faces = faces or FaceViews(manifest)
        self._blocks: tuple[int, ...] = tuple(self._model.declared["blocks"])
        self._threads = threads or os.cpu_count() or 1
        self.version = self._model.version

    @cached_property
    def _heads(self) -> tuple[Session, Session]:
        """For the whole picture, and for a face."""
        whole, face = (open_session(self._model, key, threads=1) for key in ("head", "face"))
        return whole, face

    @cached_property
    def _calibrations(self) -> dict[str, Calibration]:
        content = self._model.read("calibration")
        return {kind: Calibration.parse_json(content, kind) for kind in KINDS}

    def scores(self, pixels: npt.NDArray[np.uint8]) -> dict[str, float]:
        """Raw scores of one picture by kind: log-odds against photographic before clipping.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.

        Returns:
            By kind; `head` only where there is a face that is large enough.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        whole, faced = self._heads
        seen = {"summaries": self._encoder.summaries(pixels, self._blocks)[None]}
        drawn, rendered = whole.run(["drawn", "rendered"], seen)
        found = {"drawn": float(drawn[0]), "rendered": float(rendered[0])}
        face = self._faces.of(pixels)
        if face is not None:
            seen = {"summaries": self._encoder.summaries(face, self._blocks)[None]}
            found["head"] = float(faced.run(["head"], seen)[0][0])
        return found

    def golden_score(self) -> float:
        """Mean `drawn` score of `golden_picture()` in its four orientations."""
        import numpy as np

        turned = (np.rot90(golden_picture(), turn) for turn in range(4))
        return statistics.fmean(self.scores(picture)["drawn"] for picture in turned)

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores every frame that can be judged, then the file by the median of each kind.

        Args:
            media: Facts about the file.
            frames: Stills in time order; one for an image.
            audio: Not used.

        Returns:
            A finding for `cgi_character`, about the kind that speaks most clearly: its decision is
            True for a picture that is clearly of that kind (the evidence says which), False for one
            that is clearly photographic by every head. One pair of thresholds a kind serves all
            operating points.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        if not frames:
            return Finding(self.id, self.version, self.hypothesis, "not-applicable", "no-picture")
        reasons = [unfit(frame.pixels) for frame in frames]
        seen = [frame for frame, reason in zip(frames, reasons, strict=True) if not reason]
        if not seen:
            reason = next(filter(None, reasons))
            return Finding(self.id, self.version, self.hypothesis, "not-applicable", reason)
        scored = self._scored(seen)
        judged = []
        for kind in KINDS:
            known = [scores[kind] for scores in scored if kind in scores]
            # A head that is seen in less than half of a video is no head of the video.
            if 2 * len(known) >= len(scored):
                score, calibration = statistics.median(known), self._calibrations[kind]
                llr, point = calibration.llr(score), calibration.operating_points["clear"]
                judged.append((llr - point.positive, kind, score, llr, point))
        _, kind, score, llr, point = max(judged)
        decisions = [point.decide(llr) for _, _, _, llr, point in judged]
        decision = True if any(decisions) else False if set(decisions) == {False} else None
        return Finding(
            detector=self.id,
            version=self.version,
            hypothesis=self.hypothesis,
            score=score,
            llr=llr,
            decision=decision,
            positive=point.positive,
            negative=point.negative,
            coverage=sum(frame.weight for frame in seen)
            / (sum(frame.weight for frame in frames) or 1.0),
            evidence=(_EVIDENCE[kind],) if decision else (),
        )

    def _scored(self, frames: Sequence[Frame]) -> list[dict[str, float]]:
        if len(frames) == 1 or self._threads == 1:
            return [self.scores(frame.pixels) for frame in frames]
        _ = self._heads
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda frame: self.scores(frame.pixels), frames))


_EVIDENCE = {
    "drawn": Evidence(
        "depiction.drawn",
        "The picture looks drawn or painted, not photographed.",
        "画面看起来是绘制的，而非拍摄所得。",
    ),
    "rendered": Evidence(
        "depiction.rendered",
        "The picture looks rendered by computer graphics, not photographed.",
        "画面看起来是计算机图形渲染的，而非拍摄所得。",
    ),
    "head": Evidence(
        "depiction.rendered-head",
        "The largest face looks rendered by computer graphics, whatever surrounds it.",
        "画面中最大的人脸看起来是计算机图形渲染的，无论其周围场景如何。",
    ),
}
