"""Channels as one: nothing that both ears hear is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from detect.media.audio import RATE
from detect.media.downmix import LOUDEST, Downmix, bounded
from tests.media import make

RNG = np.random.default_rng(0)
VOICE, OTHER = (RNG.standard_normal(RATE).astype(np.float32) * 0.1 for _ in range(2))
Samples = npt.NDArray[np.float32]


def downmix(*channels: Samples) -> Samples:
    return Downmix()(np.stack(channels))


def likeness(one: Samples, two: Samples) -> float:
    """Correlation, whatever the sign, without the fade at the start."""
    return abs(float(np.corrcoef(one[1000:], two[1000:])[0, 1]))


def test_channels_are_averaged() -> None:
    np.testing.assert_allclose(downmix(VOICE, VOICE), VOICE, rtol=1e-6)
    np.testing.assert_allclose(downmix(VOICE, OTHER), (VOICE + OTHER) / 2, rtol=1e-6)
    np.testing.assert_allclose(downmix(VOICE), VOICE)


@pytest.mark.parametrize("channels", [2, 6])
def test_sound_in_one_channel_alone_is_heard(channels: int) -> None:
    planes = np.zeros((channels, RATE), np.float32)
    planes[1] = VOICE
    np.testing.assert_allclose(Downmix()(planes), VOICE / channels, rtol=1e-6)


@pytest.mark.parametrize("mask", [0.0, 0.07, 0.5, 0.8])
def test_a_voice_in_opposite_phase_does_not_hide_behind_one_in_phase(mask: float) -> None:
    assert likeness(downmix(VOICE + mask * OTHER, mask * OTHER - VOICE), VOICE) > 0.75


def test_what_is_heard_changes_rarely_and_without_a_step() -> None:
    time = np.arange(40 * 8192) / RATE
    voice = np.float32(0.3 * np.sin(2 * np.pi * 150 * time))
    faint = np.float32(0.02 * np.sin(2 * np.pi * 110 * time))
    planes = np.stack([voice + faint, faint - voice])
    planes[:, : 10 * 8192] = faint[: 10 * 8192]
    mixer = Downmix()
    parts = [mixer(planes[:, start : start + 8192]) for start in range(0, len(time), 8192)]
    steps = np.abs(np.diff(np.concatenate(parts)))
    assert steps.max() < 0.03


def test_spikes_and_what_is_no_number_do_not_drown_a_voice() -> None:
    broken = VOICE.copy()
    broken[::1000] = np.resize(np.float32([np.nan, np.inf, -np.inf, 1e38, -1e30]), 16)
    assert np.abs(bounded(broken)).max() < 1.5
    assert likeness(bounded(broken), VOICE) > 0.9
    loud = 8 * VOICE
    np.testing.assert_allclose(bounded(loud), loud)
    assert np.abs(bounded(np.full(100, 1e30, np.float32))).max() == LOUDEST
    assert downmix(np.zeros(0, np.float32), np.zeros(0, np.float32)).tolist() == []


@pytest.mark.parametrize(
    ("name", "codec"), [("a.wav", "pcm_s16le"), ("a.mp3", "libmp3lame"), ("a.m4a", "aac")]
)
def test_opposite_channels_of_a_file(tmp_path: Path, name: str, codec: str) -> None:
    tone = make.tone(2, 44_100)
    path = make.audio(tmp_path / name, np.stack([tone, -tone]), rate=44_100, codec=codec)
    (clip,) = make.decoded(path).audio
    assert 0.4 < np.abs(clip.samples[RATE // 2 : RATE]).max() < 0.6


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("a.wav", "pcm_s16le", "7.1"),
        ("a.m4a", "aac", "7.1"),
        ("a.wav", "pcm_s16le", "hexadecagonal"),
    ],
)
def test_many_channels(tmp_path: Path, name: str, codec: str, layout: str) -> None:
    path = make.audio(
        tmp_path / name, make.tone(2, 48_000), rate=48_000, codec=codec, layout=layout
    )
    (clip,) = make.decoded(path).audio
    assert clip.seconds == pytest.approx(2.0, abs=0.1)
    assert 0.4 < np.abs(clip.samples[RATE // 2 : RATE]).max() < 0.6


def test_sound_that_changes_its_form_on_the_way_is_heard_to_its_end(tmp_path: Path) -> None:
    content = b""
    for rate, layout in ((16_000, "mono"), (44_100, "stereo")):
        path = make.audio(
            tmp_path / "a.aac", make.tone(3, rate), rate=rate, codec="aac", layout=layout
        )
        content += path.read_bytes()
    path.write_bytes(content)
    result = make.decoded(path)
    assert sum(clip.seconds for clip in result.audio) == pytest.approx(6, abs=0.3)
    assert result.media.duration == pytest.approx(6, abs=0.3)


def test_where_the_chosen_track_cannot_be_decoded_the_next_one_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        streams: list[Any] = [
            container.add_stream(codec, rate=16_000, layout="mono")
            for codec in ("flac", "pcm_s16le")
        ]
        samples = (make.tone(2, 16_000) * 32767).astype(np.int16).reshape(1, -1)
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.rate, frame.pts = 16_000, 0
            resampler = av.AudioResampler(
                stream.format, "mono", 16_000, stream.codec_context.frame_size or 1024
            )
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(stream.encode(part))
            container.mux(stream.encode())
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"A_NONE"))
    result = make.decoded(path)
    assert "other-sound-tracks" in result.notes
    assert result.audio[0].seconds == pytest.approx(2, abs=0.1)
