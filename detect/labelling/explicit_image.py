"""An explicit label drawn into a picture or animation."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, BinaryIO

from detect.core.errors import LabelError
from detect.core.settings import Settings
from detect.labelling.lettering import LEAST_CONTRAST, Plate, contrast, make_plate
from detect.labelling.request import ExplicitLabel
from detect.media.sniff import Sniffed

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["draw_image"]

MAX_FRAMES = 2000
_ORIENTATION = 0x0112
_DRAWN = ("RGB", "RGBA", "L", "LA")
_PNG_XMP = "XML:com.adobe.xmp"
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")


def draw_image(
    file: BinaryIO,
    sniffed: Sniffed,
    target: bytes,
    label: ExplicitLabel,
    text: str,
    font: str | None,
    settings: Settings,
) -> str:
    """Draws the label and saves in the same format, with the same tables, profile and EXIF.

    Args:
        file: The picture.
        sniffed: Its format; no other plugin is tried.
        target: Where to.
        label: Position and height.
        text: The words.
        font: A font file or None.
        settings: `max_pixels` applies.

    Returns:
        What was drawn, in words.

    Raises:
        LabelError: The picture cannot be labelled.
    """
    from PIL import Image, ImageFile, ImageOps

    if sniffed.decoder not in _FORMATS:
        raise LabelError(f"no label can be drawn into {sniffed.format}; convert it to PNG or JPEG")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = settings.max_pixels // 2
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(file, formats=(sniffed.decoder,))
            if image.width * image.height > settings.max_pixels:
                raise LabelError(f"the picture is larger than max_pixels = {settings.max_pixels}")
            options = _options(image, sniffed.decoder)
            count = min(getattr(image, "n_frames", 1), MAX_FRAMES)
            if count > 1 and sniffed.decoder == "TIFF":
                raise LabelError("a TIFF file of several pages: label each page as a file")
            frames: list[Image.Image] = []
            durations: list[int] = []
            plate, worst = None, LEAST_CONTRAST
            for number in range(count):
                if count > 1:
                    image.seek(number)
                durations.append(image.info.get("duration", 0))
                still = ImageOps.exif_transpose(image) if count == 1 else image.copy()
                still = _drawable(still)
                plate = plate or make_plate(
                    text,
                    still.width,
                    still.height,
                    share=label.height,
                    position=label.position,
                    font=font,
                )
                found = _lay(still, plate)
                worst = found if not frames else min(worst, found)
                frames.append(still)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise LabelError(f"the picture cannot be decoded: {str(error)[:200]}") from None
        if count > 1:
            options |= {"save_all": True, "append_images": frames[1:], "duration": durations}
            options["loop"] = image.info.get("loop", 0)
        frames[0].save(target.decode("utf-8", "surrogateescape"), sniffed.decoder, **options)
    assert plate
    return (
        f"{text!r} at {label.position}, letters {100 * plate.share:.1f} % of the shorter side, "
        f"contrast at least {worst:.1f}:1"
    )


def _options(image: Image.Image, decoder: str) -> dict[str, Any]:
    """What saving needs to stay close to the original."""
    info = image.info
    options: dict[str, Any] = {}
    if profile := info.get("icc_profile"):
        options["icc_profile"] = profile
    exif = image.getexif()
    if exif and decoder in ("JPEG", "PNG", "WEBP"):
        if _ORIENTATION in exif:
            exif[_ORIENTATION] = 1  # it is applied to the pixels
        options["exif"] = exif
    xmp = info.get("xmp")
    if xmp and decoder in ("JPEG", "WEBP"):
        options["xmp"] = xmp
    if decoder == "JPEG":
        from PIL import JpegImagePlugin

        options["qtables"] = image.quantization  # type: ignore[attr-defined]
        sampling = JpegImagePlugin.get_sampling(image)
        options["subsampling"] = sampling if sampling >= 0 else 0
        options["optimize"] = True
    elif decoder == "PNG":
        options["pnginfo"] = _png_text(image)
    elif decoder == "WEBP":
        options |= {"lossless": True} if _is_lossless(image) else {"quality": 95}
    elif decoder == "TIFF":
        options["compression"] = info.get("compression", "raw")
        if xmp:
            options["tiffinfo"] = {700: xmp}
    if dpi := info.get("dpi"):
        options["dpi"] = dpi
    return options


def _png_text(image: Image.Image) -> Any:
    from PIL import PngImagePlugin

    kept = PngImagePlugin.PngInfo()
    for key, value in image.info.items():
        if isinstance(key, str) and isinstance(value, str) and 0 < len(key) < 80:
            kept.add_itxt(key, value)
        elif key == "xmp" and isinstance(value, bytes) and _PNG_XMP not in image.info:
            kept.add_itxt(_PNG_XMP, value.decode("utf-8", "replace"))
    return kept


def _is_lossless(image: Image.Image) -> bool:
    file: Any = getattr(image, "fp", None)
    if file is None:
        return False
    at = file.tell()
    file.seek(0)
    head = file.read(4096)
    file.seek(at)
    return b"VP8L" in head


def _drawable(image: Image.Image) -> Image.Image:
    if image.mode in _DRAWN:
        image.load()
        return image
    if image.mode.startswith(("I", "F")):
        raise LabelError("pictures of more than 8 bits a channel are not drawn into; convert first")
    if image.mode == "CMYK":
        raise LabelError("CMYK pictures are not drawn into; convert to RGB first")
    clear = image.mode == "PA" or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")


def _lay(image: Image.Image, plate: Plate) -> float:
    """Lays the plate on a picture, darker where the ground is too bright; the contrast it has."""
    import numpy as np
    from PIL import Image

    height, width = plate.ink.shape
    box = (plate.left, plate.top, plate.left + width, plate.top + height)
    stretch = np.asarray(image.crop(box), np.float32)
    alpha = image.mode in ("RGBA", "LA")
    colour = stretch[..., :-1] if alpha else stretch
    colour = colour if colour.ndim == 3 else colour[..., None]
    opacity = plate.opacity
    for opacity in (plate.opacity, 0.8, 1.0):
        ground = colour * (1 - opacity)
        linear = (ground / 255) ** 2.2
        weights = [0.2126, 0.7152, 0.0722] if linear.shape[-1] == 3 else [1.0]
        found = contrast(float((linear @ np.asarray(weights, np.float32)).max()))
        if found >= LEAST_CONTRAST:
            break
    ink = plate.ink[..., None]
    mixed = colour * (1 - opacity) * (1 - ink) + 255 * ink
    if alpha:
        mixed = np.concatenate([mixed, np.full((*mixed.shape[:2], 1), 255)], axis=-1)
    mixed = mixed[..., 0] if mixed.shape[-1] == 1 else mixed
    pixels = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    image.paste(Image.fromarray(pixels, image.mode), box[:2])
    return found
