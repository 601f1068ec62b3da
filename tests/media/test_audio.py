"""Sound: 16 kHz mono, whatever it was."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from detect.media.audio import RATE
from detect.media.source import MediaError
from tests.media import make

FORMATS = [
    ("a.wav", "pcm_s16le", 44_100, "stereo"),
    ("b.wav", "pcm_f32le", 48_000, "mono"),
    ("a.flac", "flac", 96_000, "stereo"),
    ("a.mp3", "libmp3lame", 44_100, "stereo"),
    ("a.m4a", "aac", 48_000, "5.1"),
    ("a.aac", "aac", 32_000, "mono"),
    ("a.ogg", "libopus", 48_000, "stereo"),
    ("a.webm", "libopus", 48_000, "mono"),
    ("c.wav", "pcm_s16le", 8_000, "mono"),
]


def loudest(samples: Any) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()])


@pytest.mark.parametrize(("name", "codec", "rate", "layout"), FORMATS)
def test_every_format_gives_the_tone(
    tmp_path: Path, name: str, codec: str, rate: int, layout: str
) -> None:
    path = make.audio(tmp_path / name, make.tone(2, rate), rate=rate, codec=codec, layout=layout)
    result = make.decoded(path)
    (clip,) = result.audio
    assert result.media.kind == "audio"
    assert result.frames == ()
    assert (clip.rate, clip.samples.dtype) == (RATE, np.float32)
    assert clip.seconds == pytest.approx(2.0, abs=0.1)
    assert clip.start == pytest.approx(0.0, abs=0.06)
    assert loudest(clip.samples) == pytest.approx(440, abs=2)
    assert 0.4 < np.abs(clip.samples[RATE : RATE + 8000]).max() < 0.6
    assert result.media.audio_rate == rate
    assert result.media.audio_channels == {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    assert result.media.duration == pytest.approx(2.0, abs=0.1)


def test_the_sound_of_a_video(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.mp4", [make.scene(1)] * 50, sound="aac", seconds=3.0)
    result = make.decoded(path)
    assert result.media.kind == "video"
    assert result.media.audio_codec == "aac"
    assert result.audio[0].seconds == pytest.approx(3.0, abs=0.1)
    assert loudest(result.audio[0].samples) == pytest.approx(440, abs=2)
    assert result.media.duration == pytest.approx(3.0, abs=0.1)


def test_a_video_container_with_sound_alone_is_audio(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "a.mp4", make.tone(1, 44_100), rate=44_100, codec="aac")
    assert make.decoded(path).media.kind == "audio"


def test_a_cover_is_not_a_video(tmp_path: Path) -> None:
    from PIL import Image

    cover = io.BytesIO()
    Image.fromarray(make.scene(1)).save(cover, "JPEG")
    picture = b"\0image/jpeg\0\x03\0" + cover.getvalue()
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    size = len(frame)
    tag = b"ID3\x03\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + frame
    path = make.audio(tmp_path / "a.mp3", make.tone(1, 44_100), rate=44_100, codec="libmp3lame")
    content = path.read_bytes()
    path.write_bytes(tag + content[content.index(b"\xff\xfb") :])
    result = make.decoded(path)
    assert (result.media.kind, result.media.format) == ("audio", "mp3")
    assert result.frames == ()
    assert loudest(result.audio[0].samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_s16le", 8_000),
        ("a.flac", "flac", 16_000),
        ("a.mp3", "libmp3lame", 16_000),
        ("a.m4a", "aac", 16_000),
        ("a.ogg", "libopus", 16_000),
    ],
)
@pytest.mark.parametrize(("seconds", "limit"), [(90, 20.0), (12, 5.6)])
def test_of_long_sound_stretches_all_over_it_are_heard(
    tmp_path: Path, name: str, codec: str, rate: int, seconds: int, limit: float
) -> None:
    pitch = 300 + 30 * np.arange(seconds * rate) / rate  # tells the time to a third of a second
    tones = 0.5 * np.sin(2 * np.pi * np.cumsum(pitch) / rate)
    path = make.audio(tmp_path / name, tones, rate=rate, codec=codec, layout="mono")
    result = make.decoded(path, max_audio_seconds=limit)
    assert result.notes == ("audio-sampled",)
    assert result.media.duration == pytest.approx(seconds, abs=1)
    assert limit / 2 < sum(clip.seconds for clip in result.audio) <= limit
    assert result.audio[-1].start > seconds / 2
    for clip in result.audio:
        assert clip.seconds > limit / 4 - 0.1 or clip.start >= seconds  # an encoder may pad
        for second in np.arange(0.25, clip.seconds - 0.5, 0.5):
            tone = loudest(clip.samples[int(second * RATE) :][: RATE // 4])
            assert tone == pytest.approx(300 + 30 * (clip.start + second + 0.125), abs=10)


def test_the_length_of_sound_that_declares_none(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "a.aac", make.tone(60, 16_000), rate=16_000, codec="aac")
    result = make.decoded(path, max_audio_seconds=8.0)
    assert result.media.duration == pytest.approx(60, abs=3)


def seconds_at(path: Path, times: Iterable[int]) -> Path:
    """A tone for a second at each of these times."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        samples = (make.tone(1, 16_000) * 32767).astype(np.int16).reshape(1, -1)
        for second in times:
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.rate, frame.pts = 16_000, second * 16_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_sound_with_times_made_to_be_kept_is_cut_at_the_limit(tmp_path: Path) -> None:
    # Multiples of a Fibonacci number of stretches (of 1 s here) are the last ones to be left out.
    path = seconds_at(tmp_path / "a.mkv", (10_946 * k for k in range(9)))
    result = make.decoded(path, max_audio_seconds=4.0)
    assert "audio-truncated" in result.notes
    assert 3 <= sum(clip.seconds for clip in result.audio) <= 4


def test_a_gap_starts_a_new_clip(tmp_path: Path) -> None:
    first, second = make.decoded(seconds_at(tmp_path / "a.mkv", (0, 1, 5))).audio
    assert (first.start, first.seconds) == (0.0, pytest.approx(2.0))
    assert (second.start, second.seconds) == (pytest.approx(5.0), pytest.approx(1.0))


def test_a_raw_stream_is_as_long_as_what_was_decoded(tmp_path: Path) -> None:
    quiet = np.concatenate([np.zeros(20 * 16_000, np.float32), make.tone(5, 16_000)])
    path = make.audio(tmp_path / "a.aac", quiet, rate=16_000, codec="aac", layout="mono")
    result = make.decoded(path)
    assert result.notes == ()
    assert result.media.duration == pytest.approx(25, abs=0.2)


def test_a_recording_that_starts_late_is_as_long_as_its_sound(tmp_path: Path) -> None:
    result = make.decoded(seconds_at(tmp_path / "a.mkv", (30, 31, 32)))
    assert result.notes == ()
    assert result.media.duration == pytest.approx(3, abs=0.1)
    assert [clip.start for clip in result.audio] == [0.0]


def test_a_file_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "a.wav", make.tone(20, 16_000), rate=16_000, codec="pcm_s16le")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    result = make.decoded(path)
    assert result.notes == ("ends-early",)
    assert result.media.duration == pytest.approx(20, abs=0.2)


def test_a_stream_of_unknown_size_is_not_cut_off(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "a.wav", make.tone(3, 16_000), rate=16_000, codec="pcm_s16le")
    content = bytearray(path.read_bytes())
    place = content.index(b"data") + 4
    content[4:8] = content[place : place + 4] = b"\xff" * 4
    path.write_bytes(content)
    result = make.decoded(path)
    assert result.notes == ()
    assert result.media.duration == pytest.approx(3, abs=0.1)


def test_of_several_tracks_the_one_that_players_choose_is_heard(tmp_path: Path) -> None:
    from av.stream import Disposition

    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        streams: list[Any] = [
            container.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(2)
        ]
        streams[0].disposition, streams[1].disposition = Disposition(0), Disposition.default
        for number, stream in enumerate(streams):
            samples = (make.tone(2, 16_000) * 32767 * number).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.rate, frame.pts = 16_000, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode())
    result = make.decoded(path)
    assert result.notes == ("other-sound-tracks",)
    assert loudest(result.audio[0].samples) == pytest.approx(440, abs=2)


def test_broken_packets_are_skipped(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "a.mp3", make.tone(4, 44_100), rate=44_100, codec="libmp3lame")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = b"\xaa" * 3000
    path.write_bytes(content)
    result = make.decoded(path)
    assert sum(c.seconds for c in result.audio) > 3


def test_sound_that_is_none(tmp_path: Path) -> None:
    path = make.audio(tmp_path / "a.wav", make.tone(1, 16_000), rate=16_000, codec="pcm_s16le")
    path.write_bytes(path.read_bytes()[:44])
    with pytest.raises(MediaError) as caught:
        make.decoded(path)
    assert caught.value.status == "unreadable"
