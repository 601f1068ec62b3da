"""CLIP ViT-B/16 as a frozen backbone: a picture in, the class token after every block out."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.processes.forks import leak, renew_in_child
from detect.models.batching import Batcher
from detect.models.device import choose_device
from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.models.torch_runtime import TorchSession

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
    """The backbone of the manifest, loaded on first use; to be used from several threads.

    On the processor one picture a run, so that its features cannot depend on neighbours in a batch,
    and one thread a picture: several pictures at once use a processor better than several threads
    on one. On a GPU the pictures of all threads that wait run together.

    Args:
        manifest: The weights.
        blocks: Whose class tokens are wanted, from 1; later blocks are not computed.
        device: `cpu`, `cuda` or `auto`.
        precision: `fast` or `exact`; see `detect.models.exact`. A GPU is always exact.
        threads: Pictures run at the same time; 0: as many as there are cores.
    """

    def __init__(
        self,
        manifest: Manifest,
        blocks: Sequence[int],
        *,
        device: str = "cpu",
        precision: str = "fast",
        threads: int = 0,
    ) -> None:
        self._model = manifest["clip-vit-b16"]
        self._outputs = tuple(f"tokens_{block}" for block in blocks)
        self._device = device
        self._precision = precision
        self._threads = threads or os.cpu_count() or 1
        self._renew()
        renew_in_child(self)
        self._together = Batcher(self._run_together)

    def _renew(self) -> None:
        self._running = threading.BoundedSemaphore(self._threads)
        self._loading = threading.Lock()

    def after_fork(self) -> None:
        """Locks of this process; a GPU of the parent cannot be used on."""
        self._renew()
        if self.__dict__.pop("_on_gpu", False):
            leak(self.__dict__.pop("_session", None))

    @cached_property
    def _on_gpu(self) -> bool:
        return choose_device(self._device) == "cuda"

    @cached_property
    def _session(self) -> Session | TorchSession:
        if self._on_gpu:
            from detect.models.torch_runtime import open_torch_session

            return open_torch_session(self._model, "network", device="cuda", outputs=self._outputs)
        return open_session(
            self._model, "network", threads=1, outputs=self._outputs, precision=self._precision
        )

    def load(self) -> None:
        """Loads the network now, unless it is loaded."""
        with self._loading:
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
        return self.summaries(pixels)[:, 0]

    def summaries(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """What the residual stream after each wanted block holds, over all of the picture.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.

        Returns:
            float32, shape (number of blocks, 2, 768): the class token, and the mean of the 196
            patch tokens.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        self.load()
        prepared = normalise(centre_square(pixels))
        if self._on_gpu:
            return self._together(prepared)
        with self._running:
            return self._run_together([prepared])[0]

    def _run_together(
        self, prepared: Sequence[npt.NDArray[np.float32]]
    ) -> list[npt.NDArray[np.float32]]:
        import numpy as np

        streams = self._session.run(self._outputs, {"pixel_values": np.concatenate(prepared)})
        parts = [np.stack([s[:, 0], s[:, 1:].mean(axis=1)], axis=1) for s in streams]
        return list(np.stack(parts, axis=1))
