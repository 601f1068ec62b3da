"""Which pictures of a scan get a heat map, and how fine."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, cast

from detect.core.finding import Finding
from detect.core.heatmap import HeatMap
from detect.core.report import Overlay
from detect.pipeline.extraction import Extracted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.detectors.base import Classifier

__all__ = ["MOST_HEAT", "Explainer"]

MOST_HEAT = 100
"""Heat maps of one run that nobody asked for, at most."""


class _Explains(Protocol):
    def heat_map(self, pixels: npt.NDArray[np.uint8], *, fine: bool = True) -> HeatMap: ...


class Explainer:
    """Makes the heat maps of a scan.

    Args:
        which: `off`; `open`: quick maps of pictures that are called AI or undecided, because a
            person will look at those; `all`: fine maps of pictures, quick ones of frames.
    """

    def __init__(self, which: Literal["off", "open", "all"]) -> None:
        self._which = which
        self._count = itertools.count()

    def maps(
        self, file: Extracted, findings: Sequence[Finding], classifiers: Sequence[Classifier]
    ) -> Mapping[int, HeatMap]:
        """Heat maps of a file by frame index; empty where there are none to be made."""
        if self._which == "off" or not file.frames:
            return {}
        moving = file.media.kind == "video" or len(file.frames) > 1
        for classifier in classifiers:
            found = next((f for f in findings if f.detector == classifier.id), None)
            if found is None or found.status != "ok" or not hasattr(classifier, "heat_map"):
                continue
            if self._which == "open" and (
                moving or found.decision is False or next(self._count) >= MOST_HEAT
            ):
                continue
            explains = cast(_Explains, classifier)
            unscored = {span.index for span in found.spans if span.score is None}
            return {
                frame.index: explains.heat_map(
                    frame.pixels, fine=self._which == "all" and not moving
                )
                for frame in file.frames
                if frame.index not in unscored
            }
        return {}

    def overlays(self, file: Extracted, heat: Mapping[int, HeatMap]) -> tuple[Overlay, ...]:
        """The maps as PNG files, if all were asked for."""
        if self._which != "all" or not heat:
            return ()
        from detect.report.pictures.overlay import heat_png

        moving = file.media.kind == "video" or len(file.frames) > 1
        return tuple(
            Overlay(heat_png(frame.pixels, heat[frame.index]), frame.index if moving else None)
            for frame in file.frames
            if frame.index in heat
        )
