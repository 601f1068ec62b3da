"""What happens to a picture on its way: crops, codecs, scaling, screenshots, text and stickers."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Generator = np.random.Generator

FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
WORDS = "today love new best day home life shop link sale follow smile happy weekend story 123 2026"
SMALLEST = 96
"""Pictures are never scaled to a shorter side below this, in pixels."""


def recompress(picture: Image.Image, kind: str, quality: int) -> Image.Image:
    """One pass through a lossy codec of still pictures."""
    buffer = io.BytesIO()
    more = {"speed": 8, "max_threads": 1} if kind == "AVIF" else {}
    picture.save(buffer, kind, quality=quality, **more)
    return Image.open(buffer).convert("RGB")


def as_frame(picture: Image.Image, rate_factor: int) -> Image.Image:
    """The picture as the second frame of an H.264 video (4:2:0, even sides)."""
    width, height = (side // 2 * 2 for side in picture.size)
    pixels = np.asarray(picture.crop((0, 0, width, height)))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        stream = out.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(rate_factor), "preset": "veryfast", "threads": "1"}
        for _ in range(2):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as made:
        frame = list(made.decode(video=0))[-1]
        return Image.fromarray(frame.to_ndarray(format="rgb24"))


def random_square(picture: Image.Image, random: Generator) -> Image.Image:
    """A square of 60 to 100 % of the short side, anywhere, mirrored or not."""
    short = min(picture.size)
    side = round(short * random.uniform(0.6, 1.0))
    left = int(random.integers(0, picture.width - side + 1))
    top = int(random.integers(0, picture.height - side + 1))
    picture = picture.crop((left, top, left + side, top + side))
    if random.random() < 0.5:
        return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture


def scale(picture: Image.Image, random: Generator) -> Image.Image:
    """Scaled by 0.4 to 1.3 with one of three filters."""
    factor = random.uniform(0.4, 1.3)
    size = tuple(max(SMALLEST, round(side * factor)) for side in picture.size)
    return picture.resize(size, FILTERS[random.integers(0, 3)])


def add_noise(picture: Image.Image, random: Generator) -> Image.Image:
    """Gaussian noise of 1 to 6 grey levels."""
    pixels = np.asarray(picture, np.float32)
    pixels = pixels + random.normal(0, random.uniform(1, 6), pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write_on(picture: Image.Image, random: Generator) -> Image.Image:
    """One to three lines of text, on a bar or on the picture itself."""
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    words = WORDS.split()
    for _ in range(int(random.integers(1, 4))):
        size = max(9, round(picture.height * random.uniform(0.03, 0.09)))
        line = " ".join(words[k] for k in random.integers(0, len(words), random.integers(1, 5)))
        left = int(random.uniform(0, 0.6) * picture.width)
        top = int(random.uniform(0, 0.92) * picture.height)
        ink, paper = [tuple(int(v) for v in random.integers(0, 256, 3)) for _ in range(2)]
        if random.random() < 0.4:
            draw.rectangle((0, top, picture.width, top + round(size * 1.3)), fill=paper)
        font = ImageFont.load_default(size)
        draw.text(
            (left, top), line, fill=ink, font=font, stroke_width=size // 16, stroke_fill=paper
        )
    return picture


def stick_on(picture: Image.Image, random: Generator) -> Image.Image:
    """One to three flat discs or boxes, each at most a quarter of the side."""
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    for _ in range(int(random.integers(1, 4))):
        side = random.uniform(0.06, 0.25) * min(picture.size)
        left = random.uniform(0, picture.width - side)
        top = random.uniform(0, picture.height - side)
        fill = tuple(int(v) for v in random.integers(0, 256, 3))
        box = (left, top, left + side, top + side * random.uniform(0.5, 1.0))
        if random.random() < 0.5:
            draw.ellipse(box, fill=fill, outline="white", width=2)
        else:
            draw.rounded_rectangle(box, side / 6, fill=fill)
    return picture


def screenshot(picture: Image.Image, random: Generator) -> Image.Image:
    """Shown at another size between flat bars, as a phone shows it."""
    size = tuple(round(side * random.uniform(0.7, 1.4)) for side in (picture.width,) * 2)
    width, height = max(SMALLEST, size[0]), max(SMALLEST, size[0] * picture.height // picture.width)
    shown = picture.resize((width, height), Image.Resampling.BILINEAR)
    above, below = (round(height * random.uniform(0, 0.08)) for _ in range(2))
    shade = (255, 250, 24, 0)[random.integers(0, 4)]
    page = Image.new("RGB", (width, height + above + below), (shade,) * 3)
    page.paste(shown, (0, above))
    return page


def deliver(picture: Image.Image, random: Generator) -> Image.Image:
    """One to three deliveries, drawn at random."""
    for _ in range(int(random.integers(1, 4))):
        match int(random.integers(0, 12)):
            case 0 | 1 | 2:
                picture = recompress(picture, "JPEG", int(random.integers(30, 96)))
            case 3:
                picture = recompress(picture, "WEBP", int(random.integers(30, 96)))
            case 4:
                picture = recompress(picture, "AVIF", int(random.integers(35, 86)))
            case 5:
                picture = as_frame(picture, int(random.integers(22, 36)))
            case 6 | 7:
                picture = scale(picture, random)
            case 8:
                picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.2, 1.2)))
            case 9:
                picture = add_noise(picture, random)
            case 10:
                picture = (
                    write_on(picture, random)
                    if random.random() < 0.6
                    else stick_on(picture, random)
                )
            case _:
                picture = screenshot(picture, random)
    return picture
