"""Where somebody speaks: silero-vad over 32 ms frames."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["FRAME", "RATE", "SILENCE", "VoiceActivity", "is_silent", "unfit"]

RATE = 16_000
FRAME = 512
"""Samples a probability stands for (32 ms)."""
CONTEXT = 64
"""Samples of the frame before that the network sees again."""
UNITS = 128
"""Numbers in each half of what the network remembers."""
TOGETHER = 512
"""Frames in one call (16 s), so that long sound takes no more memory."""
SILENCE = 1e-4
"""Root mean square of the loudest frame under which sound is silence (-80 dB of full scale)."""
LEAST_SPEECH = 1.0
"""Seconds of confident speech that a window needs."""
CONFIDENT = 0.8
"""Probability of speech from which a frame counts as confident."""
LEAST_CONFIDENCE = 0.9
"""Mean probability over the frames above one half, which music with a beat rarely reaches."""
LEAST_RATIO = 2.0
"""Power of speech frames over that of the frames between them (3 dB): less is too noisy."""
LEAST_PAUSE = 10
"""Frames between speech (0.3 s) that show what the noise is."""
PAUSE = 0.15
"""Probability of speech under which a frame counts as a pause."""


class VoiceActivity:
    """The probability of speech over time.

    Args:
        manifest: The weights (`silero-vad`), loaded on first use.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._model = manifest["silero-vad"]

    @cached_property
    def _network(self) -> Session:
        return open_session(self._model, "network", threads=1)

    def probabilities(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The probability of speech for each frame.

        Args:
            samples: float32, shape (n,), mono at 16 kHz, at an ordinary level (`prepare` sets it).

        Returns:
            float32, shape (ceil(n / 512),), 0 to 1.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        import numpy as np

        count = -(-len(samples) // FRAME)
        if not count:
            return np.zeros(0, np.float32)
        padded = np.pad(samples, (CONTEXT, count * FRAME - len(samples)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME]
        hidden: npt.NDArray[np.float32] = np.zeros((1, 1, UNITS), np.float32)
        cell, found = hidden, []
        for start in range(0, count, TOGETHER):
            part = {"frames": frames[start : start + TOGETHER], "hidden": hidden, "cell": cell}
            probability, hidden, cell = self._network.run(None, part)
            found.append(probability)
        return np.concatenate(found)


def is_silent(samples: npt.NDArray[np.float32]) -> bool:
    """Whether there is nothing to hear: digital silence, a muted track, or close to it."""
    import numpy as np

    whole = len(samples) // FRAME * FRAME or len(samples)
    if not whole:
        return True
    frames = samples[:whole].reshape(-1, min(FRAME, whole))
    power = np.einsum("ij,ij->i", frames, frames) / frames.shape[1]
    return bool(power.max() < SILENCE**2)


def unfit(
    probabilities: npt.NDArray[np.float32], samples: npt.NDArray[np.float32] | None = None
) -> str | None:
    """Why a window holds too little speech to be scored, None when it can be.

    Args:
        probabilities: Of speech, for each frame of the window.
        samples: The window, where noise is to be judged too: float32, shape (n,).

    Returns:
        `no-speech`, `too-little-speech`, `too-noisy` or None.
    """
    speech = probabilities[probabilities > 0.5]
    if not len(speech):
        return "no-speech"
    confident = float((probabilities > CONFIDENT).sum()) * FRAME / RATE
    if confident < LEAST_SPEECH or float(speech.mean()) < LEAST_CONFIDENCE:
        return "too-little-speech"
    if samples is not None and _is_noisy(probabilities, samples):
        return "too-noisy"
    return None


def _is_noisy(probabilities: npt.NDArray[np.float32], samples: npt.NDArray[np.float32]) -> bool:
    """Whether the pauses are about as loud as the speech; never where there are no pauses."""
    import numpy as np

    count = min(len(probabilities), len(samples) // FRAME)
    frames = samples[: count * FRAME].reshape(count, FRAME)
    power = np.einsum("ij,ij->i", frames, frames)
    pause = probabilities[:count] < PAUSE
    voiced = probabilities[:count] > CONFIDENT
    if pause.sum() < LEAST_PAUSE or not voiced.any():
        return False
    return float(power[voiced].mean()) < LEAST_RATIO * float(power[pause].mean())
