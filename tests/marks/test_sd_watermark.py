"""The watermark of Stable Diffusion pipelines, with an encoder of our own."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from detect.marks import sd_watermark

Pixels = npt.NDArray[np.uint8]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def photo() -> Pixels:
    with Image.open(ROOT / "samples" / "camera-temple.jpg") as picture:
        return np.asarray(picture.convert("RGB").resize((1024, 768)))


def embed(pixels: Pixels, message: str) -> Pixels:
    """Moves one low-pass value of each block of U into the half of its step that says the bit."""
    red, green, blue = (pixels[..., i].astype(float) for i in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = (blue - luma) * 0.492 + 128, (red - luma) * 0.877 + 128
    u = np.round(u)
    low = (u[0::2, 0::2] + u[1::2, 0::2] + u[0::2, 1::2] + u[1::2, 1::2]) / 2
    for number in range(low.shape[0] // 4 * (low.shape[1] // 4)):
        row, column = (4 * n for n in divmod(number, low.shape[1] // 4))
        block = low[row : row + 4, column : column + 4]
        place = int(np.abs(block).ravel()[1:].argmax()) + 1
        bit = int(message[number % len(message)])
        old = block[place // 4, place % 4]
        new = (old // 36 + 0.25 + 0.5 * bit) * 36
        y, x = 2 * (row + place // 4), 2 * (column + place % 4)
        u[y : y + 2, x : x + 2] += (new - old) / 2
    blue, red = luma + (u - 128) / 0.492, luma + (v - 128) / 0.877
    green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    return np.clip(np.round(np.stack([red, green, blue], axis=-1)), 0, 255).astype(np.uint8)


def saved(pixels: Pixels, quality: int) -> Pixels:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(target))


def test_thresholds_are_the_tail_of_the_binomial() -> None:
    for bits in (48, 136):
        least = sd_watermark.least_agreeing(bits)
        tail = sum(math.comb(bits, k) for k in range(least, bits + 1)) / 2**bits
        assert tail <= sd_watermark.CHANCE
        assert tail + math.comb(bits, least - 1) / 2**bits > sd_watermark.CHANCE


@pytest.mark.parametrize("name", sd_watermark.MESSAGES)
def test_every_message_is_found(photo: Pixels, name: str) -> None:
    found = sd_watermark.look(embed(photo, sd_watermark.MESSAGES[name]))
    assert found is not None and found.payload == name
    assert found.threshold <= found.score <= 1.0
    said = sd_watermark.declare(found)
    assert (said.source, said.claim, said.about) == ("watermark", "ai-generated", "ai_generated")


def test_it_survives_a_jpeg_that_keeps_its_colours(photo: Pixels) -> None:
    marked = embed(photo, sd_watermark.MESSAGES["SDXL"])
    found = sd_watermark.look(saved(marked, 90))
    assert found is not None and found.payload == "SDXL"


def test_what_the_mark_does_not_survive_is_not_claimed(photo: Pixels) -> None:
    marked = embed(photo, sd_watermark.MESSAGES["SDXL"])
    smaller = np.asarray(Image.fromarray(marked).resize((800, 600)))
    for changed in (photo, smaller, marked[3:]):
        assert sd_watermark.look(changed) is None


def test_flat_random_and_small_pictures_carry_nothing() -> None:
    random = np.random.default_rng(0)
    for level in (0, 17, 128, 255):
        assert sd_watermark.look(np.full((512, 512, 3), level, np.uint8)) is None
    for _ in range(20):
        assert sd_watermark.look(random.integers(0, 256, (256, 320, 3)).astype(np.uint8)) is None
    assert sd_watermark.look(np.zeros((255, 4000, 3), np.uint8)) is None
