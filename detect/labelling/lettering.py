"""Letters on a plate: how large, where, with how much contrast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from detect.core.errors import LabelError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import ImageFont

__all__ = ["LEAST_CONTRAST", "POSITIONS", "Plate", "contrast", "make_plate"]

POSITIONS = (
    *("top-left", "top", "top-right", "left"),
    *("right", "bottom-left", "bottom", "bottom-right"),
)
LEAST_CONTRAST = 4.5
"""Of letters against their ground (WCAG 2.2, 1.4.3); the standard only says legible."""
PLATE_OPACITY = 0.65
MARGIN = 0.02
"""Distance from the edge, as a share of the shorter side."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A label that is ready to be laid on a frame.

    Attributes:
        ink: Coverage of the letters, float32 (height, width) in [0, 1].
        opacity: Of the dark plate behind them, 0 to 1.
        left: Where it goes, in pixels.
        top: Where it goes, in pixels.
        share: Height of the smallest letter as a share of the shorter side.
    """

    ink: npt.NDArray[np.float32]
    opacity: float
    left: int
    top: int
    share: float


def contrast(ground: float) -> float:
    """Contrast ratio of white letters on a ground of relative luminance 0 to 1 (WCAG 2.2)."""
    return 1.05 / (ground + 0.05)


def make_plate(
    text: str, width: int, height: int, *, share: float, position: str, font: str | None
) -> Plate:
    """Draws the letters, in several lines where one would not fit.

    Args:
        text: The words.
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        share: Least height of the letters as a share of the shorter side.
        position: One of `POSITIONS`.
        font: A font file, None for the one that is shipped.

    Raises:
        LabelError: The font lacks a glyph, or the frame is too small for legible letters.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    shorter = min(width, height)
    want = math.ceil(share * shorter)
    if want < 6:
        raise LabelError(f"a picture of {width} x {height} is too small for a legible label")
    face, letter = _face(text, want, font)
    pad = max(2, round(0.35 * want))
    lines = _lines(text, face, width - 2 * pad - 2 * round(MARGIN * shorter))
    boxes = [face.getbbox(line) for line in lines]
    across = max(int(box[2] - box[0]) for box in boxes) + 2 * pad
    row = max(int(box[3] - box[1]) for box in boxes)
    down = row * len(lines) + pad * (len(lines) + 1)
    if across > width or down > height:
        raise LabelError(f"the label does not fit into {width} x {height}; give shorter --text")
    image = Image.new("L", (across, down))
    pen = ImageDraw.Draw(image)
    for number, (line, box) in enumerate(zip(lines, boxes, strict=True)):
        pen.text((pad - box[0], pad + number * (row + pad) - box[1]), line, fill=255, font=face)
    left, top = _corner(position, width, height, across, down, round(MARGIN * shorter))
    ink = np.asarray(image, np.float32) / np.float32(255)
    return Plate(ink, PLATE_OPACITY, left, top, letter / shorter)


def _face(text: str, want: int, font: str | None) -> tuple[ImageFont.FreeTypeFont, int]:
    """The font in the size in which its smallest letters are high enough, and their height."""
    from PIL import ImageFont

    path = font or str(files("detect.labelling").joinpath("fonts", "label.otf"))
    size = want
    try:
        while True:
            face = ImageFont.truetype(path, size)
            letter = min(_height(face, c) for c in text if c.isalpha() and not c.islower())
            if letter >= want:
                break
            size += max(1, (want - letter) // 2)
    except OSError:
        raise LabelError("the font cannot be read; give a TrueType or OpenType file") from None
    except ValueError:
        raise LabelError("the words hold no letter") from None
    absent = bytes(face.getmask("\U0010fffd"))
    lacking = [c for c in set(text) if not c.isspace() and bytes(face.getmask(c)) == absent]
    if lacking:
        raise LabelError(
            f"the font has no glyph for {''.join(sorted(lacking))}; give another one with --font"
        )
    return face, letter


def _height(face: ImageFont.FreeTypeFont, character: str) -> int:
    box = face.getbbox(character)
    return int(box[3] - box[1])


def _lines(text: str, face: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """Words in as few lines as fit."""
    lines: list[str] = []
    for part in text.split():
        joined = f"{lines[-1]} {part}" if lines else part
        if lines and face.getlength(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _corner(
    position: str, width: int, height: int, across: int, down: int, margin: int
) -> tuple[int, int]:
    def start(first: str, last: str, side: int, part: int) -> int:
        inset = min(margin, side - part)
        if first in position:
            return inset
        return side - part - inset if last in position else (side - part) // 2

    return start("left", "right", width, across), start("top", "bottom", height, down)
