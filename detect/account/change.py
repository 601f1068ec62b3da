"""Whether, and when, an account turned synthetic.

Exact Bayesian search for one change point: every position between two posts is weighed by the
likelihood of two shares of synthetic posts, one before and one after, each integrated over a flat
prior, against one share throughout (Smith 1975). Within a post the classifier's calibrated
log-likelihood ratio is the evidence. An account's own look shifts all its scores together, so the
ratios are moved by an offset that is integrated out as well; without it, thirty posts of one
photographer would count as thirty witnesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detect.account.estimate import PostScore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["ChangePoint", "find_change"]

LEAST = 6
"""Posts with a time below which no change is looked for."""
LEAST_SIDE = 3
"""Posts on each side of a change."""
OFFSET = 1.0
"""Standard deviation of an account's own offset, in units of the log-likelihood ratio."""
CLEAR = 0.9
"""Posterior probability from which a change is stated."""
STEP = 0.25
"""Least difference of the two shares that is worth the word."""
GRID = 41


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


def find_change(scores: Sequence[PostScore]) -> ChangePoint | None:
    """Looks for one change of the share of synthetic posts.

    Args:
        scores: Of the posts; those without a time are left out.

    Returns:
        None when there are too few posts.
    """
    import numpy as np

    timed = sorted((s for s in scores if s.time is not None), key=lambda s: s.time or "")
    many = len(timed)
    if many < LEAST:
        return None
    llr = np.array([s.llr for s in timed])
    grid = (np.arange(GRID) + 0.5) / GRID
    offsets = np.linspace(-2, 2, 9) * OFFSET
    weights = -0.5 * (offsets / OFFSET) ** 2
    weights -= np.log(np.exp(weights).sum())
    positions = np.arange(LEAST_SIDE, many - LEAST_SIDE + 1)
    none, change, before, after = [], [], [], []
    for offset in offsets:
        ratio = np.exp(llr + offset)
        sums = np.cumsum(np.log(grid[:, None] * ratio + 1 - grid[:, None]), axis=1)
        left, right = sums[:, positions - 1], sums[:, -1:] - sums[:, positions - 1]
        none.append(_log_mean(sums[:, -1:])[0])
        change.append(_log_mean(left) + _log_mean(right))
        before.append(_mean_share(left, grid))
        after.append(_mean_share(right, grid))
    constant = _log_sum(np.array(none) + weights)
    joint = np.array(change) + weights[:, None] - np.log(len(positions))
    top = max(float(joint.max()), constant)
    by_position = np.exp(joint - top).sum(axis=0)
    probability = float(by_position.sum() / (by_position.sum() + np.exp(constant - top)))
    posterior = by_position / by_position.sum()
    best = int(posterior.argmax())
    trust = np.exp(joint[:, best] - joint[:, best].max())
    trust /= trust.sum()
    low = float(np.array(before)[:, best] @ trust)
    high = float(np.array(after)[:, best] @ trust)
    first, last = _credible(posterior)
    place = [int(positions[p]) for p in (best, first, last)]
    times = [timed[p].time or "" for p in place]
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


def _log_mean(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    import numpy as np

    top = values.max(axis=0)
    result: npt.NDArray[np.float64] = top + np.log(np.exp(values - top).mean(axis=0))
    return result


def _log_sum(values: npt.NDArray[np.float64]) -> float:
    import numpy as np

    top = values.max()
    return float(top + np.log(np.exp(values - top).sum()))


def _mean_share(
    values: npt.NDArray[np.float64], grid: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    import numpy as np

    likelihood = np.exp(values - values.max(axis=0))
    result: npt.NDArray[np.float64] = (grid[:, None] * likelihood).sum(axis=0) / likelihood.sum(
        axis=0
    )
    return result


def _credible(posterior: npt.NDArray[np.float64]) -> tuple[int, int]:
    """First and last position of the most probable ones that hold 90 % together."""
    import numpy as np

    order = np.argsort(-posterior, kind="stable")
    held = np.cumsum(posterior[order])
    chosen = order[: int(np.searchsorted(held, 0.9)) + 1]
    return int(chosen.min()), int(chosen.max())
