"""The mark of Google Gemini: a white four-pointed star in the lower right corner, without text.

The star is drawn here from its outline, |x|^p + |y|^p <= 1, and held against the corner by
normalised cross-correlation. Its distance from both edges is a fixed multiple of its size, so that
only the size is searched. A bright spot correlates with it, too: what counts must have four arms.
`P` was fitted on one source of generated pictures; the threshold comes from photographs
(docs/marks.md).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["AROUND", "THRESHOLD", "Sparkle", "best_sparkle", "counts", "find_sparkle"]

P = 0.66
"""Exponent of the outline: 1 is a square on its corner, smaller ones have thinner points."""
APART = 7 / 6
"""Distance of the centre from the right and the lower edge, in sizes of the star."""
SLACK, LEAST_SLACK = 0.12, 2
"""How far the centre may be off, in sizes and in pixels."""
AROUND = 1.2
"""Side of the part that is compared, in sizes."""
SMALLEST, LARGEST, LEAST_PIXELS = 0.026, 0.09, 10.0
"""Size of the star as a share of the shorter side, and in pixels."""
STEP = 1.06
THRESHOLD = 0.80
"""Correlation from which a star counts."""
CONTRAST = 12.0
"""Least difference between the star and the median around it, of 255."""
ARMS = 0.15
"""Least correlation with four arms, cos 4t, in the ring of `RING`: a round spot has none."""
RING = 0.22, 0.50
"""Inner and outer radius of the ring, in sizes of the star."""


class Sparkle(NamedTuple):
    """The place that is most like the star.

    Attributes:
        score: Correlation with its outline, -1 to 1.
        contrast: How much brighter it is than what surrounds it, of 255.
        arms: Correlation of the ring around its middle with four arms, -1 to 1.
        box: Left, top, right, bottom in pixels.
    """

    score: float
    contrast: float
    arms: float
    box: tuple[int, int, int, int]


def find_sparkle(pixels: npt.NDArray[np.uint8]) -> Sparkle | None:
    """The star in the lower right corner, None when there is none.

    Args:
        pixels: Height x width x 3, RGB.
    """
    best = best_sparkle(pixels)
    return best if best and counts(best) else None


def counts(place: Sparkle) -> bool:
    """Whether a place is a star."""
    return place.score >= THRESHOLD and place.contrast >= CONTRAST and place.arms >= ARMS


def best_sparkle(pixels: npt.NDArray[np.uint8]) -> Sparkle | None:
    """The place most like the star over all sizes, whether or not it counts.

    Args:
        pixels: Height x width x 3, RGB.

    Returns:
        None for a picture that is too small to hold one.
    """
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    shorter = min(height, width)
    reach = int(LARGEST * shorter * (APART + AROUND)) + 2 * LEAST_SLACK
    top, left = max(0, height - reach), max(0, width - reach)
    # White over anything raises the lowest channel most.
    corner = pixels[top:, left:, :3].min(axis=2).astype(np.float32)
    best: Sparkle | None = None
    size = max(LEAST_PIXELS, SMALLEST * shorter)
    while size <= LARGEST * shorter:
        star = _star(round(size, 1))
        half, off = star.shape[0] // 2, max(LEAST_SLACK, SLACK * size)
        low, high = APART * size + off + half, APART * size - off - half - 1
        rows, columns = corner.shape
        y, x = max(0, round(rows - low)), max(0, round(columns - low))
        part = corner[y : round(rows - max(0.0, high)), x : round(columns - max(0.0, high))]
        if min(part.shape) >= star.shape[0]:
            match = np.nan_to_num(cv2.matchTemplate(part, star, cv2.TM_CCOEFF_NORMED), nan=-1.0)
            row, column = np.unravel_index(int(match.argmax()), match.shape)
            score = float(match[row, column])
            if best is None or score > best.score:
                under = part[row : row + star.shape[0], column : column + star.shape[0]]
                inside = under[star > 0.9].mean() - np.median(under[star < 0.05])
                x0, y0 = left + x + int(column), top + y + int(row)
                box = (x0, y0, x0 + star.shape[0], y0 + star.shape[0])
                best = Sparkle(min(1.0, score), float(inside), _arms(under), box)
        size *= STEP
    return best


def _arms(part: npt.NDArray[np.float32]) -> float:
    """How much the ring in a square part looks like four arms, whatever lies behind it."""
    import numpy as np

    ring, pattern = _ring(part.shape[0])
    seen = part[ring] - part[ring].mean()
    norm = float(np.linalg.norm(seen) * np.linalg.norm(pattern))
    return float(seen @ pattern) / norm if norm > 0 else 0.0


@lru_cache(maxsize=64)
def _ring(side: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """Pixels of the ring in a part of `side` pixels, and the pattern of four arms in them."""
    import numpy as np

    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    radius = np.hypot(x, y) / (side / AROUND)
    ring = (radius > RING[0]) & (radius < RING[1])
    pattern = np.cos(4 * np.arctan2(y[ring], x[ring]))
    return ring, (pattern - pattern.mean()).astype(np.float32)


@lru_cache(maxsize=256)
def _star(size: float) -> npt.NDArray[np.float32]:
    """Coverage of each pixel by a star of `size` pixels, 0 to 1; an odd number of pixels a side."""
    import numpy as np

    fine, side = 8, round(size * AROUND) | 1
    at = np.abs((np.arange(side * fine) + 0.5) / fine - side / 2) / (size / 2)
    filled = (at[:, None] ** P + at[None, :] ** P <= 1).astype(np.float32)
    return np.asarray(filled.reshape(side, fine, side, fine).mean(axis=(1, 3)), dtype=np.float32)
