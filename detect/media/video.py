"""Moving pictures, by FFmpeg: one pass that converts only the frames that are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from detect.core.media import Frame, Media
from detect.core.settings import Settings
from detect.media.container import packets, start_seconds, stated_seconds
from detect.media.image import FRAME_SIDE
from detect.media.sampling import THUMBNAIL, Sampler, crop_borders
from detect.media.source import MediaError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream

__all__ = ["read_video"]

LEAST_COST = 200_000
"""A frame costs at least as much as this many pixels, however small it is."""

THREADS = 2
THREADED_PIXELS = 9_000_000
"""Larger frames (above 4K) are decoded in one thread: each thread holds frames of its own."""

LONGEST_FRAME = 3600.0
"""Seconds: a clock that leaps further, or back, has been set anew in the middle of the file."""

LEAST_KEY_FRAMES = 4
"""Key frames that a file sampled by seeking must at least have; otherwise its start is decoded."""

FAILURES = 2000
"""Packets in a row that may fail to decode before the rest is given up."""


@dataclass(slots=True)
class _Pass:
    """What a pass over a stream adds up to."""

    frames: int = 0
    corrupt: int = 0
    failed: int = 0
    end: float = 0.0
    cut_short: bool = False


def read_video(
    container: InputContainer,
    stream: VideoStream,
    media: Media,
    settings: Settings,
    *,
    seconds: float,
) -> tuple[Media, tuple[Frame, ...], tuple[str, ...]]:
    """Samples a picture stream.

    Short streams are decoded in order, once. Streams that would take more than `max_decode_pixels`
    are sampled at key frames spread over their length instead (note `sampled-by-seeking`). Frames
    are reduced to `FRAME_SIDE`, turned upright, and bars are cut off. Broken packets are skipped
    (note `damaged`); what is decoded within the limits is the answer (note `partial`).

    Args:
        container: An open container, at its start.
        stream: Its picture stream.
        media: What is known about it.
        settings: `max_pixels`, `max_decode_pixels` and `frames` apply.
        seconds: Time the pass may take.

    Returns:
        The media with size, codec, rate and length; the frames; and notes.

    Raises:
        MediaError: `too-large` before anything is decoded, `unsupported` without a decoder for the
            codec, `unreadable` when no frame can be decoded.
    """
    context = stream.codec_context
    if context is None:
        raise MediaError("unsupported", "no decoder for the codec of the picture stream", media)
    width, height = context.width, context.height
    media = replace(media, width=width, height=height, video_codec=context.name)
    if width * height > settings.max_pixels:
        limit = f"more than max_pixels = {settings.max_pixels}"
        raise MediaError("too-large", f"{width} x {height} pixels, {limit}", media)
    large = width * height > THREADED_PIXELS
    context.thread_count = 1 if large else THREADS
    context.thread_type = "AUTO"

    deadline = time.monotonic() + seconds
    duration = _duration(container, stream)
    rate = float(stream.average_rate or stream.guessed_rate or 0) or None
    count = stream.frames or (int(duration * rate) if duration and rate else 0)
    cost = max(width * height, LEAST_COST)
    decoder = _Decoder(container, stream, rate, settings, deadline)
    sampler = Sampler(settings.frames)
    notes = set[str]()
    budget = settings.max_decode_pixels // cost
    if not duration or count <= budget:
        sampler = Sampler(settings.frames, duration)
        _in_order(decoder, sampler, budget)
    elif _by_seeking(decoder, sampler, duration, settings.frames):
        notes.add("sampled-by-seeking")
    else:
        decoder.rewind()
        sampler = Sampler(settings.frames)
        _in_order(decoder, sampler, budget)
    seen = decoder.seen
    frames = sampler.frames()
    if not frames and decoder.late():
        raise MediaError("timed-out", f"no frame was decoded in {seconds:g} seconds", media)
    if not frames:
        raise MediaError("unreadable", "no frame of the picture stream can be decoded", media)
    if seen.failed or seen.corrupt:
        notes.add("damaged")
    if seen.cut_short:
        notes.add("partial")
    if not notes and duration and seen.end < duration - max(2.0, 0.1 * duration):
        notes.add("ends-early")
    frames = crop_borders(frames)
    complete = not notes & {"sampled-by-seeking", "partial", "ends-early"}
    shown = decoder.shown or (width, height)
    media = replace(
        media,
        width=shown[0],
        height=shown[1],
        fps=rate,
        frame_count=seen.frames if complete else count or seen.frames,
        duration=seen.end if complete else max(duration or 0.0, seen.end),
    )
    return media, frames, tuple(sorted(notes))


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    """Seconds as the file claims them, None when it does not."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return stated_seconds(container)


def _in_order(decoder: _Decoder, sampler: Sampler, budget: int) -> None:
    for frame in decoder.decoded():
        decoder.offer(sampler, frame)
        if decoder.seen.frames >= budget:
            decoder.seen.cut_short = True
            return


def _by_seeking(decoder: _Decoder, sampler: Sampler, duration: float, wanted: int) -> bool:
    """One key frame for each of `wanted` equal stretches of time.

    Shots cannot be told apart at such distances: frames that differ like a cut count as one each.

    Returns:
        False when the file cannot be sought in, or has too few key frames to stand for it.
    """
    stretch = duration / wanted
    found = set[float]()
    for number in range(wanted):
        frame = decoder.key_frame_at((number + 0.5) * stretch)
        if frame is None:
            break
        found.add(decoder.pts(frame))
        decoder.offer(sampler, frame, shown=stretch)
    return len(found) >= min(wanted, LEAST_KEY_FRAMES)


class _Decoder:
    """Decodes one stream packet by packet and survives broken ones."""

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        rate: float | None,
        settings: Settings,
        deadline: float,
    ) -> None:
        from av.video.reformatter import VideoReformatter

        self.seen = _Pass()
        self.shown: tuple[int, int] | None = None
        self._container = container
        self._stream = stream
        self._start = start_seconds(container)
        self._usual = 1 / rate if rate else 0.04
        self._max_pixels = settings.max_pixels
        self._deadline = deadline
        self._last = 0.0
        self._shift = 0.0
        self._to_rgb: VideoReformatter = VideoReformatter()
        self._to_grey: VideoReformatter = VideoReformatter()

    def late(self) -> bool:
        """Whether the time for this pass is over."""
        return time.monotonic() > self._deadline

    def pts(self, frame: VideoFrame) -> float:
        """Seconds from the start of the file, as the file says."""
        return self.seen.end if frame.time is None else frame.time - self._start

    def steady_pts(self, frame: VideoFrame) -> float:
        """The same for a frame that follows the last one: clocks that jump are set again."""
        pts = self.pts(frame) + self._shift
        if not 0 <= pts - self._last <= LONGEST_FRAME:
            self._shift += self._last + self._usual - pts
            pts = self._last + self._usual
        self._last = pts
        return pts

    def decoded(self) -> Iterator[VideoFrame]:
        """Frames in order, without those that are known to be damaged."""
        import av

        failures = 0
        for packet in packets(self._container, self._stream):
            if packet is None:
                self.seen.failed += 1
            if packet is None or failures == FAILURES or self.late():
                self.seen.cut_short = True
                return
            try:
                frames = packet.decode()
            except MemoryError:
                raise
            except (av.FFmpegError, ValueError):
                self.seen.failed += 1
                failures += 1
                continue
            for frame in frames:
                failures = 0
                if frame.is_corrupt or frame.width * frame.height > self._max_pixels:
                    self.seen.corrupt += 1
                else:
                    self.seen.frames += 1
                    yield frame

    def key_frame_at(self, seconds: float) -> VideoFrame | None:
        """The key frame at or before a time, None when the file cannot be sought in."""
        import av

        base = self._stream.time_base
        if not base:
            return None
        try:
            self._container.seek(int((seconds + self._start) / base), stream=self._stream)
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError, OverflowError):
            return None
        return next(self.decoded(), None)

    def rewind(self) -> None:
        """Goes back to the first frame, as far as the file allows."""
        import av

        self.seen = _Pass()
        try:
            self._container.seek(0)
        except MemoryError:
            raise
        except av.FFmpegError:
            self.seen.cut_short = True

    def offer(self, sampler: Sampler, frame: VideoFrame, shown: float | None = None) -> None:
        """Hands a frame to the sampler.

        Args:
            sampler: Who chooses.
            frame: The next frame in order; or any frame, when `shown` is given.
            shown: Seconds that a frame found by seeking stands for.
        """
        seen = self.seen
        if shown is None:
            pts, index = self.steady_pts(frame), seen.frames - 1
            claimed = float(frame.duration * (frame.time_base or 0)) if frame.duration else 0.0
            shown = min(max(claimed or self._usual, 1e-3), 60.0)
            seen.end = max(seen.end, pts + shown)
        else:
            pts = self.pts(frame)
            index = max(0, round(pts / self._usual))
            seen.end = max(seen.end, pts + self._usual)
        sampler.offer(self._thumbnail(frame), pts, index, shown, self._renderer(frame))

    def _thumbnail(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        width, height = THUMBNAIL
        small = self._to_grey.reformat(frame, width, height, "gray", interpolation="AREA")
        grey: Any = small.to_ndarray()
        return cast("npt.NDArray[np.uint8]", grey)

    def _renderer(self, frame: VideoFrame) -> Callable[[], npt.NDArray[np.uint8]]:
        def render() -> npt.NDArray[np.uint8]:
            import numpy as np

            width, height = self._display_size(frame)
            scale = min(1.0, FRAME_SIDE / max(width, height))
            pixels: Any = self._to_rgb.reformat(
                frame,
                max(1, round(width * scale)),
                max(1, round(height * scale)),
                "rgb24",
                interpolation="BICUBIC",
            ).to_ndarray()
            turns = frame.rotation // 90 % 4
            if self.shown is None:
                self.shown = (height, width) if turns % 2 else (width, height)
            return np.ascontiguousarray(np.rot90(pixels, turns))

        return render

    def _display_size(self, frame: VideoFrame) -> tuple[int, int]:
        """Size with square pixels."""
        ratio = float(self._stream.sample_aspect_ratio or 1)
        if not 1 / 3 <= ratio <= 3:
            ratio = 1.0
        return max(1, round(frame.width * ratio)), frame.height
