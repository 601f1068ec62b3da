"""Leave sources out: every file is scored by a head that saw nothing of where it came from.

For each fold, whole groups of sources (real) and of generators' sources (synthetic) are held out
together, and what shares a generator, a recording collection or a speaker with them leaves the
training set too. With `folds=0` every group is a fold of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from detect.core.errors import ConfigurationError
from detect.evaluate.dataset.manifest import Item
from detect.evaluate.measuring.measure import Seen
from detect.evaluate.recipes.picture import Recipe
from detect.evaluate.statistics.metrics import weigh
from detect.evaluate.statistics.scored import Scored
from detect.models.calibrate import fit_platt, operating_points
from detect.models.calibration import Calibration, OperatingPoint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.int64]

__all__ = ["folds_of", "leave_out", "training_rows"]

LEAST = 2
"""Groups of each class that a head is fitted on, at the least."""


def folds_of(items: Sequence[Item], folds: int) -> Places:
    """The fold of each item: whole groups, both classes spread evenly, the largest group first.

    Args:
        items: The dataset.
        folds: How many; 0: as many as there are groups.

    Returns:
        int64, shape (n,).
    """
    import numpy as np

    _, group = np.unique([item.group for item in items], return_inverse=True)
    count = int(group.max()) + 1
    if not 0 < folds < count:
        return np.asarray(group, np.int64)
    sizes = np.zeros((count, 2))
    for item, number in zip(items, group, strict=True):
        if item.counts:
            sizes[number, int(bool(item.synthetic))] += 1
    sizes /= sizes.sum(axis=0)
    load, place = np.zeros((folds, 2)), np.zeros(count, np.int64)
    for number in sorted(range(count), key=lambda n: (-sizes[n].sum(), n)):
        fold = int(np.argmin(((load + sizes[number]) ** 2).sum(1) - (load**2).sum(1)))
        load[fold] += sizes[number]
        place[number] = fold
    chosen: Places = place[group]
    return chosen


def training_rows(items: Sequence[Item], held: Bools) -> Bools:
    """What may be trained on while some items are held out.

    Real and synthetic items, and real ones beside the question as further negatives; none of a
    group, generator, collection or speaker of what is held out.

    Args:
        items: The dataset.
        held: Shape (n,).

    Returns:
        bool, shape (n,).
    """
    import numpy as np

    out = [item for item, inside in zip(items, held, strict=True) if inside]
    groups = {item.group for item in out}
    kin = {name for item in out for name in item.kin}
    return np.array(
        [
            (item.counts or item.synthetic is False)
            and item.group not in groups
            and kin.isdisjoint(item.kin)
            for item in items
        ]
    )


def leave_out(
    seen: Sequence[Seen],
    recipe: Recipe,
    conditions: Sequence[str],
    *,
    folds: int,
    point: str,
) -> Iterator[tuple[int, int, dict[str, Scored] | None]]:
    """Fits the recipe once a fold, on all conditions together, and scores what was held out.

    The scores of a fold are calibrated, and its thresholds set, on those of all other folds.

    Args:
        seen: The records, all with `status` ok; their answers hold features.
        recipe: What is fitted.
        conditions: Names.
        folds: How many; see `folds_of`.
        point: Name of the operating point.

    Yields:
        Folds done, all folds, and None; at the end the scores by condition.

    Raises:
        ConfigurationError: Without a fold too little is left to train on.
    """
    import numpy as np

    items = [record.item for record in seen]
    places = folds_of(items, folds)
    truth = np.array([bool(item.synthetic) for item in items])
    counts = np.array([item.counts for item in items])
    matrices, has = _matrices(seen, conditions)
    raw = {name: np.full(len(items), math.nan) for name in conditions}
    numbers = np.unique(places)
    for done, fold in enumerate(numbers):
        yield done, len(numbers), None
        held = places == fold
        rows = training_rows(items, held)
        _check(items, rows)
        scorer = recipe.fit(*_stacked(items, truth, rows, matrices, has))
        for name in conditions:
            test = held & has[name]
            if test.any():
                raw[name][test] = scorer(matrices[name][test])
    yield len(numbers), len(numbers), _calibrated(items, raw, truth, counts, places, point)


def _matrices(
    seen: Sequence[Seen], conditions: Sequence[str]
) -> tuple[dict[str, npt.NDArray[np.float16]], dict[str, Bools]]:
    """Features of all items by condition, shape (n, d), and which rows hold any."""
    import numpy as np

    rows = [record.answers[name].features for record in seen for name in conditions]
    width = next((len(row) for row in rows if row is not None), 1)
    matrices, has = {}, {}
    for name in conditions:
        found = [record.answers[name].features for record in seen]
        has[name] = np.array([row is not None for row in found])
        matrices[name] = np.zeros((len(seen), width), np.float16)
        for number, row in enumerate(found):
            if row is not None:
                matrices[name][number] = row
    return matrices, has


def _stacked(
    items: Sequence[Item],
    truth: Bools,
    rows: Bools,
    matrices: Mapping[str, npt.NDArray[np.float16]],
    has: Mapping[str, Bools],
) -> tuple[npt.NDArray[np.float16], Bools, Floats, list[str]]:
    """Features, truth, weights and sources of the training rows under all conditions."""
    import numpy as np

    chosen = [np.flatnonzero(rows & has[name]) for name in matrices]
    features = np.concatenate([m[c] for m, c in zip(matrices.values(), chosen, strict=True)])
    place = np.concatenate(chosen)
    sources = [items[number].source for number in place]
    return features, truth[place], weigh(truth[place], sources, "source"), sources


def _check(items: Sequence[Item], rows: Bools) -> None:
    kept = [item for item, inside in zip(items, rows, strict=True) if inside and item.counts]
    for synthetic, word in ((False, "real"), (True, "synthetic")):
        left = len({item.group for item in kept if item.synthetic == synthetic})
        if left < LEAST:
            raise ConfigurationError(
                f"with one fold held out, {left} source(s) of {word} files are left to train on, "
                f"and {LEAST} are needed: label more sources or generators, leave out one group at "
                "a time (--folds 0), or judge the installed model (--protocol shipped)"
            )


def _calibrated(
    items: Sequence[Item],
    raw: Mapping[str, Floats],
    truth: Bools,
    counts: Bools,
    places: Places,
    point: str,
) -> dict[str, Scored]:
    import numpy as np

    results = {}
    llr = {name: np.full(len(items), math.nan) for name in raw}
    called = {name: np.zeros(len(items), bool) for name in raw}
    cleared = {name: np.zeros(len(items), bool) for name in raw}
    for fold in np.unique(places):
        held = places == fold
        rule = _rule(items, raw, truth, counts & ~held)
        threshold = rule.operating_points[point]
        for name, scores in raw.items():
            for number in np.flatnonzero(held & ~np.isnan(scores)):
                value = rule.llr(float(scores[number]))
                decision = threshold.decide(value)
                llr[name][number] = value
                called[name][number], cleared[name][number] = decision is True, decision is False
    for name, scores in raw.items():
        results[name] = Scored(scores, llr[name], called[name], cleared[name])
    return results


def _rule(
    items: Sequence[Item], raw: Mapping[str, Floats], truth: Bools, rows: Bools
) -> Calibration:
    """The calibration of left-out scores of some rows; thresholds hold in every condition."""
    import numpy as np

    parts = {name: np.flatnonzero(rows & ~np.isnan(scores)) for name, scores in raw.items()}
    stacked = np.concatenate([raw[name][place] for name, place in parts.items()])
    place = np.concatenate(list(parts.values()))
    sources = [items[int(number)].source for number in place]
    slope, intercept = fit_platt(stacked, truth[place], weigh(truth[place], sources, "source"))
    found: list[Mapping[str, OperatingPoint]] = []
    for name, own in parts.items():
        names = [items[int(number)].source for number in own]
        found.append(
            operating_points(slope * raw[name][own] + intercept, truth[own], sources=names)[0]
        )
    points = {
        name: OperatingPoint(
            max(one[name].positive for one in found), min(one[name].negative for one in found)
        )
        for name in found[0]
    }
    groups = [
        {items[int(n)].group for n in np.flatnonzero(rows & (truth == t))} for t in (True, False)
    ]
    clip = (-math.log(len(groups[0]) + 1), math.log(len(groups[1]) + 1))
    return Calibration(slope, intercept, clip, points, "the other folds")
