"""Recipes: how the project makes a score out of a frozen network, so that it can be made again.

Features come from networks that never saw a label of ours; only the head is fitted. A protocol that
leaves sources out fits it anew without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from detect.core.errors import WeightsError
from detect.core.finding import Hypothesis
from detect.core.media import AudioClip, Frame
from detect.evaluate.linear import Linear, fit_linear
from detect.evaluate.vision_head import fit_vision_head
from detect.models.manifest import Manifest, Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Bools = npt.NDArray[np.bool_]

__all__ = ["Recipe", "SpeechRecipe", "VisionRecipe", "shipped_model"]


class Recipe(Protocol):
    """Features of a frozen network, and how a scorer is fitted on them.

    Attributes:
        name: For the report.
        identity: Changes when the features of a file would; names cached ones.
    """

    name: str
    identity: str

    def features(self, frame: Frame | None, clip: AudioClip | None) -> Floats | str:
        """Features of one file under one condition, shape (d,); a reason code for none."""
        ...

    def fit(
        self, features: Floats, positive: Bools, weights: Floats, sources: Sequence[str]
    ) -> Callable[[Floats], Floats]:
        """A scorer: features (n, d) to raw scores (n,), higher for synthetic.

        Args:
            features: float16 or float32, shape (n, d).
            positive: True for synthetic, shape (n,).
            weights: Shape (n,), both classes alike.
            sources: Source of each row.
        """
        ...


def shipped_model(manifest: Manifest, hypothesis: Hypothesis) -> Model:
    """The shipped classifier of a hypothesis.

    Raises:
        WeightsError: There is none.
    """
    for model in manifest.models:
        if model.role == "classifier" and model.hypothesis == hypothesis:
            return model
    raise WeightsError(f"no shipped model answers {hypothesis}")


class VisionRecipe:
    """A linear head on the class and mean patch tokens of a frozen CLIP.

    As `scripts/train_vision.py` fits it; see `detect.evaluate.vision_head`.

    Args:
        manifest: The shipped weights; the vision model declares which blocks its head reads.
    """

    def __init__(self, manifest: Manifest) -> None:
        from detect.detectors.clip import ClipEncoder

        model = shipped_model(manifest, "ai_generated")
        if "blocks" not in model.declared:
            raise WeightsError(f"{model.id} declares no blocks of a frozen backbone to refit on")
        blocks = tuple(model.declared["blocks"])
        self._encoder = ClipEncoder(manifest, blocks)
        first, last = min(blocks), max(blocks)
        self.name = (
            f"head of {model.id}: logistic plus discriminant within sources, on the class and "
            f"mean patch tokens of blocks {first}-{last} of frozen CLIP ViT-B/16"
        )
        self.identity = f"clip {manifest['clip-vit-b16'].digest[:16]} summaries {blocks}"

    def features(self, frame: Frame | None, clip: AudioClip | None) -> Floats | str:
        """Class and mean patch tokens, flat; `too-small` or `blank` pictures have none."""
        from detect.detectors.vision import unfit

        if frame is None:
            return "no-picture"
        return unfit(frame.pixels) or self._encoder.summaries(frame.pixels).ravel()

    def fit(
        self, features: Floats, positive: Bools, weights: Floats, sources: Sequence[str]
    ) -> Linear:
        """One head over all blocks; see `fit_vision_head`."""
        import numpy as np

        named = [f"{source} {label}" for source, label in zip(sources, positive, strict=True)]
        numbers = np.unique(named, return_inverse=True)[1]
        return fit_vision_head(features.astype(np.float32), positive, weights, numbers)


class SpeechRecipe:
    """Mean of one logistic head a layer, on statistics of a frozen speech encoder over speech.

    As `scripts/train_speech.py`; of a longer file, the statistics of its scored windows are
    averaged.

    Args:
        manifest: The shipped weights.
    """

    PENALTY, BOUND = 0.008, 6.0

    def __init__(self, manifest: Manifest) -> None:
        from detect.detectors.voice_activity import VoiceActivity

        self._model = shipped_model(manifest, "voice_synthetic")
        self._activity = VoiceActivity(manifest)
        self.name = (
            f"heads of {self._model.id}: logistic, one a layer, on speech statistics of its frozen "
            "encoder"
        )
        self.identity = f"speech {self._model.digest[:16]} {manifest['silero-vad'].digest[:16]}"

    @cached_property
    def _network(self) -> Any:
        """The network with the input of its heads as an output of its own, and that shape."""
        import onnx

        from detect.models.runtime import load_onnxruntime

        onnxruntime = load_onnxruntime()
        network = onnx.load_model_from_string(self._model.read("network"))
        shapes = {item.name: tuple(item.dims) for item in network.graph.initializer}
        for node in network.graph.node:
            if node.op_type == "Sub" and len(node.input) == 2 and node.input[1] == "mean":
                name = node.input[0]
                network.graph.output.append(onnx.ValueInfoProto(name=name))
                options = onnxruntime.SessionOptions()
                options.log_severity_level = 3
                session = onnxruntime.InferenceSession(
                    network.SerializeToString(), options, ["CPUExecutionProvider"]
                )
                return session, name, shapes["mean"]
        raise WeightsError(
            f"{self._model.id} shows no input of its heads to refit on; --protocol shipped judges "
            "it as it is"
        )

    def features(self, frame: Frame | None, clip: AudioClip | None) -> Floats | str:
        """Statistics by layer, flat: (layers, statistics and channels); a reason where no window
        holds enough speech."""
        import numpy as np

        from detect.detectors.speech import WINDOW
        from detect.detectors.speech_window import prepare
        from detect.detectors.voice_activity import is_silent, unfit

        if clip is None:
            return "no-audio"
        session, name, shape = self._network
        found, reasons = [], []
        for start in range(0, max(1, len(clip.samples) - WINDOW // 4), WINDOW):
            samples = clip.samples[start : start + WINDOW]
            if is_silent(samples):
                reasons.append("silent")
                continue
            ready = prepare(samples)
            speech = self._activity.probabilities(ready)
            if reason := unfit(speech):
                reasons.append(reason)
                continue
            states = session.run([name], {"samples": ready, "speech": speech})[0]
            found.append(np.asarray(states, np.float32).reshape(shape))
        if not found:
            order = ("too-little-speech", "no-speech", "silent")
            return next((reason for reason in order if reason in reasons), "no-speech")
        layers: Floats = np.mean(found, axis=0).swapaxes(0, 1)
        return layers.reshape(-1)

    def fit(
        self, features: Floats, positive: Bools, weights: Floats, sources: Sequence[str]
    ) -> Callable[[Floats], Floats]:
        """One head a layer, inputs bounded, and the mean of their scores."""
        import numpy as np

        layers = self._network[2][1]
        heads = []
        for part in np.split(np.arange(features.shape[1]), layers):
            chosen = features[:, part].astype(np.float32)
            mean, scale = chosen.mean(0), chosen.std(0) + 1e-4
            chosen = np.clip((chosen - mean) / scale, -self.BOUND, self.BOUND)
            heads.append((part, mean, scale, fit_linear(chosen, positive, weights, self.PENALTY)))

        def score(rows: Floats) -> Floats:
            total = np.zeros(len(rows), np.float32)
            for part, mean, scale, head in heads:
                inside = (rows[:, part].astype(np.float32) - mean) / scale
                total += head(np.clip(inside, -self.BOUND, self.BOUND)) / len(heads)
            return total

        return score
