"""Recipes: how the project makes a score out of a frozen network, so that it can be made again.

Features come from networks that never saw a label of ours; only the head is fitted. A protocol that
leaves sources out fits it anew without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from detect.core.errors import WeightsError
from detect.core.finding import Hypothesis
from detect.core.media import AudioClip, Frame
from detect.evaluate.recipes.linear import Linear
from detect.evaluate.recipes.vision_head import fit_vision_head
from detect.models.manifest import Manifest, Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Bools = npt.NDArray[np.bool_]

__all__ = ["Recipe", "VisionRecipe", "shipped_model"]


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

    As `scripts/picture/train.py` fits it; see `detect.evaluate.recipes.vision_head`.

    Args:
        manifest: The shipped weights; the vision model declares which blocks its head reads.
        threads: Inference threads; 0: as many as there are cores.
    """

    def __init__(self, manifest: Manifest, *, threads: int = 0) -> None:
        from detect.picture.clip import ClipEncoder

        model = shipped_model(manifest, "ai_generated")
        if "blocks" not in model.declared:
            raise WeightsError(f"{model.id} declares no blocks of a frozen backbone to refit on")
        blocks = tuple(model.declared["blocks"])
        self._encoder = ClipEncoder(manifest, blocks, threads=threads)
        first, last = min(blocks), max(blocks)
        self.name = (
            f"head of {model.id}: logistic plus discriminant within sources, on the class and "
            f"mean patch tokens of blocks {first}-{last} of frozen CLIP ViT-B/16"
        )
        self.identity = f"clip {manifest['clip-vit-b16'].digest[:16]} summaries {blocks}"

    def features(self, frame: Frame | None, clip: AudioClip | None) -> Floats | str:
        """Class and mean patch tokens, flat; `too-small` or `blank` pictures have none."""
        from detect.picture.vision import unfit

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
