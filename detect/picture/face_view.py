"""The largest face of a picture as a picture of its own, cut out once for all heads."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from detect.faces.detection import FaceDetector
from detect.models.manifest import Manifest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

__all__ = ["LEAST", "MARGIN", "FaceViews", "square_around"]

LEAST = 40
"""Shorter side of the smallest face that is looked at by itself, in pixels of the picture."""
MARGIN = 1.5
"""Side of the square that is cut out, in longer sides of the face's box."""

Box = tuple[float, float, float, float]


class FaceViews:
    """Finds faces, and remembers what it cut out for as long as the pixels are kept.

    Nothing here tells whose face it is; no vector is made.

    Args:
        manifest: The weights (`faces-v1`), loaded on first use.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._detector = FaceDetector(manifest)
        self._known: dict[int, Pixels | None] = {}

    def of(self, pixels: Pixels) -> Pixels | None:
        """The square around the largest face, at the resolution that it has in the picture.

        Args:
            pixels: uint8, shape (height, width, 3), RGB; not to be changed afterwards.

        Returns:
            uint8, shape (side, side, 3), or None where no face is large enough.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        key = id(pixels)
        if key not in self._known:
            boxes = [f.box for f in self._detector.find(pixels) if min(f.box[2:]) >= LEAST]
            largest = max(boxes, key=lambda box: box[2] * box[3], default=None)
            self._known[key] = None if largest is None else square_around(pixels, largest)
            weakref.finalize(pixels, self._known.pop, key, None)
        return self._known[key]


def square_around(pixels: Pixels, box: Box) -> Pixels:
    """A square of `MARGIN` times a box, moved and shrunk to lie within the picture; a copy.

    Args:
        pixels: uint8, shape (height, width, 3).
        box: Left, top, width, height in pixels.
    """
    left, top, across, down = box
    height, width = pixels.shape[:2]
    side = min(max(across, down) * MARGIN, width, height)
    x = min(max(left + across / 2 - side / 2, 0), width - side)
    y = min(max(top + down / 2 - side / 2, 0), height - side)
    return pixels[round(y) : round(y + side), round(x) : round(x + side)].copy()
