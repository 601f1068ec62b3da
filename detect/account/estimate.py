"""The share of synthetic posts, with the classifier's errors in the interval.

The count of positives is no estimate of a share: it misses what the classifier misses and holds
its false alarms. The estimator of Rogan and Gladen (1978) is extended to three answers (synthetic,
undecided, free of traces), so that abstentions are data and not thrown away, and made Bayesian:
error rates are drawn from the sources the classifier was measured on, the share has a flat prior,
and the posterior is that of the account's own posts, not of a population behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from detect.account.rates import Rates

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Interval", "PostScore", "Share", "answer_of", "estimate_share", "predictive_value"]

ROUNDS = 4000
GRID = 101
SEED = 20261124

Answer = Literal["synthetic", "undecided", "free"]
ANSWERS: tuple[Answer, ...] = ("synthetic", "undecided", "free")


@dataclass(frozen=True, slots=True)
class PostScore:
    """What the picture classifiers say of one post.

    Attributes:
        time: ISO 8601, None when not known.
        kind: `image` or `video`.
        llr: Mean of the log-likelihood ratios of its files.
        answer: Of the post, by that mean and the mean thresholds.
    """

    time: str | None
    kind: str
    llr: float
    answer: Answer


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
        share: Posterior mean and 90 % interval, over all posts of the account or stratum.
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


def answer_of(results: Sequence[Mapping[str, Any]], time: str | None) -> PostScore | None:
    """The classifiers' answer on a post, from those on its files.

    Args:
        results: Of its files, as the journal keeps them.
        time: Of the post.

    Returns:
        None when no picture of it could be scored.
    """
    scored = [
        (r["kind"], r["picture"])
        for r in results
        if r["picture"] and r["picture"]["llr"] is not None and r["picture"]["positive"] is not None
    ]
    if not scored:
        return None
    mean = {
        name: sum(p[name] for _, p in scored) / len(scored)
        for name in ("llr", "positive", "negative")
    }
    answer: Answer = "undecided"
    if mean["llr"] >= mean["positive"]:
        answer = "synthetic"
    elif mean["llr"] <= mean["negative"]:
        answer = "free"
    kind = "video" if all(k == "video" for k, _ in scored) else "image"
    return PostScore(time, kind, mean["llr"], answer)


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

    random = np.random.default_rng(SEED)
    drawn = {kind: rates[kind].draw(ROUNDS, random) for kind in sorted(rates)}
    tables = [_counts(scores, drawn) for _, _, scores in strata]
    if not any(table.sum() for by in tables for table in by.values()):
        return None
    grid = np.linspace(0, 1, GRID)
    likelihoods = [_log_likelihood(by, drawn, grid) for by in tables]  # (rounds, grid) each
    evidence = np.stack([_log_mean(values) for values in likelihoods])  # (strata, rounds)
    weights = np.exp(evidence.sum(axis=0) - evidence.sum(axis=0).max())
    chosen = random.choice(ROUNDS, ROUNDS, p=weights / weights.sum())
    synthetic = np.zeros((len(strata), ROUNDS))
    for place, (_, total, _scores) in enumerate(strata):
        rows = likelihoods[place][chosen]
        odds = np.exp(rows - rows.max(axis=1, keepdims=True))
        edges = odds.cumsum(axis=1)
        pick = (random.random(ROUNDS)[:, None] * edges[:, -1:] > edges).sum(axis=1)
        share = grid[pick]
        counted = 0
        for kind, counts in tables[place].items():
            real, ai = (side[chosen] for side in drawn[kind])
            for answer in range(3):
                number = int(counts[answer])
                top = share * ai[:, answer]
                chance = top / (top + (1 - share) * real[:, answer])
                synthetic[place] += random.binomial(number, np.nan_to_num(chance))
                counted += number
        synthetic[place] += random.binomial(max(total - counted, 0), share)
    totals = np.array([total for _, total, _ in strata], dtype=float)
    whole = _share(
        synthetic.sum(axis=0) / totals.sum(),
        int(totals.sum()),
        [sum((by[k] for by in tables for k in by), np.zeros(3))],
    )
    parts = tuple(
        _share(synthetic[i] / max(totals[i], 1), int(totals[i]), list(tables[i].values()), label)
        for i, (label, _, _) in enumerate(strata)
    )
    return whole, parts


def _counts(
    scores: Sequence[PostScore], drawn: Mapping[str, object]
) -> dict[str, npt.NDArray[np.float64]]:
    import numpy as np

    tables = {kind: np.zeros(3) for kind in drawn}
    for score in scores:
        if score.kind in tables:
            tables[score.kind][ANSWERS.index(score.answer)] += 1
    return tables


def _log_likelihood(
    tables: Mapping[str, npt.NDArray[np.float64]],
    drawn: Mapping[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]],
    grid: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    import numpy as np

    total = np.zeros((ROUNDS, len(grid)))
    for kind, counts in tables.items():
        real, ai = drawn[kind]
        for answer in range(3):
            if counts[answer]:
                mixed = ai[:, answer, None] * grid + real[:, answer, None] * (1 - grid)
                total += counts[answer] * np.log(mixed + 1e-300)
    return total


def _log_mean(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    import numpy as np

    top = values.max(axis=1)
    result: npt.NDArray[np.float64] = top + np.log(np.exp(values - top[:, None]).mean(axis=1))
    return result


def _share(
    draws: npt.NDArray[np.float64],
    posts: int,
    tables: Sequence[npt.NDArray[np.float64]],
    label: str | None = None,
) -> Share:
    import numpy as np

    counts = np.sum(tables, axis=0) if tables else np.zeros(3)
    low, high = np.quantile(draws, [0.05, 0.95])
    a, b, c = (int(n) for n in counts)
    return Share(
        Interval(float(draws.mean()), float(low), float(high)), posts, a + b + c, (a, b, c), label
    )


def predictive_value(rates: Rates, prior: float) -> Interval:
    """Of posts that are decided synthetic, the share that is, at a base rate.

    Args:
        rates: Of the classifier.
        prior: Share of synthetic posts among those that are looked at, in (0, 1).
    """
    import numpy as np

    real, ai = rates.draw(ROUNDS, np.random.default_rng(SEED))
    values = prior * ai[:, 0] / (prior * ai[:, 0] + (1 - prior) * real[:, 0] + 1e-300)
    low, high = np.quantile(values, [0.05, 0.95])
    typical = prior * rates.sensitivity
    value = typical / (typical + (1 - prior) * rates.false_positive_rate + 1e-300)
    return Interval(float(value), float(low), float(high))
