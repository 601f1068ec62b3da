"""The networks of the voice classifier: a frozen front end, and what was trained on it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from detect.models.manifest import Model
from detect.models.runtime import Session, open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Features = dict[str, npt.NDArray[np.float32]]

__all__ = ["FRONT_OUTPUTS", "LEAST_LIKE_SPEECH", "SpeechNetwork"]

FRONT_OUTPUTS = ("statistics", "states", "spectrum")
"""What the front end shows of a window."""
KINDS = (None, "singing", "music", "no-speech")
"""What the heads' second output tells apart: speech, and the reasons for not scoring."""
LEAST_LIKE_SPEECH = 0.7
"""Probability of being speech, among the kinds, from which a window is scored."""


class SpeechNetwork:
    """Features and score of one window.

    Args:
        model: The weights, with the files `front` and `heads`; loaded on first use.
        threads: Inference threads; 0: as many as there are cores.
    """

    def __init__(self, model: Model, *, threads: int = 0) -> None:
        self._model, self._threads = model, threads

    @cached_property
    def _front(self) -> Session:
        return open_session(self._model, "front", threads=self._threads)

    @cached_property
    def _heads(self) -> Session:
        return open_session(self._model, "heads", threads=self._threads)

    @property
    def statistics(self) -> int:
        """How many hand-made statistics there are.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        return int(self._heads.get_inputs()[0].shape[0])

    def features(
        self, prepared: npt.NDArray[np.float32], speech: npt.NDArray[np.float32]
    ) -> Features:
        """What the heads read of a window: `FRONT_OUTPUTS`, and the speech.

        Args:
            prepared: float32, shape (n,), from `prepare`; 1 to 4 seconds, mono at 16 kHz.
            speech: Probabilities, one for each 32 ms from the first sample on.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        seen = self._front.run(FRONT_OUTPUTS, {"samples": prepared, "speech": speech})
        return dict(zip(FRONT_OUTPUTS, seen, strict=True)) | {"speech": speech}

    def judge(self, features: Features) -> tuple[float, str | None]:
        """Uncalibrated log-odds, positive towards synthetic, and why they mean nothing if so.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        score, kinds = self._heads.run(["score", "kind"], features)
        best = 0 if kinds[0] >= LEAST_LIKE_SPEECH else 1 + int(kinds[1:].argmax())
        return float(score[0]), KINDS[best]
