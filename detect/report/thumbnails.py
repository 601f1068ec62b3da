"""Small pictures of decoded frames; nothing of the original file is copied."""

from __future__ import annotations

import io
from collections.abc import Sequence

from detect.core.media import Frame
from detect.core.report import Thumbnail

__all__ = ["make_thumbnails"]

SIDE = 320
"""Longest side in pixels."""


def make_thumbnails(frames: Sequence[Frame], limit: int = 48) -> tuple[Thumbnail, ...]:
    """JPEG thumbnails of at most `limit` frames, in order."""
    from PIL import Image

    made = []
    for frame in frames[:limit]:
        picture = Image.fromarray(frame.pixels)
        picture.thumbnail((SIDE, SIDE))
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=80)
        made.append(Thumbnail(target.getvalue(), frame.pts, frame.index))
    return tuple(made)
