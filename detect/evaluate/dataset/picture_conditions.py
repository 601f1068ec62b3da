"""How pictures are delivered before they are judged: as they are, by a site, by a bad one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

__all__ = ["PICTURE_CONDITIONS", "deliver_picture"]

PICTURE_CONDITIONS = {
    "clean": "as is",
    "web": "longest side at most 768, JPEG 60",
    "hard": "longest side at most 512, JPEG 40",
}
_LIMITS = {"web": (768, 60), "hard": (512, 40)}


def deliver_picture(pixels: Pixels, condition: str) -> Pixels:
    """The picture as a condition delivers it.

    Args:
        pixels: uint8, shape (height, width, 3), RGB.
        condition: A key of `PICTURE_CONDITIONS`.

    Returns:
        uint8, shape (new height, new width, 3), RGB. Reduced with Lanczos, never enlarged; JPEG
        with Pillow's default chroma subsampling (4:2:0).
    """
    if condition == "clean":
        return pixels
    import numpy as np
    from PIL import Image

    longest, quality = _LIMITS[condition]
    picture = Image.fromarray(pixels)
    factor = longest / max(picture.size)
    if factor < 1:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))
