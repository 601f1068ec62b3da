"""Scores of a dataset under one condition, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Scored"]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What a protocol says of every item under one condition.

    Attributes:
        score: What ranks the items, shape (n,); not a number where an item has no score.
        llr: Calibrated log-likelihood ratios, shape (n,); likewise.
        called: Called synthetic at the operating point, shape (n,).
        cleared: Called free of synthesis; neither is an abstention.
    """

    score: npt.NDArray[np.float64]
    llr: npt.NDArray[np.float64]
    called: npt.NDArray[np.bool_]
    cleared: npt.NDArray[np.bool_]
