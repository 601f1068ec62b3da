"""Which parts of a picture the score rests on: what happens to it when they are taken away.

Occlusion (Zeiler and Fergus 2014): windows of a quarter of the side, overlapping in the fine map,
side by side in the quick one. The filling is the picture out of focus plus noise: alone, out of
focus looks like a generator to this kind of classifier, and a flat grey has edges; with noise, the
filling alone scores about zero. It asks the classifier and knows nothing of its inside, so that it
explains whichever classifier is installed. Whether the map finds what the score rests on is
measured: `scripts/measure/explanation.py`, figures in the model's card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from detect.core.heatmap import HeatMap
from detect.picture.clip import SIZE, centre_square

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

__all__ = ["CELLS", "blend", "explain", "filled"]

CELLS = 8
"""Cells of a map along each side."""
CELL = SIZE // CELLS
WINDOW = 2
"""Side of a window that is taken away, in cells."""
BLUR = 12.0
"""Standard deviation of the filling's blur, in pixels of the 224 that the classifier sees."""
NOISE = 12.0
"""Standard deviation of the filling's noise, in grey levels."""


def explain(
    pixels: Pixels, scores: Callable[[Sequence[Pixels]], Sequence[float]], *, fine: bool = True
) -> HeatMap:
    """A heat map of one picture.

    Args:
        pixels: uint8, shape (height, width, 3), RGB.
        scores: Raw scores of pictures.
        fine: Windows overlap by half (49 scores), otherwise they lie side by side (16 scores).
    """
    import numpy as np

    square = centre_square(pixels)
    filling = filled(square)
    places = range(0, CELLS - WINDOW + 1, 1 if fine else WINDOW)
    masks = []
    for row in places:
        for column in places:
            mask = np.zeros((CELLS, CELLS), bool)
            mask[row : row + WINDOW, column : column + WINDOW] = True
            masks.append(mask)
    whole, *parts = scores([square, *(blend(square, filling, mask) for mask in masks)])
    total, count = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    for mask, part in zip(masks, parts, strict=True):
        total[mask] += whole - part
        count[mask] += 1
    height, width = pixels.shape[:2]
    across, down = min(height, width) / width, min(height, width) / height
    box = ((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2)
    return HeatMap((total / count).astype(np.float32), box)


def filled(square: Pixels) -> Pixels:
    """The filling: the same square out of focus, with noise; shape (224, 224, 3)."""
    import numpy as np
    from PIL import Image, ImageFilter

    soft = np.asarray(Image.fromarray(square).filter(ImageFilter.GaussianBlur(BLUR)), np.float32)
    noise = np.random.default_rng(0).normal(0, NOISE, (*square.shape[:2], 1))
    made: Pixels = (soft + noise).clip(0, 255).astype(np.uint8)
    return made


def blend(square: Pixels, filling: Pixels, cells: npt.NDArray[np.bool_]) -> Pixels:
    """The square with the filling in some cells; the border is soft, so that no edge appears.

    Args:
        square: uint8, shape (224, 224, 3).
        filling: The same shape.
        cells: bool, shape (8, 8): where the filling goes.
    """
    import numpy as np
    from PIL import Image, ImageFilter

    mask = Image.fromarray(np.kron(cells, np.full((CELL, CELL), 255)).astype(np.uint8))
    share = np.asarray(mask.filter(ImageFilter.GaussianBlur(3)), np.float32)[..., None] / 255
    mixed: Pixels = (square * (1 - share) + filling * share + 0.5).astype(np.uint8)
    return mixed
