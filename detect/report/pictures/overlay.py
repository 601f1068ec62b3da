"""A heat map drawn over the picture it explains."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from detect.core.heatmap import HeatMap

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

__all__ = ["LEAST", "heat_jpeg", "heat_png"]

LEAST = 0.5
"""Raw-score units of full colour at least, so that a map of rounding noise stays pale."""
FOR, AGAINST = (222, 45, 20), (30, 100, 230)
STRENGTH = 0.62
"""Opacity of full colour."""
SIDE = 1024
"""Longest side of a PNG, in pixels."""
STRIP = 40
LEGEND = "red: hiding it lowers the AI score   blue: hiding it raises it   dark: not seen"


def heat_jpeg(pixels: npt.NDArray[np.uint8], heat: HeatMap, side: int) -> bytes:
    """A small overlay for the HTML report, longest side at most `side` pixels."""
    target = io.BytesIO()
    _overlay(pixels, heat, side).save(target, "JPEG", quality=80)
    return target.getvalue()


def heat_png(pixels: npt.NDArray[np.uint8], heat: HeatMap) -> bytes:
    """The overlay as a file of its own, with a line that says what the colours mean.

    Args:
        pixels: uint8, shape (height, width, 3), RGB.
        heat: Its map.
    """
    from PIL import Image, ImageDraw, ImageFont

    picture = _overlay(pixels, heat, SIDE)
    size = STRIP // 3
    font = ImageFont.load_default(size)
    width = max(picture.width, round(font.getlength(LEGEND)) + 16)
    sheet = Image.new("RGB", (width, picture.height + STRIP), "white")
    sheet.paste(picture, ((width - picture.width) // 2, 0))
    at = ((width - round(font.getlength(LEGEND))) // 2, picture.height + (STRIP - size) // 2 - 2)
    ImageDraw.Draw(sheet).text(at, LEGEND, "black", font)
    target = io.BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()


def _overlay(pixels: npt.NDArray[np.uint8], heat: HeatMap, side: int) -> Image.Image:
    import numpy as np
    from PIL import Image, ImageDraw

    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((side, side))
    width, height = picture.size
    left, top, right, bottom = (
        round(share * full)
        for share, full in zip(heat.box, (width, height, width, height), strict=True)
    )
    extent = (max(1, right - left), max(1, bottom - top))
    smooth = Image.fromarray(heat.values).resize(extent, Image.Resampling.BICUBIC)
    values = np.asarray(smooth) / max(float(np.abs(heat.values).max()), LEAST)
    share = np.minimum(np.abs(values), 1.0)[..., None] * STRENGTH
    colour = np.where(values[..., None] > 0, np.array(FOR), np.array(AGAINST))
    # Grey underneath, so that a red dress is not read as heat.
    grey = np.asarray(picture.convert("L").convert("RGB"), np.float32)
    drawn = grey * 0.45
    seen = np.s_[top : top + extent[1], left : left + extent[0]]
    inside = grey[seen]
    drawn[seen] = (
        inside * (1 - share[: inside.shape[0], : inside.shape[1]])
        + (colour * share)[: inside.shape[0], : inside.shape[1]]
    )
    made = Image.fromarray(drawn.clip(0, 255).astype(np.uint8))
    if extent != (width, height):
        ImageDraw.Draw(made).rectangle((left, top, right - 1, bottom - 1), outline="white")
    return made
