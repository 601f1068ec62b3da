"""The person of the references is told from others, and absence is no answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from detect.cli.compare import compare as command
from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.pipeline.comparison import Comparison, compare
from detect.pipeline.people import gather

SAMPLES = Path(__file__).parents[2] / "samples"
GENUINE = [str(SAMPLES / "real-voice-short.ogg"), str(SAMPLES / "camera-portrait.jpg")]


@pytest.fixture(scope="module")
def rows() -> dict[str, Comparison]:
    names = (
        "real-voice.ogg",
        "tts-voice.m4a",
        "camera-portrait.jpg",
        "camera-temple.jpg",
        "broken.jpg",
    )
    found = compare([str(SAMPLES / name) for name in names], GENUINE, Settings(workers=1))
    return {Path(row.media.path).name: row for row in found}


def test_the_same_voice_and_the_same_face(rows: dict[str, Comparison]) -> None:
    assert rows["real-voice.ogg"].voice.answer == "same"
    assert rows["camera-portrait.jpg"].face.answer == "same"


def test_another_voice(rows: dict[str, Comparison]) -> None:
    assert rows["tts-voice.m4a"].voice.answer == "different"


def test_no_face_and_no_voice_are_no_answer(rows: dict[str, Comparison]) -> None:
    assert (rows["camera-temple.jpg"].face.answer, rows["camera-temple.jpg"].face.reason) == (
        None,
        "no-face",
    )
    assert rows["camera-portrait.jpg"].voice.reason == "no-voice"
    assert rows["broken.jpg"].status == "unreadable"


def test_no_vector_is_in_the_answer(rows: dict[str, Comparison]) -> None:
    text = json.dumps(rows["real-voice.ogg"].to_dict())
    assert "vector" not in text and len(text) < 3000


def test_biometrics_off_means_off() -> None:
    with pytest.raises(ConfigurationError, match="switched off"):
        next(compare(["x"], GENUINE, Settings(biometrics=False)))


def test_references_without_a_person_are_wrong_usage() -> None:
    with pytest.raises(ConfigurationError, match="no face and no voice"):
        next(compare(GENUINE, [str(SAMPLES / "silence.wav")], Settings(workers=1)))


def test_command_prints_json_and_says_what_could_not_be_read() -> None:
    arguments = [str(SAMPLES / "broken.jpg"), "--reference", GENUINE[1], "--json"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert json.loads(result.output)[0]["status"] == "unreadable"
    assert result.return_value == 3


def test_gathering_keeps_persons_apart() -> None:
    rng = np.random.default_rng(0)
    centres = np.eye(3, 8, dtype=np.float32)
    vectors = [
        (centres[i % 3] + rng.normal(0, 0.05, 8)).astype(np.float32) for i in (0, 1, 0, 2, 0, 1)
    ]
    assert gather(vectors) == [[0, 2, 4], [1, 5], [3]]
    assert gather([]) == []
