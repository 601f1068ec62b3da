"""The model behind shares and change points.

Posts are independent given the account's error rates and the share of synthetic posts. Accounts are
wholly camera, wholly synthetic, or mixed in any proportion, a third each before any post is seen;
with a flat prior alone, no account could be found to be wholly either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from detect.account.weighing.rates import Rates

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.account.weighing.scores import PostScore

    Array = npt.NDArray[np.float64]

__all__ = ["ROUNDS", "SEED", "Model", "log_sum"]

ROUNDS = 3000
CHUNK = 100
INNER = 25
SEED = 20261124


class Model:
    """Draws of the error rates, and the likelihood of counted answers under them.

    Args:
        rates: By kind of post.

    Attributes:
        random: For further draws.
        kinds: Kinds that have rates, in order.
        drawn: By kind, probabilities of the answers for real and AI posts, shape (rounds, answers).
        grid: Shares, shape (g,): 0, inner points, 1.
        prior: Logarithm of their prior probabilities, shape (g,).
    """

    def __init__(self, rates: Mapping[str, Rates]) -> None:
        import numpy as np

        self.random = np.random.default_rng(SEED)
        self.rates = dict(rates)
        self.kinds = sorted(rates)
        self.drawn = {kind: rates[kind].draw(ROUNDS, self.random) for kind in self.kinds}
        inner = (np.arange(INNER) + 0.5) / INNER
        self.grid: Array = np.concatenate([[0.0], inner, [1.0]])
        self.prior: Array = np.log(
            np.concatenate([[1 / 3], np.full(INNER, 1 / 3 / INNER), [1 / 3]])
        )

    def count(self, scores: Sequence[PostScore]) -> dict[str, Array]:
        """Posts by kind and answer; those of a kind without rates are left out."""
        import numpy as np

        tables = {kind: np.zeros(len(self.rates[kind].edges) + 1) for kind in self.kinds}
        for score in scores:
            if score.kind in tables:
                tables[score.kind][self.rates[score.kind].answer(score.llr)] += 1
        return tables

    def log_posterior(self, tables: Mapping[str, Array], rows: slice = slice(None)) -> Array:
        """Logarithm of likelihood times prior, for counts of shape (..., answers).

        Args:
            tables: By kind.
            rows: Which of the draws.

        Returns:
            Shape (rounds, g, ...).
        """
        import numpy as np

        total: Array | None = None
        for kind in self.kinds:
            real, ai = (side[rows] for side in self.drawn[kind])
            mixed = ai[:, None] * self.grid[:, None] + real[:, None] * (1 - self.grid[:, None])
            part = np.tensordot(np.log(mixed), tables[kind], axes=(2, -1))
            total = part if total is None else total + part
        assert total is not None
        shape = (1, len(self.grid)) + (1,) * (total.ndim - 2)
        summed: Array = total + self.prior.reshape(shape)
        return summed

    def log_evidence(self, tables: Mapping[str, Array]) -> Array:
        """The same with the share integrated out, in little memory: shape (rounds, ...)."""
        import numpy as np

        return np.concatenate(
            [
                log_sum(self.log_posterior(tables, slice(start, start + CHUNK)), axis=1)
                for start in range(0, ROUNDS, CHUNK)
            ]
        )


def log_sum(values: Array, axis: int) -> Array:
    """Logarithm of the sum of exponentials along an axis."""
    import numpy as np

    top = values.max(axis=axis, keepdims=True)
    result: Array = np.log(np.exp(values - top).sum(axis=axis)) + np.squeeze(top, axis)
    return result
