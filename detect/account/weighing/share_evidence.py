"""How well the classifier's answers fit no, some or nearly all posts being synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detect.account.weighing.likelihood import Model, log_sum
from detect.account.weighing.rates import Rates
from detect.account.weighing.scores import PostScore

__all__ = ["share_evidence"]

PURE = 0.7
"""Of accounts that are wholly real, or wholly synthetic, those without a single exception."""
FEW, MANY = 0.1, 0.8
"""Shares below and above which exceptions still leave an account what it is."""


def share_evidence(
    scores: Sequence[PostScore], rates: Mapping[str, Rates]
) -> tuple[float, float, float, float]:
    """Log-likelihoods of answers, with error rates and shares integrated out.

    Args:
        scores: Answers on posts.
        rates: By kind of post.

    Returns:
        If hardly any post is synthetic, if some are (Beta(1, 2): rather few than many), if nearly
        all are, and the mean of these three, for accounts of whom the classifier is known to say
        nothing.
    """
    import numpy as np

    model = Model(rates)
    values = model.log_posterior(model.count(scores)) - model.prior
    by_share = np.exp((fit := log_sum(values, axis=0) - np.log(len(values))) - fit.max())
    inner = model.grid[1:-1]
    none = PURE * by_share[0] + (1 - PURE) * by_share[1:-1][inner < FEW].mean()
    nearly_all = PURE * by_share[-1] + (1 - PURE) * by_share[1:-1][inner > MANY].mean()
    some = np.average(by_share[1:-1], weights=1 - inner)
    found = np.log(np.array([none, some, nearly_all, (none + some + nearly_all) / 3]) + 1e-300)
    return tuple(float(value) for value in found)  # type: ignore[return-value]
