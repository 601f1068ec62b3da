"""From a raw score to a log-likelihood ratio, and from there to a decision."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detect.core.errors import WeightsError

__all__ = ["Calibration", "OperatingPoint"]

EDGE = 0.01
"""How far beyond the clip an llr can get."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Two thresholds on the log-likelihood ratio; between them the tool abstains.

    Attributes:
        positive: At or above: synthetic.
        negative: At or below: no synthesis found.
    """

    positive: float
    negative: float

    def decide(self, llr: float) -> bool | None:
        """True, False, or None between the thresholds."""
        if llr >= self.positive:
            return True
        if llr <= self.negative:
            return False
        return None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt 1999), training prior removed, clipped to what the data supports.

    Beyond the clip the llr grows by `EDGE` at most, so that clipping keeps the order of files.

    Attributes:
        slope: llr per unit of raw score.
        intercept: llr at raw score 0.
        clip: Lowest and highest llr that the calibration set supports (exceeded by `EDGE`).
        operating_points: Thresholds by name.
        fitted_on: What it was fitted on, in words.
    """

    slope: float
    intercept: float
    clip: tuple[float, float]
    operating_points: Mapping[str, OperatingPoint]
    fitted_on: str

    def llr(self, score: float) -> float:
        """Natural-log likelihood ratio of a raw score."""
        low, high = self.clip
        llr = self.slope * score + self.intercept
        if llr > high:
            return high + EDGE * -math.expm1(high - llr)
        if llr < low:
            return low + EDGE * math.expm1(llr - low)
        return llr

    @classmethod
    def parse(cls, plain: Mapping[str, Any]) -> Calibration:
        """Reads one calibration object.

        Raises:
            WeightsError: A field is missing or wrong.
        """
        try:
            if plain["method"] != "platt":
                raise WeightsError(f"unknown calibration method {plain['method']!r}")
            points = {
                name: OperatingPoint(float(p["positive"]), float(p["negative"]))
                for name, p in plain["operating_points"].items()
            }
            low, high = (float(v) for v in plain["clip"])
            return cls(
                float(plain["slope"]),
                float(plain["intercept"]),
                (low, high),
                points,
                str(plain.get("fitted_on", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"calibration: {type(error).__name__}: {error}") from error

    @classmethod
    def parse_json(cls, content: bytes, key: str | None = None) -> Calibration:
        """Reads a calibration file, or the object under `key` in it."""
        try:
            plain = json.loads(content)
        except ValueError as error:
            raise WeightsError(f"calibration: {error}") from error
        return cls.parse(plain if key is None else plain[key])
