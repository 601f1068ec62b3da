"""Fits a calibration: Platt scaling, operating points, and what the data can support.

Sources weigh in by the square root of their size, classes equally, so that the logit is a
log-likelihood ratio: no prior of the labelled set is left in it. What the calibration does is
measured on items that neither its slope nor its thresholds have seen, whole sources at a time where
both classes have several.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.core.errors import ConfigurationError
from detect.models.calibration import Calibration, OperatingPoint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

__all__ = [
    "MINIMUM",
    "TARGETS",
    "Fit",
    "Measured",
    "auc",
    "calibrate",
    "fit_platt",
    "operating_points",
    "source_weights",
]

MINIMUM = 20
"""Fewest items of each class that a calibration is fitted on."""

TARGETS = {
    "low-false-alarm": (0.01, 0.05),
    "balanced": (0.05, 0.05),
    "high-recall": (0.10, 0.02),
}
"""By operating point: highest share of real items called synthetic, and of synthetic items called
free of synthesis."""

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What one operating point did to the held-out items.

    Attributes:
        false_alarms: Real items called synthetic.
        real: Real items.
        found: Synthetic items called synthetic.
        missed: Synthetic items called free of synthesis; the rest was abstained on.
        synthetic: Synthetic items.
    """

    false_alarms: int
    real: int
    found: int
    missed: int
    synthetic: int

    @property
    def false_alarm_rate(self) -> float:
        """Share of real items called synthetic."""
        return self.false_alarms / self.real

    @property
    def recall(self) -> float:
        """Share of synthetic items called synthetic."""
        return self.found / self.synthetic


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration and the numbers it was measured with.

    Attributes:
        calibration: Ready for use.
        auc: Area under the curve of the raw scores, all items alike.
        measured: By operating point, on items held out from a fit of their own.
        false_alarms_by_source: For each source of real items, false alarms and items at
            `low-false-alarm`, likewise; empty where the items name no source.
        held_out: What was held out at a time: `whole sources` or `items`.
        notes: What the data could not support, in sentences.
    """

    calibration: Calibration
    auc: float
    measured: dict[str, Measured]
    false_alarms_by_source: dict[str, tuple[int, int]]
    held_out: str
    notes: tuple[str, ...] = ()


def auc(
    scores: Sequence[float] | Floats,
    labels: Sequence[bool] | Bools,
    weights: Sequence[float] | Floats | None = None,
) -> float:
    """Chance that a random synthetic item scores above a random real one (ties count half).

    Args:
        scores: Higher for synthetic.
        labels: True for synthetic; both classes are there.
        weights: Weight of each item within its class; None: all alike.
    """
    import numpy as np

    values, truth = np.asarray(scores, float), np.asarray(labels, bool)
    heft = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    _, place = np.unique(values, return_inverse=True)
    real = np.bincount(place, heft * ~truth)
    made = np.bincount(place, heft * truth)
    return float((made * (np.cumsum(real) - real / 2)).sum() / (made.sum() * real.sum()))


def source_weights(labels: Sequence[bool], sources: Sequence[str] | None = None) -> Floats:
    """A weight for each item, both classes alike.

    Within a class an item of a source with n items of it weighs 1/sqrt(n), so that a large source
    counts for more than a small one, but does not drown it. The weights of each class add up to
    half the number of items.

    Args:
        labels: True for synthetic.
        sources: Source of each item; None: all alike.

    Returns:
        float64, shape (items,).
    """
    import numpy as np

    truth = np.asarray(labels, bool)
    names = np.asarray(["" for _ in labels] if sources is None else [str(s) for s in sources])
    weights = np.ones(len(truth))
    for own in (True, False):
        for name in np.unique(names[truth == own]):
            mask = (truth == own) & (names == name)
            weights[mask] = 1 / math.sqrt(mask.sum())
        if (truth == own).any():
            weights[truth == own] *= len(truth) / 2 / weights[truth == own].sum()
    return weights


def fit_platt(
    scores: Sequence[float] | Floats,
    labels: Sequence[bool] | Bools,
    weights: Sequence[float] | Floats | None = None,
) -> tuple[float, float]:
    """Platt scaling: a logistic regression on one score, without a penalty.

    Targets are smoothed as in Platt, "Probabilistic outputs for support vector machines" (1999):
    (N+ + 1)/(N+ + 2) and 1/(N- + 2), with the effective number of items of the class for N where
    items weigh differently. That keeps the slope finite on separable data. An item with a target
    between 0 and 1 stands in the regression twice, once in each class.

    Args:
        scores: Raw scores, higher for synthetic.
        labels: True for synthetic.
        weights: Weight of each item; None: the classes weigh alike, the items within one too.

    Returns:
        Slope and intercept: llr = slope * score + intercept, natural log.

    Raises:
        ConfigurationError: A class is missing, all scores are the same, or one is not finite.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    values, truth = np.asarray(scores, float), np.asarray(labels, bool)
    heft = source_weights(list(truth)) if weights is None else np.asarray(weights, float)
    if truth.all() or not truth.any():
        raise ConfigurationError("a calibration needs real and synthetic items")
    centre, spread = float(values.mean()), float(values.std())
    if not math.isfinite(spread) or spread == 0:
        raise ConfigurationError("the scores are all the same or not finite; nothing to calibrate")
    target = np.where(
        truth,
        1 - 1 / (_effective(heft[truth]) + 2),
        1 / (_effective(heft[~truth]) + 2),
    )
    model = LogisticRegression(C=math.inf, solver="newton-cholesky", tol=1e-9).fit(
        np.tile((values - centre) / spread, 2)[:, None],
        np.repeat([1, 0], len(values)),
        np.concatenate([heft * target, heft * (1 - target)]),
    )
    slope = float(model.coef_[0, 0]) / spread
    return slope, float(model.intercept_[0]) - slope * centre


def operating_points(
    llr: Sequence[float] | Floats,
    labels: Sequence[bool] | Bools,
    weights: Sequence[float] | Floats | None = None,
    sources: Sequence[str] | None = None,
) -> tuple[dict[str, OperatingPoint], tuple[str, ...]]:
    """Thresholds for each of `TARGETS`, from items that the calibration did not see.

    The positive threshold lets so few real items through that the allowed rate holds with 95 %
    confidence (Clopper and Pearson 1934), and never lies below an llr of 0; the negative one
    mirrors it. n items without a single error support an error rate of 3/n (rule of three): where
    that is more than the allowed rate, the threshold is at least log(n/3), the llr whose error rate
    those items do support.

    Args:
        llr: Log-likelihood ratios, not clipped.
        labels: True for synthetic.
        weights: Weight of each item; None: from `source_weights`.
        sources: Source of each item, for those weights.

    Returns:
        The thresholds by name, and sentences about what the items could not support.
    """
    import numpy as np

    values, truth = np.asarray(llr, float), np.asarray(labels, bool)
    heft = source_weights(list(truth), sources) if weights is None else np.asarray(weights, float)
    points = {
        name: OperatingPoint(
            _tail(values[~truth], heft[~truth], alarms),
            -_tail(-values[truth], heft[truth], misses),
        )
        for name, (alarms, misses) in TARGETS.items()
    }
    return points, tuple(_shortages(int((~truth).sum()), int(truth.sum())))


def _shortages(real: int, made: int) -> Iterator[str]:
    for count, what, rate, side in (
        (real, "real", "false-alarm", 0),
        (made, "synthetic", "miss", 1),
    ):
        short = {name: target[side] for name, target in TARGETS.items() if count * target[side] < 3}
        if short:
            wanted = ", ".join(f"{target:.0%} at {name}" for name, target in short.items())
            yield (
                f"{count} {what} items cannot show a {rate} rate of {wanted} (that takes "
                f"{math.ceil(3 / min(short.values()))}): those thresholds are moved to where none "
                f"of the items passes, which shows at most {min(1.0, 3 / count):.1%} with 95 % "
                "confidence"
            )


def calibrate(
    scores: Sequence[float],
    labels: Sequence[bool],
    sources: Sequence[str] | None = None,
    *,
    fitted_on: str,
) -> Fit:
    """Fits and measures a calibration.

    Args:
        scores: Raw scores of a model that has not seen these items, higher for synthetic.
        labels: True for synthetic.
        sources: Where each item came from (a camera, a collection, a generator); None: unknown.
        fitted_on: What the items are, in words.

    Raises:
        ConfigurationError: Fewer than `MINIMUM` items of a class, or scores that do not tell the
            classes apart.
    """
    import numpy as np

    values, truth = np.asarray(scores, float), np.asarray(labels, bool)
    real, made = int((~truth).sum()), int(truth.sum())
    if min(real, made) < MINIMUM:
        raise ConfigurationError(
            f"{real} real and {made} synthetic items could be scored; a calibration needs at least "
            f"{MINIMUM} of each, and 300 real ones to show a false-alarm rate of 1 %"
        )
    if not np.isfinite(values).all():
        raise ConfigurationError("the model gives scores that are not finite")
    area = auc(scores, labels)
    weights = source_weights(labels, sources)
    calibration, notes = _fit(values, truth, weights, fitted_on)
    if area <= 0.5 or calibration.slope <= 0:
        hint = "; are the labels the wrong way round?" if area < 0.4 else ""
        raise ConfigurationError(
            f"the model does not tell the classes apart (AUC {area:.3f} on {real} real and {made} "
            f"synthetic items){hint}"
        )
    folds, by_source = _folds(truth, sources)
    decided: dict[str, Floats] = {name: np.zeros(len(values)) for name in TARGETS}
    for fold in np.unique(folds):
        out = folds == fold
        without, _ = _fit(values[~out], truth[~out], weights[~out], fitted_on)
        for name, point in without.operating_points.items():
            answers = [point.decide(without.llr(score)) for score in values[out]]
            decided[name][out] = [{True: 1, None: 0, False: -1}[answer] for answer in answers]
    alarms: dict[str, tuple[int, int]] = {}
    for source, answer, synthetic in zip(
        sources or (), decided["low-false-alarm"], truth, strict=False
    ):
        if not synthetic:
            count, total = alarms.get(source, (0, 0))
            alarms[source] = (count + int(answer > 0), total + 1)
    return Fit(
        calibration,
        area,
        {name: _count(answers, truth) for name, answers in decided.items()},
        alarms,
        "whole sources" if by_source else "items",
        notes,
    )


def _fit(
    scores: Floats, truth: Bools, weights: Floats, fitted_on: str
) -> tuple[Calibration, tuple[str, ...]]:
    """A calibration, and what the items could not support."""
    slope, intercept = fit_platt(scores, truth, weights)
    points, notes = operating_points(slope * scores + intercept, truth, weights)
    real, made = int((~truth).sum()), int(truth.sum())
    clip = (-_supported(made), _supported(real))
    for name, point in points.items():
        if point.positive > clip[1]:
            notes += (
                f"{name}: {real} real items support no llr above {clip[1]:.2f} and some reach it, "
                "so this model alone never decides 'synthetic' here",
            )
        if point.negative < clip[0]:
            notes += (
                f"{name}: {made} synthetic items support no llr below {clip[0]:.2f} and some reach "
                "it, so this model alone never decides 'no synthesis' here",
            )
    return Calibration(slope, intercept, clip, points, fitted_on), notes


def _count(decided: Floats, truth: Bools) -> Measured:
    return Measured(
        false_alarms=int((decided[~truth] > 0).sum()),
        real=int((~truth).sum()),
        found=int((decided[truth] > 0).sum()),
        missed=int((decided[truth] < 0).sum()),
        synthetic=int(truth.sum()),
    )


def _supported(items: int) -> float:
    """Largest llr that `items` of the other class support, by the rule of three."""
    return math.log(items / 3)


def _tail(llr: Floats, weights: Floats, allowed: float) -> float:
    """Lowest threshold >= 0 that holds the error rate `allowed`, raised as documented."""
    import numpy as np

    items = len(llr)
    order = np.argsort(-llr, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    limit = _supported_errors(items, allowed) / items
    passing = int(np.searchsorted(share, limit * (1 + 1e-9), side="right"))
    threshold = float(np.nextafter(llr[order[passing]], math.inf)) if passing < items else 0.0
    return max(threshold, _supported(items) if items * allowed < 3 else 0.0)


def _supported_errors(items: int, rate: float) -> int:
    """Most errors among `items` that show, with 95 % confidence, an error rate of at most `rate`.

    0 also where even no error shows it.
    """
    import numpy as np
    from scipy.special import bdtr

    unlikely = bdtr(np.arange(items, dtype=float), items, rate) <= 0.05
    return max(0, int(unlikely.sum()) - 1)


def _folds(truth: Bools, sources: Sequence[str] | None) -> tuple[npt.NDArray[np.int64], bool]:
    """Number of the fold of each item, and whether whole sources are held out."""
    import numpy as np

    folds = np.zeros(len(truth), dtype=np.int64)
    named = None if sources is None else np.asarray([str(s) for s in sources])
    kinds: list[list[Any]] = (
        [] if named is None else [sorted(set(named[truth == own])) for own in (False, True)]
    )
    if named is not None and min(len(kind) for kind in kinds) >= 2:
        # A source with items of both classes is held out whole.
        names = list(dict.fromkeys(name for kind in kinds for name in kind))
        count = min(FOLDS, *(len(kind) for kind in kinds))
        place = {name: number % count for kind in kinds for number, name in enumerate(kind)}
        for name in names:
            folds[named == name] = place[name]
        if all((truth[folds != f] == own).any() for f in range(count) for own in (True, False)):
            return folds, True
    for own in (True, False):
        folds[truth == own] = np.arange(int((truth == own).sum())) % FOLDS
    return folds, False


def _effective(weights: Floats) -> float:
    """Number of equal items that would vary as much as these (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
