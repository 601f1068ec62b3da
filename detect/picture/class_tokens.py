"""Class tokens of pictures, computed once for all the heads that read them."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from detect.models.manifest import Manifest
from detect.picture.clip import ClipEncoder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["SharedEncoder"]


class SharedEncoder:
    """Remembers the tokens of a picture for as long as its pixels are kept.

    Args:
        manifest: The weights.
        heads: Ids of the models that read the tokens; each declares its `blocks`.
        device: As for `ClipEncoder`.
        precision: As for `ClipEncoder`.
        threads: As for `ClipEncoder`.
    """

    def __init__(
        self,
        manifest: Manifest,
        heads: Sequence[str],
        *,
        device: str = "cpu",
        precision: str = "fast",
        threads: int = 0,
    ) -> None:
        blocks = sorted({block for head in heads for block in manifest[head].declared["blocks"]})
        self._place = {block: place for place, block in enumerate(blocks)}
        self._encoder = ClipEncoder(
            manifest, blocks, device=device, precision=precision, threads=threads
        )
        self._known: dict[int, npt.NDArray[np.float32]] = {}

    def class_tokens(
        self, pixels: npt.NDArray[np.uint8], blocks: Sequence[int]
    ) -> npt.NDArray[np.float32]:
        """Class tokens after some of the heads' blocks, float32, shape (number of blocks, 768).

        As `summaries` otherwise.
        """
        return self.summaries(pixels, blocks)[:, 0]

    def summaries(
        self, pixels: npt.NDArray[np.uint8], blocks: Sequence[int]
    ) -> npt.NDArray[np.float32]:
        """Class token and mean patch token after some of the heads' blocks.

        Args:
            pixels: uint8, shape (height, width, 3), RGB; not to be changed afterwards.
            blocks: Which blocks, from 1.

        Returns:
            float32, shape (number of blocks, 2, 768).

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        known = self._known.get(id(pixels))
        if known is None:
            known = self._known[id(pixels)] = self._encoder.summaries(pixels)
            weakref.finalize(pixels, self._known.pop, id(pixels), None)
        chosen: npt.NDArray[np.float32] = known[[self._place[block] for block in blocks]]
        return chosen
