"""Whether, and when, an account turned synthetic.

Exact Bayesian search for one change point (Smith 1975): every position between two posts is weighed
by the likelihood of two shares of synthetic posts, one before and one after, against one share
throughout. Shares and error rates are integrated out; the error rates are the same before and
after, and drawn as for the share (`likelihood`), so that thirty posts of one photographer do not
count as thirty witnesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detect.account.weighing.likelihood import Model, log_sum
from detect.account.weighing.rates import Rates
from detect.account.weighing.scores import PostScore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["ChangePoint", "find_change"]

LEAST = 6
"""Posts with a time below which no change is looked for."""
LEAST_SIDE = 3
"""Posts on each side of a change."""
MOST_POSITIONS = 150
"""Positions that are tried; in larger accounts every second, third, ... post."""
CLEAR = 0.9
"""Posterior probability from which a change is stated."""
STEP = 0.25
"""Least difference of the two shares that is worth the word."""


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The search for a change.

    Attributes:
        probability: That the share changed at all, prior one half.
        stated: Clear enough to be said: probability and difference of shares are large enough.
        direction: `turned-synthetic` or `turned-camera`.
        position: Posts before the most probable change, in time order.
        time: Of the first post after it.
        earliest: Time of the first post after the earliest change in the 90 % credible set.
        latest: The same for the latest one.
        first: Posts before the earliest change of that set.
        last: Posts before the latest one.
        before: Posterior mean of the share before.
        after: And after.
        posts: Posts that were looked at.
    """

    probability: float
    stated: bool
    direction: Literal["turned-synthetic", "turned-camera"]
    position: int
    time: str
    earliest: str
    latest: str
    first: int
    last: int
    before: float
    after: float
    posts: int


def find_change(scores: Sequence[PostScore], rates: Mapping[str, Rates]) -> ChangePoint | None:
    """Looks for one change of the share of synthetic posts.

    Args:
        scores: Of the posts; those without a time, or of a kind without rates, are left out.
        rates: By kind of post.

    Returns:
        None when there are too few posts.
    """
    import numpy as np

    timed = sorted(
        (s for s in scores if s.time is not None and s.kind in rates), key=lambda s: s.time or ""
    )
    many = len(timed)
    if many < LEAST:
        return None
    model = Model(rates)
    step = max(1, (many - 2 * LEAST_SIDE) // MOST_POSITIONS)
    positions = np.arange(LEAST_SIDE, many - LEAST_SIDE + 1, step)
    single = {kind: np.zeros((many + 1, len(rates[kind].edges) + 1)) for kind in model.kinds}
    for row, score in enumerate(timed, 1):
        single[score.kind][row, rates[score.kind].answer(score.llr)] = 1
    sums = {kind: table.cumsum(axis=0) for kind, table in single.items()}
    left = {kind: table[positions] for kind, table in sums.items()}
    right = {kind: table[-1] - table[positions] for kind, table in sums.items()}
    before, after = model.log_evidence(left), model.log_evidence(right)  # (rounds, positions)
    whole = model.log_evidence({kind: table[-1] for kind, table in sums.items()})
    constant = float(log_sum(whole, axis=0))
    joint = log_sum(before + after, axis=0) - np.log(len(positions))
    odds = float(np.exp(np.clip(log_sum(joint, axis=0) - constant, -700, 700)))
    posterior = np.exp(joint - log_sum(joint, axis=0))
    best = int(posterior.argmax())
    trust = before[:, best] + after[:, best]
    trust = np.exp(trust - trust.max())
    low, high = (
        float(_mean_share(model, {k: t[best] for k, t in part.items()}) @ trust / trust.sum())
        for part in (left, right)
    )
    first, last = _credible(posterior)
    place = [int(positions[p]) for p in (best, first, last)]
    times = [timed[p].time or "" for p in place]
    probability = odds / (1 + odds)
    return ChangePoint(
        probability=probability,
        stated=probability >= CLEAR and abs(high - low) >= STEP,
        direction="turned-synthetic" if high > low else "turned-camera",
        position=place[0],
        time=times[0],
        earliest=times[1],
        latest=times[2],
        first=place[1],
        last=place[2],
        before=low,
        after=high,
        posts=many,
    )


def _mean_share(
    model: Model, tables: Mapping[str, npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    """Posterior mean of the share for each draw of the rates."""
    import numpy as np

    values = model.log_posterior(tables)
    likelihood = np.exp(values - values.max(axis=1, keepdims=True))
    result: npt.NDArray[np.float64] = (likelihood @ model.grid) / likelihood.sum(axis=1)
    return result


def _credible(posterior: npt.NDArray[np.float64]) -> tuple[int, int]:
    """First and last position of the most probable ones that hold 90 % together."""
    import numpy as np

    order = np.argsort(-posterior, kind="stable")
    held = np.cumsum(posterior[order])
    chosen = order[: int(np.searchsorted(held, 0.9)) + 1]
    return int(chosen.min()), int(chosen.max())
