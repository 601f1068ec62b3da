"""Small pictures of an audit's page, as they are or with nothing recognisable left in them."""

from __future__ import annotations

import base64
import io

__all__ = ["data_uri", "pixelated"]

BLOCKS = 8
"""Blocks on the longer side of a pixelated picture: a face is about five of them wide."""
SIDE = 128


def pixelated(jpeg: bytes) -> bytes:
    """A mosaic of at most 8 by 8 blocks; the pixels between are gone, not hidden.

    Args:
        jpeg: A picture of the journal, which only holds what the toolkit itself encoded.

    Returns:
        JPEG.
    """
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        width, height = picture.size
        scale = BLOCKS / max(width, height)
        small = picture.convert("RGB").resize(
            (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.BOX
        )
    factor = SIDE // BLOCKS
    whole = small.resize((small.width * factor, small.height * factor), Image.Resampling.NEAREST)
    target = io.BytesIO()
    whole.save(target, "JPEG", quality=80)
    return target.getvalue()


def data_uri(jpeg: bytes) -> str:
    """A JPEG inside the page."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
