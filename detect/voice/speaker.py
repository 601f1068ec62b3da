"""Who speaks, as a vector: the same voice over clips, never a name.

An embedding is biometric data: it stays in the process unless the user asks for it, and nothing
computes one when `biometrics` is off.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from detect.models.calibration import Calibration
from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session
from detect.voice.voice_activity import FRAME, RATE, VoiceActivity, is_silent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LEAST_VOICE", "SpeakerEncoder"]

STEP = 160
"""Samples between spectral frames (10 ms)."""
WINDOW = 400
"""Samples of a spectral frame (25 ms)."""
PARTIAL = 160
"""Spectral frames that the network sees at once (1.6 s)."""
PARTIAL_STEP = 80
LEVEL = 10 ** (-26 / 20)
"""Root mean square that speech is brought to (-26 dBFS): loudness is no trait of a person."""
LEAST_VOICE = 1.6
"""Seconds of voiced frames that an embedding needs."""


class SpeakerEncoder:
    """Resemblyzer's speaker encoder (Wan et al. 2018, generalised end-to-end loss).

    Args:
        manifest: The weights (`speaker-v1` and `silero-vad`), loaded on first use.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._model = manifest["speaker-v1"]
        self._activity = VoiceActivity(manifest)

    @cached_property
    def _network(self) -> Session:
        return open_session(self._model, "network", threads=1)

    @cached_property
    def calibration(self) -> Calibration:
        """From the cosine of two embeddings to the llr that they are the same voice."""
        return Calibration.parse_json(self._model.read("calibration"))

    def embed(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
        """One voice print of a stretch of sound, over what is speech in it.

        Args:
            samples: float32, shape (n,), mono at 16 kHz; one speaker.

        Returns:
            float32, shape (256,), of length 1; None with less than 1.6 s of voice.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        import numpy as np

        voice = self._voiced(samples)
        if len(voice) < LEAST_VOICE * RATE:
            return None
        level = float(np.sqrt(np.mean(np.square(voice, dtype=np.float64))))
        spectrum = _power(voice * np.float32(LEVEL / max(level, 1e-6)))
        starts = range(0, max(1, len(spectrum) - PARTIAL + 1), PARTIAL_STEP)
        partials = np.stack([spectrum[start : start + PARTIAL] for start in starts])
        found = self._network.run(["embedding"], {"power": partials})[0].mean(axis=0)
        return np.asarray(found / np.linalg.norm(found), np.float32)

    def voice_seconds(self, samples: npt.NDArray[np.float32]) -> float:
        """Seconds of voiced frames in a stretch of sound (float32, shape (n,), mono at 16 kHz)."""
        return len(self._voiced(samples)) / RATE

    def _voiced(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The frames that are speech, joined."""
        import numpy as np

        if not len(samples) or is_silent(samples):
            return np.zeros(0, np.float32)
        centred = samples - samples.mean()
        peak = float(np.sqrt(np.mean(np.square(centred, dtype=np.float64))))
        speech = self._activity.probabilities(centred * np.float32(0.05 / max(peak, 1e-5))) > 0.5
        return np.asarray(centred[np.repeat(speech, FRAME)[: len(centred)]], np.float32)


def _power(voice: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Power spectrogram, shape (frames, 201): Hann window, frames centred, ends padded with 0."""
    import numpy as np

    padded = np.pad(voice, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
    return (np.abs(np.fft.rfft(frames * window, axis=1)) ** 2).astype(np.float32)
