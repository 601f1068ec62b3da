"""Small pictures of decoded frames; nothing of the original file is copied."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from detect.core.heatmap import HeatMap
from detect.core.mark import VisibleMark
from detect.core.media import Frame
from detect.core.report import Thumbnail
from detect.report.pictures.overlay import heat_jpeg

__all__ = ["make_crops", "make_thumbnails"]

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


def make_crops(
    frames: Sequence[Frame], marks: Sequence[VisibleMark], limit: int = 12
) -> tuple[Thumbnail, ...]:
    """JPEG pictures of the first marks with some of what is around them, at most `limit`."""
    from PIL import Image

    by_index = {frame.index: frame for frame in frames}
    made = []
    for mark in marks[:limit]:
        frame = by_index[mark.index]
        height, width = frame.pixels.shape[:2]
        left, top, right, bottom = (
            share * side for share, side in zip(mark.box, (width, height) * 2, strict=True)
        )
        room = bottom - top
        box = (
            max(0, int(left - room)),
            max(0, int(top - room)),
            min(width, int(right + room) + 1),
            min(height, int(bottom + room) + 1),
        )
        target = io.BytesIO()
        Image.fromarray(frame.pixels).crop(box).save(target, "JPEG", quality=85)
        made.append(Thumbnail(target.getvalue(), mark.pts, mark.index))
    return tuple(made)
