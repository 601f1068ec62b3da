"""Still pictures and animations, by Pillow, one plugin at a time.

Colour profiles are not applied: the classifiers are trained on pixels as they are stored.
"""

from __future__ import annotations

import contextlib
import importlib
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from detect.core.media import Frame, Media
from detect.core.settings import Settings
from detect.media.further import further_pictures
from detect.media.sampling import Sampler, crop_borders
from detect.media.sniff import Sniffed
from detect.media.source import MediaError
from detect.media.stripped import without_metadata

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

__all__ = ["FRAME_SIDE", "Original", "read_image"]

FRAME_SIDE = 768
"""Longest side of a frame, in pixels; larger pictures are reduced, smaller ones left alone."""

ANIMATION_SHARE = 20
"""Pillow composes animations up to twenty times slower than FFmpeg decodes video, so an
animation gets a twentieth of `max_decode_pixels`."""
LEAST_COST = 20_000
"""A frame of an animation costs at least as much as this many pixels, however small it is."""

WEBP_SHARE = 0.6
"""The WebP decoder holds four copies of a picture, so it gets this share of `max_pixels`."""

MOST_SCANS = 32
"""Scans of a progressive JPEG at `max_pixels` (encoders write about ten); smaller pictures may
have more. Each scan goes over the whole picture, and a file can hold thousands."""

Original = Callable[["npt.NDArray[np.uint8]"], None]
"""Is given pixels, uint8, shape (rows, width, 3), RGB."""

JPEG_SHARE = 4
"""A JPEG in one scan is decoded to an eighth of its size in little memory, so that photographs of
phones (50, 64, 108, 200 megapixels) may have this many times `max_pixels`."""

MOSTLY = 0.75
"""Share of its rows that a truncated picture must have to be examined."""

ORIGINAL_PIXELS = 2**22
"""Pixels that are shown in their original size: the upper rows of a larger picture."""

_PLUGINS = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "JPEG2000": "PIL.Jpeg2KImagePlugin",
}
_LAZY = ("JPEG", "PNG", "TIFF", "BMP")
_ORIENTATION = 0x0112
_BAND = 1 << 20
"""Pixels that are converted at a time, so that a large picture is held once and not three times."""


def read_image(
    file: BinaryIO,
    media: Media,
    sniffed: Sniffed,
    settings: Settings,
    *,
    seconds: float,
    original: Original | None = None,
) -> tuple[Media, tuple[Frame, ...], tuple[str, ...]]:
    """Decodes a picture, or samples an animation.

    Orientation is applied and transparency laid on white. Pictures larger than `FRAME_SIDE` are
    reduced: JPEG in its own transform where that leaves enough, then by whole-number box
    averaging down to no less than twice the size, then by Lanczos. A truncated picture is examined
    when at least `MOSTLY` of its rows are there (note `partial`), without the missing rows; one
    whose metadata alone cannot be read is examined without them (note `metadata-damaged`).

    Args:
        file: The file.
        media: What is known about it.
        sniffed: Its format; no other plugin is tried.
        settings: `max_pixels`, `max_decode_pixels` and `frames` apply.
        seconds: Time an animation may take; what was decoded by then is the answer.
        original: Is shown the pixels of a whole picture before they are reduced and turned, where
            they were decoded in their own size.

    Returns:
        The media with kind and size, the frames, and notes: `partial`, `metadata-damaged`, and
        those of `further_pictures`.

    Raises:
        MediaError: `too-large` or `unreadable`.
    """
    _load_plugin(sniffed.decoder)
    media = replace(media, format=sniffed.format, kind="image")
    limits = _Limits(settings, sniffed, seconds)
    try:
        return _read(file, media, limits, original)
    except MediaError as error:
        bare = without_metadata(file, sniffed.decoder) if error.status == "unreadable" else None
        if bare is None:
            raise
        try:
            media, frames, notes = _read(bare, media, limits, original)
        except MediaError:
            raise error from None
        return media, frames, tuple(sorted({*notes, "metadata-damaged"}))


@dataclass(frozen=True, slots=True)
class _Limits:
    """What applies to one file."""

    settings: Settings
    sniffed: Sniffed
    seconds: float

    def pixels(self, scans: int = 1) -> int:
        """Most pixels of the picture."""
        share = {"WEBP": WEBP_SHARE, "JPEG": JPEG_SHARE if scans == 1 else 1.0}
        return int(self.settings.max_pixels * share.get(self.sniffed.decoder, 1.0))


def _read(
    file: BinaryIO, media: Media, limits: _Limits, original: Original | None
) -> tuple[Media, tuple[Frame, ...], tuple[str, ...]]:
    from PIL import Image, ImageFile

    decoder = limits.sniffed.decoder
    # Pillow refuses twice as many before it tells the size; what opens without decoding gets so
    # far that the size can be told.
    Image.MAX_IMAGE_PIXELS = limits.pixels() // (1 if decoder in _LAZY else 2)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings(), contextlib.ExitStack() as opened:
        warnings.simplefilter("ignore")

        def open_image() -> Image.Image:
            file.seek(0)
            return opened.enter_context(Image.open(file, formats=(decoder,)))

        with _explained(media, limits):
            image = open_image()
        width, height = image.size
        _check_size(file, replace(media, width=width, height=height), limits)
        orientation = _orientation(image)
        if orientation >= 5:
            width, height = height, width
        media = replace(media, width=width, height=height)
        with _explained(media, limits):
            if _is_animation(image, decoder):
                deadline = time.monotonic() + limits.seconds
                return _animation(image, media, orientation, limits.settings, deadline)
            media = replace(media, frame_count=1)
            notes = further_pictures(file, image, decoder)
            try:
                return media, (Frame(_still(image, orientation, original)),), notes
            except OSError as error:
                if "truncated" not in str(error):
                    raise
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            pixels = _without_missing_rows(_still(open_image(), 1))
            return media, (Frame(_turned(pixels, orientation)),), (*notes, "partial")


def _load_plugin(name: str) -> None:
    if name == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    else:
        importlib.import_module(_PLUGINS[name])


def _broken() -> tuple[type[Exception], ...]:
    """What Pillow and its plugins raise on broken files (found by fuzzing, not documented)."""
    import struct

    return (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        struct.error,
    )


@contextlib.contextmanager
def _explained(media: Media, limits: _Limits) -> Iterator[None]:
    """Turns what Pillow raises into a status and a sentence."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except Image.DecompressionBombError as error:
        size = str(error).partition(" exceeds")[0]  # of Pillow's own sentence
        raise _too_large(size, media, limits, limits.pixels()) from None
    except UnidentifiedImageError:
        raise MediaError("unreadable", f"broken {media.format} header", media) from None
    except _broken() as error:
        reason = f"broken {media.format} picture: {error!s:.120}"
        raise MediaError("unreadable", reason, media) from None


def _check_size(file: BinaryIO, media: Media, limits: _Limits) -> None:
    width, height = media.width or 0, media.height or 0
    scans = _scans(file) if limits.sniffed.decoder == "JPEG" else 1
    if width * height > (limit := limits.pixels(scans)):
        size = f"{width} x {height}, {width * height} pixels"
        raise _too_large(size, media, limits, limit)
    if scans > 1 and scans * width * height > MOST_SCANS * limits.settings.max_pixels:
        reason = f"{scans} scans of {width} x {height} pixels in one JPEG"
        raise MediaError("too-large", reason, media)


def _too_large(size: str, media: Media, limits: _Limits, limit: int) -> MediaError:
    kind = media.format if limit == limits.pixels() else f"progressive {media.format}"
    setting = f"max_pixels = {limits.settings.max_pixels}"
    return MediaError("too-large", f"{size}; the limit is {limit} ({kind}, {setting})", media)


def _scans(file: BinaryIO) -> int:
    """Scans of a JPEG; the marker cannot occur in picture data, only rarely in metadata."""
    position = file.tell()
    file.seek(0)
    count, last = 0, b""
    while chunk := file.read(1 << 20):
        count += (last + chunk).count(b"\xff\xda")
        last = chunk[-1:] if chunk[-1:] == b"\xff" else b""
    file.seek(position)
    return count


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 when there is none or it makes no sense."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode the whole picture to look behind it
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception:  # metadata that cannot be parsed does not make a picture unreadable
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _turned(pixels: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    import numpy as np

    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _still(
    image: Image.Image, orientation: int, original: Original | None = None
) -> npt.NDArray[np.uint8]:
    """Pixels of the current picture: RGB, at most `FRAME_SIDE`, turned upright."""
    import numpy as np
    from PIL import Image

    width, height = image.size
    scale = min(1.0, FRAME_SIDE / max(width, height))
    target = max(1, round(width * scale)), max(1, round(height * scale))
    if scale < 1:
        image.draft(None, target)
    image.load()
    white = _white(image)
    if original is not None and image.size == (width, height):
        rows = min(height, max(1, ORIGINAL_PIXELS // width))
        original(np.asarray(_rgb(image.crop((0, 0, width, rows)), white), dtype=np.uint8))
    small = _reduced(image, max(1, max(image.size) // (2 * FRAME_SIDE)), white)
    if small.size != target:
        small = small.resize(target, Image.Resampling.LANCZOS)
    return _turned(np.asarray(small, dtype=np.uint8), orientation)


def _reduced(image: Image.Image, factor: int, white: float | None) -> Image.Image:
    """The picture in RGB, averaged over blocks of `factor` x `factor`, band by band."""
    from PIL import Image

    if factor == 1:
        return _rgb(image, white)
    width, height = image.size
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = factor * max(1, _BAND // (width * factor))
    for top in range(0, height, rows):
        band = _rgb(image.crop((0, top, width, min(top + rows, height))), white)
        small.paste(band.reduce(factor), (0, top // factor))
    return small


def _rgb(image: Image.Image, white: float | None) -> Image.Image:
    """Any mode as RGB; transparency on white, values up to `white` (`_white`) scaled to 8 bits."""
    import numpy as np
    from PIL import Image

    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if white is not None:
        values = np.asarray(image, dtype=np.float32)
        grey = np.nan_to_num(values * (255.0 / white)).clip(0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


_WHITE = {
    "I": ((0, 255.0), (0, 4095.0), (0, 65535.0)),
    "F": ((0, 1.0), (64, 255.0), (16384, 65535.0)),
}
"""By mode: from which largest value on which value means white. Floating point from 2 to 64 may be
anything, for example light in a scene without an upper end."""


def _white(image: Image.Image) -> float | None:
    """The value that means white, by the largest one of the whole picture; None for 8-bit modes.

    Raises:
        ValueError: None of the usual ranges holds the values.
    """
    import numpy as np

    if image.mode[0] not in _WHITE:
        return None
    values = np.asarray(image)
    if image.mode == "F":
        values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    slack = 1.5 if image.mode == "F" else 1.0  # highlights of floating point go beyond white
    for least, white in _WHITE[image.mode[0]]:
        if least <= high <= white * slack and low >= -white / 100:
            return white
    raise ValueError(f"its values go from {low:g} to {high:g}; which of them is white is not known")


def _without_missing_rows(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Cuts off the rows below that a truncated file leaves in one colour.

    Raises:
        ValueError: Too few rows are left.
    """
    changes = (pixels != pixels[-1, -1]).any(axis=(1, 2)).nonzero()[0]
    rows = int(changes[-1]) + 1 if changes.size else 0
    if rows < MOSTLY * pixels.shape[0]:
        raise ValueError(f"only {rows} of {pixels.shape[0]} rows are there; the file is cut off")
    return pixels[:rows]


def _is_animation(image: Image.Image, decoder: str) -> bool:
    return decoder in ("GIF", "PNG", "WEBP", "AVIF") and bool(getattr(image, "is_animated", False))


def _animation(
    image: Image.Image, media: Media, orientation: int, settings: Settings, deadline: float
) -> tuple[Media, tuple[Frame, ...], tuple[str, ...]]:
    sampler = Sampler(settings.frames)
    budget = settings.max_decode_pixels // ANIMATION_SHARE
    seconds, count, notes = 0.0, 0, set[str]()
    for number, duration in _steps(image, notes):
        thumbnail = _thumbnail(image)
        sampler.offer(thumbnail, seconds, number, duration, lambda: _still(image, orientation))
        seconds, count = seconds + duration, number + 1
        budget -= max(image.width * image.height, LEAST_COST)
        if budget < 0 or time.monotonic() > deadline:
            notes.add("partial")
            break
    if count == 1:
        return replace(media, frame_count=1), (Frame(sampler.frames()[0].pixels),), tuple(notes)
    frames = crop_borders(sampler.frames())
    media = replace(
        media,
        kind="video",
        frame_count=count,
        duration=seconds,
        fps=count / seconds if seconds else None,
    )
    return media, frames, tuple(sorted(notes))


def _steps(image: Image.Image, notes: set[str]) -> Iterator[tuple[int, float]]:
    """Moves through an animation; yields number and seconds of the frame that is then current."""
    number = 0
    while True:
        try:
            image.seek(number)
            image.load()
        except EOFError:
            return
        except _broken():
            if number == 0:
                raise
            notes.add("partial")
            return
        milliseconds = image.info.get("duration") or 100  # what browsers do with 0
        yield number, min(max(float(milliseconds), 10.0), 60_000.0) / 1000
        number += 1


def _thumbnail(image: Image.Image) -> npt.NDArray[np.uint8]:
    import numpy as np

    from detect.media.sampling import THUMBNAIL

    factor = max(1, max(image.size) // 256)
    return np.asarray(_reduced(image, factor, None).convert("L").resize(THUMBNAIL), dtype=np.uint8)
