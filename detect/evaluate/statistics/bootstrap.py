"""Confidence intervals: whole sources drawn with replacement, real and synthetic ones apart.

Files of one source resemble each other, so that drawing files would claim far too narrow intervals
(cluster bootstrap: Davison and Hinkley, "Bootstrap Methods and their Application" 1997, 3.8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

__all__ = ["ROUNDS", "intervals"]

ROUNDS = 1000
SEED = 20261124

Measure = Callable[["Floats", "Bools", "Floats"], float]
"""Values, truth and weights to a number; see `detect.evaluate.statistics.metrics`."""


def intervals(
    measures: Mapping[str, tuple[Floats, Measure]],
    truth: Bools,
    weights: Floats,
    groups: Sequence[str],
    rounds: int = ROUNDS,
) -> dict[str, tuple[float, float] | None]:
    """95 % percentile intervals of several measures, over the same draws.

    A group with items of both classes is drawn within each class by itself.

    Args:
        measures: By name: values of shape (n,) and the measure over them.
        truth: True for synthetic, shape (n,); both classes are there.
        weights: Shape (n,).
        groups: What is drawn whole: the source or repository of each item.
        rounds: Draws.

    Returns:
        Lowest and highest by name; None for all where a class has fewer than two groups, since
        drawing one group again and again shows no spread.
    """
    import numpy as np

    names = np.asarray([str(group) for group in groups])
    strata = [_Stratum(names, truth == own) for own in (False, True)]
    if any(stratum.count < 2 for stratum in strata):
        return dict.fromkeys(measures)
    random = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        heft = weights.copy()
        for stratum in strata:
            times = np.bincount(
                random.integers(0, stratum.count, stratum.count), minlength=stratum.count
            )
            heft[stratum.rows] *= times[stratum.place]
        kept = heft > 0
        for name, (values, measure) in measures.items():
            drawn[name].append(measure(values[kept], truth[kept], heft[kept]))
    return {
        name: (float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5)))
        for name, found in drawn.items()
    }


class _Stratum:
    """The items of one class, and the number of the group of each."""

    def __init__(self, names: npt.NDArray[np.str_], own: Bools) -> None:
        import numpy as np

        self.rows = np.flatnonzero(own)
        unique, self.place = np.unique(names[own], return_inverse=True)
        self.count = len(unique)
