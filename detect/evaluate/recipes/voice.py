"""The recipe of the voice classifier: its frozen features of speech, and its heads fitted anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from detect.core.media import AudioClip, Frame
from detect.evaluate.recipes.picture import shipped_model
from detect.evaluate.recipes.speech_head import fit_speech_head
from detect.models.extras import require
from detect.models.manifest import Manifest
from detect.voice.speech import WINDOW
from detect.voice.speech_file import Window, reason_of
from detect.voice.speech_network import SpeechNetwork
from detect.voice.speech_window import prepare
from detect.voice.voice_activity import RATE, VoiceActivity, is_silent, unfit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Bools = npt.NDArray[np.bool_]

__all__ = ["SpeechRecipe"]


class SpeechRecipe:
    """Small networks on hand-made statistics and states of a frozen speech encoder, over speech.

    As `scripts/voice/train.py` fits them, but on speech and in the measured conditions only:
    other sound, which that script adds to the real examples, has no features here unless the gate
    takes it for speech, and there are neither random chains nor copies. The third part of the
    shipped score, convolutional networks that train for hours, is left out: they have seen the
    corpus that they came from. Of a longer file, the features of its scored windows are averaged.
    What is speech at all is decided by the shipped head for the kind of sound, which is not fitted
    anew.

    Args:
        manifest: The shipped weights.
        threads: Inference threads; 0: as many as there are cores.

    Raises:
        ConfigurationError: Torch, which fits the networks, is not installed.
    """

    def __init__(self, manifest: Manifest, *, threads: int = 0) -> None:
        require("fitting the voice classifier anew (leave-out)", "torch", "torch")
        self._model = shipped_model(manifest, "voice_synthetic")
        self._activity = VoiceActivity(manifest)
        self._network = SpeechNetwork(self._model, threads=threads)
        self.name = (
            f"heads of {self._model.id}: small networks on hand-made statistics and on those with "
            "states of its frozen encoder, without its convolutional networks; its shipped gate, "
            "not fitted anew, says what is speech"
        )
        self.identity = f"speech {self._model.digest[:16]} {manifest['silero-vad'].digest[:16]}"

    def features(self, frame: Frame | None, clip: AudioClip | None) -> Floats | str:
        """Statistics, then states, shape (d,); a reason where no window holds enough speech."""
        import numpy as np

        if clip is None:
            return "no-audio"
        found: list[Floats] = []
        refused: list[Window] = []
        for start in range(0, max(1, len(clip.samples) - WINDOW // 4), WINDOW):
            one = self._window(clip.samples[start : start + WINDOW])
            if isinstance(one, str):
                end = min(start + WINDOW, len(clip.samples))
                refused.append(Window(start / RATE, end / RATE, None, one))
            else:
                found.append(one)
        if not found:
            return reason_of(refused)
        average: Floats = np.mean(found, axis=0)
        return average

    def _window(self, samples: npt.NDArray[np.float32]) -> Floats | str:
        import numpy as np

        if is_silent(samples):
            return "silent"
        ready = prepare(samples)
        speech = self._activity.probabilities(ready)
        if reason := unfit(speech, ready):
            return reason
        seen = self._network.features(ready, speech)
        _, reason = self._network.judge(seen)
        features: Floats = np.concatenate([seen["statistics"], seen["states"]])
        return reason or features

    def fit(
        self, features: Floats, positive: Bools, weights: Floats, sources: Sequence[str]
    ) -> Callable[[Floats], Floats]:
        """The networks, and the sum of their scores."""
        import numpy as np

        return fit_speech_head(
            features.astype(np.float32), positive, weights, self._network.statistics
        )
