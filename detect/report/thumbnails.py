"""Small pictures of decoded frames; nothing of the original file is copied."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from detect.core.heatmap import HeatMap
from detect.core.media import Frame
from detect.core.report import Thumbnail
from detect.report.overlay import heat_jpeg

__all__ = ["make_thumbnails"]

SIDE = 320
"""Longest side in pixels."""


def make_thumbnails(
    frames: Sequence[Frame], limit: int = 48, heat: Mapping[int, HeatMap] | None = None
) -> tuple[Thumbnail, ...]:
    """JPEG thumbnails of at most `limit` frames, in order, with the heat maps of their indices."""
    heat = heat or {}
    from PIL import Image

    made = []
    for frame in frames[:limit]:
        picture = Image.fromarray(frame.pixels)
        picture.thumbnail((SIDE, SIDE))
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=80)
        known = heat.get(frame.index)
        hot = heat_jpeg(frame.pixels, known, SIDE) if known else None
        made.append(Thumbnail(target.getvalue(), frame.pts, frame.index, hot))
    return tuple(made)
