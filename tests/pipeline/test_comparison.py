"""The person of the references is told from others, and absence is no answer."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import av
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


RATE = 16_000


def decoded(name: str) -> np.ndarray:
    """A sample's sound: float32, shape (n,), mono at 16 kHz."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(SAMPLES / name)) as container:
        parts = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(parts).astype(np.float32)


def write(path: Path, samples: np.ndarray) -> str:
    """A WAV file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((32767 * samples.clip(-1, 1)).astype("<i2").tobytes())
    return str(path)


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


def test_references_that_hold_nobody_or_two_voices_are_named() -> None:
    said: list[str] = []
    names = ("real-voice.ogg", "tts-voice.m4a", "silence.wav")
    references = [str(SAMPLES / name) for name in names]
    next(compare(references[:1], references, Settings(workers=1), notice=said.append))
    nobody, differ, itself = said
    assert "silence.wav: no face and no voice was found" in nobody
    assert "real-voice.ogg" in differ and "tts-voice.m4a differ" in differ
    assert "real-voice.ogg is the reference" in itself


def test_references_without_a_person_are_wrong_usage() -> None:
    with pytest.raises(ConfigurationError, match="no face and no voice"):
        next(compare(GENUINE, [str(SAMPLES / "silence.wav")], Settings(workers=1)))


def test_command_prints_json_and_says_what_could_not_be_read() -> None:
    arguments = [str(SAMPLES / "broken.jpg"), "--reference", GENUINE[1], "--json"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert json.loads(result.output)[0]["status"] == "unreadable"
    assert result.return_value == 3


def test_too_little_voice_is_told_from_none(tmp_path: Path) -> None:
    samples = decoded("real-voice.ogg")
    short = write(tmp_path / "short.wav", samples[: int(1.5 * RATE)])
    noise = np.random.default_rng(1).normal(0, 0.05, 4 * RATE).astype(np.float32)
    wordless = write(tmp_path / "noise.wav", noise)
    found = list(compare([short, wordless], GENUINE[:1], Settings(workers=1)))
    assert [row.voice.llr for row in found] == [None, None]
    assert [row.voice.reason for row in found] == ["too-little-voice", "no-voice"]


def test_a_second_speaker_shows_in_the_parts_and_on_the_terminal(tmp_path: Path) -> None:
    known, other = decoded("real-voice.ogg")[: 6 * RATE], decoded("tts-voice.m4a")[: 6 * RATE]
    path = write(tmp_path / "[b]two\x1b.wav", np.concatenate([known, other]))
    (row,) = compare([path], GENUINE[:1], Settings(workers=1))
    assert [(part.start, part.answer) for part in row.voice.parts] == [
        (0.0, "same"),
        (6.0, "different"),
    ]
    assert row.voice.seconds == pytest.approx(12, abs=0.1)
    arguments = [path, "--reference", GENUINE[0], "--workers", "1"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.return_value == 0
    assert "12 s of 12 s" in result.output
    assert "same 0:00–0:06" in result.output and "different 0:06–0:12" in result.output
    assert "\x1b" not in result.output and "[b]" in result.output


def test_switched_off_on_the_command_line() -> None:
    with pytest.raises(ConfigurationError, match="switched off"):
        CliRunner().invoke(
            command,
            ["x", "--reference", GENUINE[0], "--no-biometrics"],
            standalone_mode=False,
            catch_exceptions=False,
        )


def test_gathering_keeps_persons_apart() -> None:
    rng = np.random.default_rng(0)
    centres = np.eye(3, 8, dtype=np.float32)
    vectors = [
        (centres[i % 3] + rng.normal(0, 0.05, 8)).astype(np.float32) for i in (0, 1, 0, 2, 0, 1)
    ]
    assert gather(vectors) == [[0, 2, 4], [1, 5], [3]]
    assert gather([]) == []
