"""What the parts of a picture add to its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["HeatMap"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HeatMap:
    """What each cell of a picture adds to its score.

    Attributes:
        values: float32, shape (rows, columns), in units of the raw score: what is lost when the
            cell and its surroundings are taken away. Positive: it speaks for synthesis; negative:
            against it.
        box: The part of the picture that it covers: left, top, right, bottom as shares.
    """

    values: npt.NDArray[np.float32]
    box: tuple[float, float, float, float]
