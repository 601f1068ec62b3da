"""What every classifier offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from detect.core.finding import Finding, Hypothesis
from detect.core.media import AudioClip, Frame, Media

__all__ = ["Classifier"]


class Classifier(Protocol):
    """Scores decoded media for one hypothesis. Loads its weights on first use.

    The finding carries the calibrated llr and the thresholds of the operating point the classifier
    was made for (`Finding.positive`, `Finding.negative`). Nothing to look at is `not-applicable`
    with a reason (`no-picture`, `no-audio`, `no-speech`, ...), never an exception.

    A class with `concurrent = True` is asked about several files at once, from several threads;
    others get one file at a time.
    """

    id: str
    version: str
    hypothesis: Hypothesis

    def examine(self, media: Media, frames: Sequence[Frame], audio: Sequence[AudioClip]) -> Finding:
        """Looks at one file.

        Args:
            media: Facts about the file.
            frames: Stills in time order; empty when there is no picture.
            audio: 16 kHz mono stretches in time order; empty when there is no sound.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        ...
