"""Further pictures of a file that are not examined: pages, pictures beside the main one, a video.

Nothing is decoded: they are named, so that nobody takes the first picture for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["further_pictures"]

_CHUNK = 1 << 20
_OVERLAP = 64
_LEAST, _MOST = 16, 256
"""Length of the first box of a video."""
_GAIN_MAPS = (b"hdrgainmap", b"hdrgm:Version", b"HDRGainMap")
"""What names the second picture of an HDR photograph, which is no picture of its own."""


def further_pictures(file: BinaryIO, image: Image.Image, decoder: str) -> tuple[str, ...]:
    """Notes on what else lies in the file of a picture.

    Args:
        file: Seekable; its position is kept.
        image: The picture as Pillow opened it.
        decoder: Pillow's name of the format.

    Returns:
        `other-pages` (TIFF), `other-pictures` (HEIF, and JPEG after CIPA DC-007), `appended-video`
        (motion photos).
    """
    if decoder == "TIFF":
        return ("other-pages",) if _has_second_page(image) else ()
    if decoder not in ("HEIF", "JPEG"):
        return ()
    frames = getattr(image, "n_frames", 1)
    video = gain_map = False
    position = file.tell()
    for block in _blocks(file):
        video = video or _opens_video(block)
        gain_map = gain_map or any(name in block for name in _GAIN_MAPS)
    file.seek(position)
    notes = ("other-pictures",) if frames > 1 + gain_map else ()
    return notes + (("appended-video",) if video else ())


def _has_second_page(image: Image.Image) -> bool:
    """Directories behind the first may hold anything, for example credentials alone."""
    try:
        image.seek(1)
        return min(image.size) > 1
    except MemoryError:
        raise
    except Exception:
        return False
    finally:
        image.seek(0)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file behind its own first box, in overlapping pieces."""
    file.seek(_OVERLAP)
    last = b""
    while chunk := file.read(_CHUNK):
        yield last + chunk
        last = chunk[-_OVERLAP:]


def _opens_video(block: bytes) -> bool:
    """Whether a box `ftyp` with a plausible length and brand is in it."""
    at = block.find(b"ftyp", 4)
    while at >= 0:
        length = int.from_bytes(block[at - 4 : at], "big")
        brand = block[at + 4 : at + 8]
        if _LEAST <= length <= _MOST and brand.isascii() and brand.strip().isalnum():
            return True
        at = block.find(b"ftyp", at + 4)
    return False
