"""CLIP ViT-B/16 as a frozen backbone: a picture in, the class token after every block out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from detect.models.manifest import Manifest
from detect.models.runtime import open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnxruntime

__all__ = ["MEAN", "SIZE", "STD", "ClipEncoder", "centre_square", "normalise"]

SIZE = 224
"""Side of the square that the network sees, in pixels."""
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""Channel statistics that CLIP was trained with (Radford et al. 2021, released code)."""


def centre_square(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The largest centred square of a picture, brought to 224 x 224 with Pillow's bicubic filter.

    Args:
        pixels: uint8, shape (height, width, 3), RGB.

    Returns:
        uint8, shape (224, 224, 3).
    """
    import numpy as np
    from PIL import Image

    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    square = Image.fromarray(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    if side != SIZE:
        square = square.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return np.asarray(square)


def normalise(square: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The network's input, float32, shape (1, 3, 224, 224), from a uint8 (224, 224, 3) square."""
    import numpy as np

    mean, spread = np.asarray(MEAN, dtype=np.float32), np.asarray(STD, dtype=np.float32)
    scaled: npt.NDArray[np.float32] = square.astype(np.float32) / np.float32(255)
    scaled = np.divide(np.subtract(scaled, mean), spread, dtype=np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class ClipEncoder:
    """The backbone of the manifest, loaded on first use.

    One picture a call, so that its features cannot depend on neighbours in a batch. One thread a
    picture too: several pictures at once use a processor better than several threads on one.

    Args:
        manifest: The weights.
        blocks: Whose class tokens are wanted, from 1; later blocks are not computed.
    """

    def __init__(self, manifest: Manifest, blocks: Sequence[int]) -> None:
        self._model = manifest["clip-vit-b16"]
        self._outputs = tuple(f"tokens_{block}" for block in blocks)

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return open_session(self._model, "network", threads=1, outputs=self._outputs)

    def load(self) -> None:
        """Loads the network now, before several threads want it."""
        _ = self._session

    def class_tokens(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Class tokens of the residual stream after the wanted blocks.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.

        Returns:
            float32, shape (number of blocks, 768).

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        import numpy as np

        streams = self._session.run(
            self._outputs, {"pixel_values": normalise(centre_square(pixels))}
        )
        return np.stack([stream[0, 0] for stream in streams])
