"""Video: which frames are kept, and what survives of a damaged file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from detect.media.decode import Decoded
from detect.media.source import MediaError
from tests.media import make


def seconds(result: Decoded) -> float:
    return sum(frame.weight for frame in result.frames)


def sliding(number: int) -> make.Picture:
    """One restless shot: no two frames alike."""
    return np.ascontiguousarray(np.roll(make.scene(1), 3 * number, axis=1))


def test_one_shot_is_sampled_evenly(tmp_path: Path) -> None:
    result = make.decoded(make.video(tmp_path / "a.mp4", 200, sliding))
    media = result.media
    assert (media.kind, media.format, media.video_codec) == ("video", "mp4", "h264")
    assert (media.width, media.height, media.fps, media.frame_count) == (320, 180, 25.0, 200)
    assert media.duration == pytest.approx(8.0)
    assert result.notes == ()
    assert len(result.frames) == 16
    assert {f.shot for f in result.frames} == {0}
    assert seconds(result) == pytest.approx(8.0)
    times = [f.pts or 0.0 for f in result.frames]
    assert np.diff(times) == pytest.approx(0.5, abs=0.05)
    for frame in result.frames:
        assert frame.pts == pytest.approx(frame.index / 25)
        assert np.abs(frame.pixels.astype(int) - sliding(frame.index)).mean() < 8


@pytest.mark.parametrize(("profile", "wanted"), [("fast", 6), ("balanced", 16), ("thorough", 48)])
def test_the_profile_says_how_many(tmp_path: Path, profile: str, wanted: int) -> None:
    path = make.video(tmp_path / "a.mp4", 150, sliding)
    assert len(make.decoded(path, profile=profile).frames) == wanted


def test_every_shot_is_seen(tmp_path: Path) -> None:
    lengths = [60, 3, 80, 4, 5, 48]
    shots = [seed for seed, length in enumerate(lengths) for _ in range(length)]

    def cuts(number: int) -> make.Picture:
        return np.ascontiguousarray(np.roll(make.scene(shots[number]), number, axis=1))

    result = make.decoded(make.video(tmp_path / "a.mp4", len(shots), cuts), profile="fast")
    assert {shots[f.index] for f in result.frames} == set(range(6))
    assert [f.shot for f in result.frames] == [shots[f.index] for f in result.frames]
    assert seconds(result) == pytest.approx(len(shots) / 25)


def test_motion_is_not_a_cut(tmp_path: Path) -> None:
    def fast(number: int) -> make.Picture:
        return np.ascontiguousarray(np.roll(make.scene(1), 17 * number, axis=1))

    result = make.decoded(make.video(tmp_path / "a.mp4", 100, fast))
    assert {f.shot for f in result.frames} == {0}


def test_a_still_is_kept_once_and_stands_for_its_time(tmp_path: Path) -> None:
    order = [0] * 50 + [1] * 25 + [0] * 50
    result = make.decoded(make.video(tmp_path / "a.mp4", [make.scene(s) for s in order]))
    assert [order[f.index] for f in result.frames] == [0, 1]
    assert [f.weight for f in result.frames] == pytest.approx([4.0, 1.0])


def test_bars_are_cut_off(tmp_path: Path) -> None:
    def letterbox(number: int) -> make.Picture:
        picture = np.full((240, 320, 3), 16, np.uint8)
        picture[40:200, 32:288] = sliding(number)[:160, :256]
        return picture

    result = make.decoded(make.video(tmp_path / "a.mp4", 50, letterbox, crf="10"))
    assert (result.media.width, result.media.height) == (320, 240)
    height, width = result.frames[0].pixels.shape[:2]
    assert 156 <= height <= 160
    assert 252 <= width <= 256


def test_a_dark_picture_is_not_a_bar(tmp_path: Path) -> None:
    def night(number: int) -> make.Picture:
        picture = np.full((180, 320, 3), 12, np.uint8)
        picture[80:100, 150 + number % 9 : 170 + number % 9] = 220
        return picture

    result = make.decoded(make.video(tmp_path / "a.mp4", 50, night))
    assert result.frames[0].pixels.shape == (180, 320, 3)


def test_large_frames_are_reduced(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.mp4", 4, lambda i: make.scene(i, 1920, 1080))
    result = make.decoded(path)
    assert (result.media.width, result.media.height) == (1920, 1080)
    assert result.frames[0].pixels.shape == (432, 768, 3)


def test_rotation_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.set_display_rotation(90)
        for number in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(sliding(number), "rgb24")))
        container.mux(stream.encode())
    result = make.decoded(path)
    assert (result.media.width, result.media.height) == (180, 320)
    upright = np.rot90(sliding(0))
    assert np.abs(result.frames[0].pixels.astype(int) - upright).mean() < 8


def test_long_videos_are_sampled_by_seeking(tmp_path: Path) -> None:
    def slow(number: int) -> make.Picture:
        return sliding(number // 5 * 7)

    path = make.video(tmp_path / "a.mp4", 500, slow, g="25")
    result = make.decoded(path, max_decode_pixels=10_000_000)
    assert "sampled-by-seeking" in result.notes
    assert len(result.frames) == 16
    assert all(f.index % 25 == 0 for f in result.frames)
    assert seconds(result) == pytest.approx(20.0)
    assert result.media.frame_count == 500
    assert result.media.duration == pytest.approx(20.0, abs=0.1)


def test_without_key_frames_the_start_is_decoded(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.mp4", 300, sliding, g="1000", sc_threshold="0")
    result = make.decoded(path, max_decode_pixels=10_000_000)
    assert result.notes == ("partial",)
    assert len(result.frames) >= 8
    assert max(f.index for f in result.frames) < 50


def test_a_stream_of_unknown_length(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """Cannot be sought in, so that the writer can't go back and write the length."""

        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with av.open(pipe, "w", format="matroska") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(500):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(sliding(number), "rgb24")))
        container.mux(stream.encode())
    (tmp_path / "a.mkv").write_bytes(pipe.content)
    result = make.decoded(tmp_path / "a.mkv")
    assert result.media.duration == pytest.approx(20.0, abs=0.1)
    assert len(result.frames) == 16
    times = [f.pts or 0.0 for f in result.frames]
    assert times[0] < 1
    assert times[-1] > 17
    assert np.diff(times).max() < 2.6
    assert seconds(result) == pytest.approx(20.0, abs=0.1)


def test_time_counts_from_the_start_of_the_file(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.ts", 75, sliding)  # transport streams start at 1.4 s
    result = make.decoded(path)
    assert result.frames[0].pts == pytest.approx(0, abs=0.01)
    assert result.media.duration == pytest.approx(3.0, abs=0.05)


def test_a_clock_that_jumps_back_is_set_again(tmp_path: Path) -> None:
    first = make.video(tmp_path / "a.ts", 100, sliding, g="25").read_bytes()
    second = make.video(
        tmp_path / "c.ts", 100, lambda i: sliding(i)[::-1].copy(), g="25"
    ).read_bytes()
    (tmp_path / "b.ts").write_bytes(first + second)
    result = make.decoded(tmp_path / "b.ts")
    assert result.media.frame_count == 200
    assert result.media.duration == pytest.approx(8.0, abs=0.2)
    times = [f.pts or 0.0 for f in result.frames]
    assert times == sorted(times)
    assert sum(t > 4.2 for t in times) >= 6


def test_a_pass_that_takes_too_long_reports_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        """A second passes with every look at it."""

        now = 0.0

        def monotonic(self) -> float:
            self.now += 1
            return self.now

    path = make.video(tmp_path / "a.mp4", 200, sliding)
    monkeypatch.setattr("detect.media.video.time", Clock())
    result = make.decoded(path, timeout=400.0)
    assert result.notes == ("partial",)
    assert 60 <= result.frames[-1].index <= 100
    assert result.media.frame_count == 200
    with pytest.raises(MediaError) as caught:
        make.decoded(path, timeout=4.0)
    assert caught.value.status == "timed-out"


def test_damage_in_the_middle_costs_only_what_is_damaged(tmp_path: Path) -> None:
    content = bytearray(make.video(tmp_path / "a.ts", 250, sliding, g="25").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = b"\x47" + b"\0" * 3999
    (tmp_path / "b.ts").write_bytes(content)
    result = make.decoded(tmp_path / "b.ts")
    assert len(result.frames) >= 10
    assert (result.frames[-1].pts or 0) > 8


def test_a_cut_off_video_is_examined_as_far_as_it_goes(tmp_path: Path) -> None:
    content = make.video(tmp_path / "a.mkv", 250, sliding, g="25").read_bytes()
    (tmp_path / "b.mkv").write_bytes(content[: len(content) // 2])
    result = make.decoded(tmp_path / "b.mkv")
    assert len(result.frames) >= 6


def test_a_video_without_a_usable_frame(tmp_path: Path) -> None:
    content = bytearray(make.video(tmp_path / "a.mp4", 25, sliding).read_bytes())
    start = content.index(b"mdat") + 4
    end = content.index(b"moov") - 4
    content[start:end] = bytes(end - start)
    (tmp_path / "b.mp4").write_bytes(content)
    with pytest.raises(MediaError) as caught:
        make.decoded(tmp_path / "b.mp4")
    assert caught.value.status == "unreadable"
    assert caught.value.media is not None
    assert caught.value.media.kind == "video"


def test_large_frames_are_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.mp4", 3, sliding)
    with pytest.raises(MediaError, match=r"320 x 180 pixels.*max_pixels") as caught:
        make.decoded(path, max_pixels=320 * 180 - 1)
    assert caught.value.status == "too-large"


def test_nothing_is_fetched_and_nothing_else_is_read(tmp_path: Path) -> None:
    other = make.video(tmp_path / "a.mp4", 3, sliding)
    (tmp_path / "list.mp4").write_text(f"ffconcat version 1.0\nfile {other}\n")
    (tmp_path / "list.mp3").write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{other}\n")
    for name in ("list.mp4", "list.mp3"):
        with pytest.raises(MediaError) as caught:
            make.decoded(tmp_path / name)
        assert caught.value.status == "unsupported"


def test_the_result_does_not_depend_on_the_run(tmp_path: Path) -> None:
    path = make.video(tmp_path / "a.mp4", 100, sliding, sound="aac")
    first, second = make.decoded(path), make.decoded(path)
    assert first.media == second.media
    for one, two in zip(first.frames, second.frames, strict=True):
        assert (one.pts, one.weight, one.shot) == (two.pts, two.weight, two.shot)
        assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(first.audio[0].samples, second.audio[0].samples)
