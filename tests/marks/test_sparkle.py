"""The star of Gemini: found where it stands, not confused with lights and other stars."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from detect.core.media import Frame, Media
from detect.marks.sparkle import find_sparkle
from detect.marks.visible_mark import MarkReader, declare

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def photo(width: int = 512, height: int = 384) -> Image.Image:
    with Image.open(SAMPLES / "camera-temple.jpg") as picture:
        return picture.convert("RGB").resize((width, height))


def outline(middle: tuple[float, float], size: float, points: int = 4) -> list[tuple[float, float]]:
    """A star with curved sides, or one with five points and straight ones."""
    radius = size / 2
    if points == 5:
        turn = -np.pi / 2 + np.arange(10) * np.pi / 5
        far = np.where(np.arange(10) % 2, 0.4 * radius, radius)
        return [
            (middle[0] + r * np.cos(t), middle[1] + r * np.sin(t))
            for t, r in zip(turn, far, strict=True)
        ]
    turn = np.linspace(0, 2 * np.pi, 200)
    x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 3
    y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 3
    return [(middle[0] + radius * a, middle[1] + radius * b) for a, b in zip(x, y, strict=True)]


def pasted(picture: Image.Image, shape: list[tuple[float, float]], opacity: float) -> np.ndarray:
    scale = 8
    mask = Image.new("L", (picture.width * scale, picture.height * scale))
    ImageDraw.Draw(mask).polygon([(x * scale, y * scale) for x, y in shape], round(255 * opacity))
    picture = picture.copy()
    picture.paste((255, 255, 255), mask=mask.resize(picture.size, Image.Resampling.BOX))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80)
    return np.asarray(Image.open(target).convert("RGB"))


def corner(picture: Image.Image, size: float, apart: float = 7 / 6) -> tuple[float, float]:
    return picture.width - apart * size, picture.height - apart * size


@pytest.mark.parametrize("size", [14, 20, 28])
def test_the_star_is_found_in_its_corner(size: int) -> None:
    picture = photo()
    found = find_sparkle(pasted(picture, outline(corner(picture, size), size), 0.5))
    assert found is not None
    middle = (found.box[0] + found.box[2]) / 2, (found.box[1] + found.box[3]) / 2
    assert middle == pytest.approx(corner(picture, size), abs=2)


def test_other_shapes_and_places_are_none() -> None:
    picture = photo()
    x, y = corner(picture, 24)
    shapes = {
        "five points": outline((x, y), 24, points=5),
        "cross": [(x - 12, y - 2), (x + 12, y - 2), (x + 12, y + 2), (x - 12, y + 2)],
        "disc": [(x + 10 * np.cos(t), y + 10 * np.sin(t)) for t in np.linspace(0, 6.28, 60)],
        "spot": [(x + 7 * np.cos(t), y + 9 * np.sin(t)) for t in np.linspace(0, 6.28, 60)],
        "farther in": outline(corner(picture, 24, apart=2.5), 24),
    }
    found = [name for name, shape in shapes.items() if find_sparkle(pasted(picture, shape, 0.6))]
    plain = Image.new("RGB", picture.size, (60, 20, 40))
    found += [name for name, shape in shapes.items() if find_sparkle(pasted(plain, shape, 0.6))]
    assert found == []
    assert find_sparkle(np.asarray(picture)) is None
    assert find_sparkle(np.full((512, 512, 3), 200, np.uint8)) is None


def test_no_star_in_real_pictures(corpus: Path) -> None:
    """Every eighth; `scripts/measure/sparkle.py` looks at all."""
    with (corpus / "images" / "manifest.tsv").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines, delimiter="\t") if r["label"] == "real"][::8]
    found = []
    for row in rows:
        with Image.open(corpus / "images" / row["path"]) as picture:
            if find_sparkle(np.asarray(picture.convert("RGB"))):
                found.append(row["path"])
    assert len(rows) > 100
    assert found == []


def test_a_found_star_is_a_trace_of_its_maker() -> None:
    pytest.importorskip("rapidocr")
    picture = photo()
    pixels = pasted(picture, outline(corner(picture, 24), 24), 0.5)
    _, (mark,) = MarkReader().read(Media("a", kind="image"), [Frame(pixels, None, 0)])
    assert (mark.kind, mark.vendor, mark.position) == ("vendor", "gemini", "bottom-right")
    assert not mark.conforming_wording
    said = declare(mark)
    assert (said.claim, said.tool) == ("ai-possible", "Google Gemini")
    assert "letters" not in said.evidence.en
