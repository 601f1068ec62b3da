"""The largest face is a picture of its own: found once, cut square, forgotten with its picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detect.faces.detection import FaceDetector
from detect.models.manifest import Manifest, load_manifest
from detect.picture.face_view import LEAST, FaceViews, square_around

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest()


def portrait() -> np.ndarray:
    with Image.open(SAMPLES / "camera-portrait.jpg") as picture:
        return np.asarray(picture.convert("RGB"))


def test_the_largest_face_is_cut_out_and_forgotten_with_its_picture(manifest: Manifest) -> None:
    views, pixels = FaceViews(manifest), portrait()
    face = views.of(pixels)
    assert face is not None
    assert face.shape[0] == pytest.approx(face.shape[1], abs=1)
    assert LEAST <= min(face.shape[:2]) <= min(pixels.shape[:2])
    assert views.of(pixels) is face
    del pixels, face
    assert not views._known


def test_a_face_that_is_too_small_is_none(manifest: Manifest) -> None:
    pixels = portrait()
    boxes = FaceDetector(manifest).find(pixels)
    factor = (LEAST - 6) / max(min(face.box[2:]) for face in boxes)
    small = Image.fromarray(pixels)
    small = small.resize((round(small.width * factor), round(small.height * factor)))
    assert FaceViews(manifest).of(np.asarray(small).copy()) is None


@pytest.mark.parametrize("box", [(0, 0, 50, 60), (350, 250, 60, 60), (100, 100, 900, 900)])
def test_the_square_lies_within_the_picture(box: tuple[float, float, float, float]) -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    square = square_around(pixels, box)
    assert square.shape[0] == square.shape[1]
    assert square.shape[0] == min(300, round(1.5 * max(box[2:])))
    assert square.base is None
