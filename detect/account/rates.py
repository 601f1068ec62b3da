"""How often a classifier answers what, source by source, on material it was not trained on.

An account is one photographer or one generator, so the error rates that matter are not the average
ones: they differ from source to source far more than chance would have it. A draw of rates
therefore takes whole sources (Bayesian bootstrap; Rubin 1981), and their counts as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from detect.core.errors import WeightsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Rates", "read_rates"]


@dataclass(frozen=True)
class Rates:
    """Counts of answers by source at one operating point.

    Attributes:
        real: For each real source: decided synthetic, undecided, decided free of traces.
        ai: The same for each AI source.
        fitted_on: In words.
    """

    real: tuple[tuple[float, float, float], ...]
    ai: tuple[tuple[float, float, float], ...]
    fitted_on: str = ""

    @cached_property
    def sensitivity(self) -> float:
        """Mean over AI sources (weight: root of the number) of the share decided synthetic."""
        return _mean_share(self.ai, 0)

    @cached_property
    def false_positive_rate(self) -> float:
        """Mean over real sources (weight: root of the number) of the share decided synthetic."""
        return _mean_share(self.real, 0)

    def draw(
        self, rounds: int, random: np.random.Generator
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Rates of accounts that are like the sources.

        Args:
            rounds: How many draws.
            random: Where chance comes from.

        Returns:
            Probabilities of the three answers for real and for AI posts, each of shape (rounds, 3).
        """
        return _draw(self.real, rounds, random), _draw(self.ai, rounds, random)


def _mean_share(sources: tuple[tuple[float, float, float], ...], place: int) -> float:
    weights = [sum(s) ** 0.5 for s in sources]
    shares = [s[place] / sum(s) for s in sources]
    return float(sum(w * s for w, s in zip(weights, shares, strict=True)) / sum(weights))


SMOOTHING = 1.0
"""Observations of an average source added to each, so that no rate is exactly 0."""
FLOOR = 0.05
"""Observations of each answer added besides."""


def _draw(
    sources: tuple[tuple[float, float, float], ...], rounds: int, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    import numpy as np

    counts = np.array(sources, dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    average = (counts / totals * np.sqrt(totals)).sum(axis=0) / np.sqrt(totals).sum()
    alphas = counts + SMOOTHING * average + FLOOR
    # Accounts made with one generator, or one camera, and with several.
    several = random.choice([1, 1, 1, 2, 3], size=rounds)
    rates = np.zeros((rounds, 3))
    for turn in range(3):
        chosen = alphas[random.integers(0, len(alphas), rounds)]
        gamma = random.standard_gamma(chosen)
        share = gamma / gamma.sum(axis=1, keepdims=True)
        rates += np.where((turn < several)[:, None], share, 0.0)
    mixed: npt.NDArray[np.float64] = rates / several[:, None]
    return mixed


def read_rates(content: bytes, operating_point: str, kind: str = "image") -> Rates | None:
    """Rates out of a calibration file.

    Args:
        content: JSON with `rates`: by kind (`image`, `video`) and operating point, `real` and `ai`
            hold one `[synthetic, undecided, free]` for each source.
        operating_point: Which one.
        kind: Which kind.

    Returns:
        None when the file says nothing about them.

    Raises:
        WeightsError: What it says is wrong.
    """
    try:
        plain: Mapping[str, Any] = json.loads(content)
        table = plain.get("rates", {}).get(kind, {}).get(operating_point)
        if table is None:
            return None
        real, ai = (
            tuple((float(a), float(b), float(c)) for a, b, c in table[side])
            for side in ("real", "ai")
        )
        if not real or not ai or any(sum(s) <= 0 or min(s) < 0 for s in real + ai):
            raise ValueError("counts must be positive")
        return Rates(real, ai, str(plain.get("rates", {}).get("fitted_on", "")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"calibration, rates: {error}") from error
