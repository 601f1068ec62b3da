"""Is the picture photographic, or drawn, painted or rendered? A linear head on CLIP class tokens.

Photographic means that it looks taken by a camera, whoever made it: the answer says nothing about
AI, it says whether a classifier of photographs may be asked.
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
from detect.picture.vision import golden_picture, unfit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["DepictionDetector"]


class DepictionDetector:
    """Scores stills; in a video, the score is the median over its frames.

    Args:
        manifest: The weights (`depiction-v1` on `clip-vit-b16`), loaded on first use.
        encoder: Class tokens of the pictures, shared with the other heads; its own when None.
        threads: Frames scored at the same time; 0: as many as there are cores.
    """

    concurrent = True
    id = "depiction-v1"
    hypothesis: Hypothesis = "cgi_character"

    def __init__(
        self, manifest: Manifest, *, encoder: SharedEncoder | None = None, threads: int = 0
    ) -> None:
        self._model = manifest[self.id]
        self._encoder = encoder or SharedEncoder(manifest, [self.id])
        self._blocks: tuple[int, ...] = tuple(self._model.declared["blocks"])
        self._threads = threads or os.cpu_count() or 1
        self.version = self._model.version

    @cached_property
    def _head(self) -> Session:
        return open_session(self._model, "head", threads=1)

    @cached_property
    def _calibration(self) -> Calibration:
        return Calibration.parse_json(self._model.read("calibration"))

    def score(self, pixels: npt.NDArray[np.uint8]) -> float:
        """Raw score of one picture: uncalibrated log-odds, positive towards drawn or rendered.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        tokens = self._encoder.class_tokens(pixels, self._blocks)
        return float(self._head.run(["score"], {"class_tokens": tokens[None]})[0][0])

    def golden_score(self) -> float:
        """Mean score of `golden_picture()` in its four orientations; the manifest declares it."""
        import numpy as np

        return statistics.fmean(self.score(np.rot90(golden_picture(), turn)) for turn in range(4))

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Scores every frame that can be judged, then the file by their median.

        Args:
            media: Facts about the file.
            frames: Stills in time order; one for an image.
            audio: Not used.

        Returns:
            A finding for `cgi_character`: its decision is True for a picture that is clearly drawn,
            painted or rendered, False for one that is clearly photographic. One pair of thresholds
            serves all operating points.

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
        score = statistics.median(self._scores(seen))
        llr = self._calibration.llr(score)
        point = self._calibration.operating_points["clear"]
        decision = point.decide(llr)
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
            evidence=(_DRAWN,) if decision else (),
        )

    def _scores(self, frames: Sequence[Frame]) -> list[float]:
        if len(frames) == 1 or self._threads == 1:
            return [self.score(frame.pixels) for frame in frames]
        _ = self._head
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda frame: self.score(frame.pixels), frames))


_DRAWN = Evidence(
    "depiction.drawn-or-rendered",
    "The picture looks drawn, painted or rendered, not photographed.",
    "画面看起来是绘制或渲染的，而非拍摄所得。",
)
