"""One score of each shipped model on an input that a formula makes, against the declared one.

A wrong score with intact weights means that this machine computes differently, for example a
processor without the instructions that int8 networks are tuned for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detect.models.manifest import Manifest

__all__ = ["Golden", "golden_scores"]


@dataclass(frozen=True, slots=True)
class Golden:
    """A declared score and the one found here."""

    model: str
    expected: float
    tolerance: float
    score: float

    @property
    def ok(self) -> bool:
        """Whether the score is within the tolerance."""
        return abs(self.score - self.expected) <= self.tolerance


def golden_scores(manifest: Manifest) -> Iterator[Golden]:
    """Runs each shipped classifier on its golden input.

    Raises:
        WeightsError: Weights are missing or corrupt.
    """
    from detect.picture.vision import VisionDetector
    from detect.voice.speech import SpeechDetector

    for detector in (VisionDetector(manifest), SpeechDetector(manifest)):
        declared = manifest[detector.id].declared["golden"]
        yield Golden(
            detector.id,
            float(declared["score"]),
            float(declared["tolerance"]),
            detector.golden_score(),
        )
