"""The same face and the same voice lie near, others far; without either there is no vector."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from detect.faces.detection import Face, FaceDetector
from detect.faces.identity import SIDE, FaceEncoder, aligned
from detect.models.manifest import load_manifest
from detect.voice.speaker import SpeakerEncoder

SAMPLES = Path(__file__).parents[2] / "samples"
Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def voices() -> SpeakerEncoder:
    return SpeakerEncoder(load_manifest())


def sound(name: str) -> npt.NDArray[np.float32]:
    resampler = av.AudioResampler("flt", "mono", 16_000)
    with av.open(str(SAMPLES / name)) as file:
        parts = [p.to_ndarray()[0] for f in file.decode(audio=0) for p in resampler.resample(f)]
    return np.concatenate(parts)


def portrait() -> Pixels:
    return np.asarray(Image.open(SAMPLES / PORTRAIT).convert("RGB"))


PORTRAIT = "camera-portrait.jpg"
HUMAN, MACHINE = "real-voice.ogg", "tts-voice.m4a"


def test_two_halves_of_one_voice_are_nearer_than_two_voices(voices: SpeakerEncoder) -> None:
    human, machine = sound(HUMAN), sound(MACHINE)
    middle = len(human) // 2
    first, second = voices.embed(human[:middle]), voices.embed(human[middle:])
    other = voices.embed(machine)
    assert first is not None and second is not None and other is not None
    assert first.shape == (256,)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    assert first @ second > first @ other + 0.1


def test_a_voice_print_does_not_depend_on_the_level(voices: SpeakerEncoder) -> None:
    human = sound(HUMAN)
    loud, quiet = voices.embed(human), voices.embed(human * np.float32(0.2))
    assert loud is not None and quiet is not None
    assert loud @ quiet > 0.98


@pytest.mark.parametrize("seconds", [0, 0.01, 1, 5])
def test_without_voice_there_is_no_voice_print(voices: SpeakerEncoder, seconds: float) -> None:
    silence = np.zeros(int(seconds * 16_000), np.float32)
    hum = np.sin(2 * np.pi * 120 * np.arange(len(silence)) / 16_000).astype(np.float32)
    assert voices.embed(silence) is None
    assert voices.embed(hum) is None


def test_a_face_is_found_where_it_is_and_recognised_turned_scaled_and_mirrored() -> None:
    detector, encoder = FaceDetector(load_manifest()), FaceEncoder(load_manifest())
    pixels = portrait()
    face = detector.find(pixels)[0]
    picture = Image.fromarray(pixels)
    turned = np.asarray(picture.rotate(15, Image.Resampling.BICUBIC, fillcolor=(90, 90, 90)))
    small = np.asarray(picture.resize((picture.width // 2, picture.height // 2)))
    original = encoder.embed(pixels, [face])[0]
    for changed in (turned, small, pixels[:, ::-1]):
        found = detector.find(changed)
        assert found
        distance = float(np.linalg.norm(encoder.embed(changed, found[:1])[0] - original))
        llr = encoder.calibration.llr(-distance)
        assert encoder.calibration.operating_points["default"].decide(llr) is True


def test_nothing_is_found_in_noise_and_in_the_smallest_picture() -> None:
    detector, encoder = FaceDetector(load_manifest()), FaceEncoder(load_manifest())
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    assert detector.find(noise) == ()
    assert detector.find(np.zeros((1, 1, 3), np.uint8)) == ()
    assert encoder.embed(noise, ()).shape == (0, 128)


def test_alignment_undoes_a_similarity() -> None:
    marks = ((60.0, 80.0), (100.0, 80.0), (80.0, 105.0), (63.0, 125.0), (97.0, 125.0))
    face = Face(0.9, (50.0, 50.0, 60.0, 90.0), marks)
    canvas = np.zeros((200, 200, 3), np.uint8)
    for (x, y), colour in zip(marks[:2], ((255, 0, 0), (0, 255, 0)), strict=True):
        canvas[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3] = colour
    found = aligned(canvas, face)
    assert found.shape == (SIDE, SIDE, 3)
    left = np.argwhere(found[..., 0] > 200).mean(axis=0)
    right = np.argwhere(found[..., 1] > 200).mean(axis=0)
    assert left[0] == pytest.approx(right[0], abs=2)
    assert (left[1] + right[1]) / 2 == pytest.approx(SIDE / 2, abs=3)


def test_a_face_beyond_the_edge_is_still_aligned() -> None:
    marks = ((-5.0, 1.0), (12.0, -4.0), (3.0, 8.0), (-2.0, 15.0), (10.0, 14.0))
    face = Face(0.9, (-10.0, -10.0, 30.0, 40.0), marks)
    assert aligned(np.full((16, 16, 3), 128, np.uint8), face).shape == (SIDE, SIDE, 3)
