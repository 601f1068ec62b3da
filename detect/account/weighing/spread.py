"""How the evidence of pictures is spread over sources: what an account's pictures are held against.

The log-likelihood ratios of one source scatter around a level of its own, and the levels of sources
scatter around those of their class. Both spreads are measured on sources that the classifier never
saw, and stand in its calibration file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detect.core.errors import WeightsError

__all__ = ["Spread", "Spreads", "read_spreads"]


@dataclass(frozen=True, slots=True)
class Spread:
    """One class of sources.

    Attributes:
        level: Median over sources of the mean log-likelihood ratio.
        between: Standard deviation of those means, without what few pictures alone would give.
        within: Standard deviation of the pictures of one source.
        sources: How many were measured.
    """

    level: float
    between: float
    within: float
    sources: int


@dataclass(frozen=True, slots=True)
class Spreads:
    """Both classes, and on what they were measured."""

    camera: Spread
    ai: Spread
    fitted_on: str


def read_spreads(content: bytes, kind: str = "image") -> Spreads | None:
    """The spreads out of a calibration file.

    Args:
        content: JSON with `accounts`: by kind (`image`, `video`) `camera` and `ai`, each with the
            fields of `Spread`, and `fitted_on`.
        kind: Which kind.

    Returns:
        None when the file says nothing about them.

    Raises:
        WeightsError: What it says is wrong.
    """
    try:
        plain: Mapping[str, Any] = json.loads(content).get("accounts", {})
        table = plain.get(kind)
        if table is None:
            return None
        camera, ai = (
            Spread(
                float(table[name]["level"]),
                float(table[name]["between"]),
                float(table[name]["within"]),
                int(table[name]["sources"]),
            )
            for name in ("camera", "ai")
        )
        if min(s.between for s in (camera, ai)) <= 0 or min(s.within for s in (camera, ai)) <= 0:
            raise ValueError("spreads must be positive")
        return Spreads(camera, ai, str(plain.get("fitted_on", "")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"calibration, accounts: {error}") from error
