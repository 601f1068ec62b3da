"""How often a classifier answers what, source by source, on material it was not trained on.

An account is one photographer or one generator, so the error rates that matter are not the average
ones: they differ from source to source far more than chance would have it. A draw of rates
therefore takes whole sources (Bayesian bootstrap; Rubin 1981) and lets an account differ from every
one of them.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.core.errors import WeightsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Rates", "read_rates"]

Counts = tuple[float, ...]

LIKENESS = 20.0
"""How alike accounts of one source are: pictures of a source that a draw of its rates is worth."""
SMOOTHING = 0.5
"""Pictures of an average source added to each."""
FLOOR = 0.02
"""Pictures of each answer added, so that none is impossible."""


@dataclass(frozen=True)
class Rates:
    """Counts of answers by source.

    Attributes:
        edges: Log-likelihood ratios that separate the answers: the thresholds of all operating
            points, rising. Answer k lies between edges k - 1 and k.
        positive: Threshold of the operating point, one of the edges: decided synthetic from there.
        negative: The other: decided free of traces up to there.
        real: For each real source, pictures by answer.
        ai: For each AI source.
        fitted_on: In words.
    """

    edges: tuple[float, ...]
    positive: float
    negative: float
    real: tuple[Counts, ...]
    ai: tuple[Counts, ...]
    fitted_on: str = ""

    def answer(self, llr: float) -> int:
        """Number of the answer that a log-likelihood ratio is."""
        return bisect.bisect_right(self.edges, llr)

    @property
    def sensitivity(self) -> float:
        """Mean over AI sources (weight: root of the number) of the share decided synthetic."""
        return _mean_share(self.ai, self.answer(self.positive))

    @property
    def false_positive_rate(self) -> float:
        """Mean over real sources (weight: root of the number) of the share decided synthetic."""
        return _mean_share(self.real, self.answer(self.positive))

    def draw(
        self, rounds: int, random: np.random.Generator
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Rates of accounts that are like the sources.

        Args:
            rounds: How many draws.
            random: Where chance comes from.

        Returns:
            Probabilities of the answers for real and for AI posts, each of shape (rounds, answers).
        """
        return _draw(self.real, rounds, random), _draw(self.ai, rounds, random)


def _mean_share(sources: tuple[Counts, ...], first: int) -> float:
    weights = [sum(s) ** 0.5 for s in sources]
    shares = [sum(s[first:]) / sum(s) for s in sources]
    return float(sum(w * s for w, s in zip(weights, shares, strict=True)) / sum(weights))


def _draw(
    sources: tuple[Counts, ...], rounds: int, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    import numpy as np

    counts = np.array(sources, dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    average = (counts / np.sqrt(totals)).sum(axis=0) / np.sqrt(totals).sum()
    worth = LIKENESS * totals / (LIKENESS + totals)
    alphas = counts / totals * worth + SMOOTHING * average + FLOOR
    gamma = random.standard_gamma(alphas[random.integers(0, len(alphas), rounds)])
    shares: npt.NDArray[np.float64] = gamma / gamma.sum(axis=1, keepdims=True)
    return shares


def read_rates(content: bytes, operating_point: str, kind: str = "image") -> Rates | None:
    """Rates out of a calibration file.

    Args:
        content: JSON with `operating_points` and `rates`; the latter holds `edges` and by kind
            (`image`, `video`) `real` and `ai`: pictures by answer for each source.
        operating_point: Which one.
        kind: Which kind.

    Returns:
        None when the file says nothing about them.

    Raises:
        WeightsError: What it says is wrong.
    """
    try:
        plain: Mapping[str, Any] = json.loads(content)
        rates = plain.get("rates", {})
        table = rates.get(kind)
        if table is None or "edges" not in rates:
            return None
        part = plain.get(kind, plain) if kind != "image" else plain
        point = part["operating_points"][operating_point]
        edges = tuple(float(e) for e in rates["edges"])
        real, ai = (
            tuple(tuple(float(n) for n in source) for source in table[side])
            for side in ("real", "ai")
        )
        wrong = (
            not real
            or not ai
            or list(edges) != sorted(set(edges))
            or any(len(s) != len(edges) + 1 or sum(s) <= 0 or min(s) < 0 for s in real + ai)
        )
        if wrong:
            raise ValueError("counts must be positive, one more than there are edges")
        return Rates(
            edges,
            float(point["positive"]),
            float(point["negative"]),
            real,
            ai,
            str(rates.get("fitted_on", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"calibration, rates: {error}") from error
