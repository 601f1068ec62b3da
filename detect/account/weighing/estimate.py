"""The share of synthetic posts, with the classifier's errors in the interval.

The count of positives is no estimate of a share: it misses what the classifier misses and holds
its false alarms. The estimator of Rogan and Gladen (1978) is extended to graded answers, so that
abstentions are data and not thrown away, and made Bayesian: error rates are drawn from the sources
the classifier was measured on (`rates`), and the posterior is that of the account's own posts, not
of a population behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.account.weighing.likelihood import ROUNDS, SEED, Model
from detect.account.weighing.rates import Rates
from detect.account.weighing.scores import PostScore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Interval", "Share", "estimate_share", "predictive_value"]


UNLIKELY = 0.05
"""Chance at which a run of equal posts bounds a share: a 90 % interval leaves 5 % on each side."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 90 % credible interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share of synthetic posts.

    Attributes:
        share: Posterior mean, held inside its 90 % interval, over all posts of the account or
            stratum.
        posts: Posts of the account or stratum.
        scored: Those with an answer of a classifier.
        counts: Answers: synthetic, undecided, free.
        label: The stratum (`2026-03`), None for the whole.
    """

    share: Interval
    posts: int
    scored: int
    counts: tuple[int, int, int]
    label: str | None = None


def estimate_share(
    strata: Sequence[tuple[str, int, Sequence[PostScore]]], rates: Mapping[str, Rates]
) -> tuple[Share, tuple[Share, ...]] | None:
    """The share of synthetic posts, in all and by stratum.

    All strata share the account's error rates: what one month says about them helps the others.

    Args:
        strata: Label, number of posts, and the scored ones among them, in time order.
        rates: By kind of post; posts of a kind without rates are not counted as scored.

    Returns:
        The whole and each stratum; None when nothing was scored.
    """
    import numpy as np

    if not rates:
        return None
    model = Model(rates)
    tables = [model.count(scores) for _, _, scores in strata]
    if not any(table.sum() for by in tables for table in by.values()):
        return None
    stacked = {kind: np.stack([by[kind] for by in tables]) for kind in model.kinds}
    together = {kind: counts.sum(axis=0) for kind, counts in stacked.items()}
    # The rates that fit the account as a whole; then each stratum's own share under them.
    fit = model.log_evidence(together)
    chosen = model.random.choice(ROUNDS, ROUNDS, p=_normal(fit))
    synthetic = np.zeros((len(strata), ROUNDS))
    for place, (_, total, _scores) in enumerate(strata):
        by = {kind: counts[place] for kind, counts in stacked.items()}
        synthetic[place] = _draw_posts(model, by, total, chosen)
    totals = np.array([total for _, total, _ in strata], dtype=float)
    whole = _draw_posts(model, together, int(totals.sum()), chosen)
    parts = tuple(
        _share(synthetic[i] / max(totals[i], 1), int(totals[i]), _answers(scores, rates), label)
        for i, (label, _, scores) in enumerate(strata)
    )
    everything = [score for _, _, scores in strata for score in scores]
    return (
        _share(whole / totals.sum(), int(totals.sum()), _answers(everything, rates)),
        parts,
    )


def _draw_posts(
    model: Model,
    tables: Mapping[str, npt.NDArray[np.float64]],
    total: int,
    chosen: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Draws of the number of synthetic posts: of those seen, and of those not seen."""
    import numpy as np

    rows = model.log_posterior(tables)[chosen]
    edges = np.exp(rows - rows.max(axis=1, keepdims=True)).cumsum(axis=1)
    pick = (model.random.random(len(chosen))[:, None] * edges[:, -1:] > edges).sum(axis=1)
    share = model.grid[pick]
    synthetic = np.zeros(len(chosen))
    seen = 0
    for kind in model.kinds:
        real, ai = (side[chosen] for side in model.drawn[kind])
        for answer, number in enumerate(tables[kind].astype(int)):
            top = share * ai[:, answer]
            chance = top / (top + (1 - share) * real[:, answer] + 1e-300)
            synthetic += model.random.binomial(number, np.clip(chance, 0, 1))
            seen += number
    result: npt.NDArray[np.float64] = synthetic + model.random.binomial(max(total - seen, 0), share)
    return result


def _answers(scores: Sequence[PostScore], rates: Mapping[str, Rates]) -> tuple[int, int, int]:
    counted = [s.answer for s in scores if s.kind in rates]
    return (counted.count("synthetic"), counted.count("undecided"), counted.count("free"))


def _normal(log_weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    import numpy as np

    weights: npt.NDArray[np.float64] = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    return weights


def _share(
    draws: npt.NDArray[np.float64],
    posts: int,
    counts: tuple[int, int, int],
    label: str | None = None,
) -> Share:
    import numpy as np

    low, high = np.quantile(draws, [0.05, 0.95])
    mean = np.clip(draws.mean(), low, high)  # outside when a few draws lie far away
    # No number of posts leaves nothing open: so many in a row happen at this share in 1 of 20.
    least = UNLIKELY ** (1 / max(posts, 1))
    interval = Interval(float(mean), min(float(low), least), max(float(high), 1 - least))
    return Share(interval, posts, sum(counts), counts, label)


def predictive_value(rates: Rates, prior: float) -> Interval:
    """Of posts that are decided synthetic, the share that is, at a base rate.

    Args:
        rates: Of the classifier.
        prior: Share of synthetic posts among those that are looked at, in (0, 1).

    Returns:
        The value at the mean rates, with the 90 % interval over accounts like the sources.
    """
    import numpy as np

    first = rates.answer(rates.positive)
    real, ai = (
        side[:, first:].sum(axis=1) for side in rates.draw(ROUNDS, np.random.default_rng(SEED))
    )
    values = prior * ai / (prior * ai + (1 - prior) * real + 1e-300)
    low, high = np.quantile(values, [0.05, 0.95])
    typical = prior * rates.sensitivity
    value = typical / (typical + (1 - prior) * rates.false_positive_rate + 1e-300)
    return Interval(float(value), float(low), float(high))
