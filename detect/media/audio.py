"""Sound, by FFmpeg: 16 kHz mono, decoded into one buffer that grows with what is there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detect.core.media import AudioClip, Media
from detect.core.settings import Settings
from detect.media.container import start_seconds
from detect.media.source import MediaError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["RATE", "read_audio"]

RATE = 16_000
"""Samples a second that every detector gets."""

GAP = 1.0
"""Seconds without samples that start a new clip."""

CHUNK = 8192
"""Samples that leave the resampler at a time."""

FAILURES = 2000
"""Packets in a row that may fail to decode before the rest is given up."""


def read_audio(
    container: InputContainer,
    stream: AudioStream,
    media: Media,
    settings: Settings,
    *,
    seconds: float,
) -> tuple[Media, tuple[AudioClip, ...], tuple[str, ...]]:
    """Decodes a sound stream to mono at `RATE`.

    Channels are averaged by FFmpeg with 16-bit samples, where the sum cannot clip. Broken packets
    are skipped (note `damaged`).

    Args:
        container: An open container, at its start.
        stream: Its sound stream.
        media: What is known about it.
        settings: `max_audio_seconds` applies (note `audio-truncated`).
        seconds: Time the pass may take (note `partial`).

    Returns:
        The media with codec, rate and channels of the original; clips, one for each stretch
        without a gap; and notes.

    Raises:
        MediaError: `unsupported` without a decoder for the codec, `unreadable` when nothing can be
            decoded.
    """
    context = stream.codec_context
    if context is None:
        raise MediaError("unsupported", "no decoder for the codec of the sound stream", media)
    media = replace(
        media,
        audio_codec=context.name,
        audio_rate=context.sample_rate or None,
        audio_channels=context.channels or None,
    )
    notes = set[str]()
    decoded = _decoded(container, stream, time.monotonic() + seconds, notes)
    tape = _Tape(int(settings.max_audio_seconds * RATE))
    start, end = start_seconds(container), None
    resampler: Any = None
    for frame in decoded:
        at = frame.time - start if frame.time is not None else end
        if resampler is None or (at is not None and end is not None and at > end + GAP):
            _drain(resampler, tape)
            tape.new_clip(at or 0.0)
            resampler = _resampler()
        if not _feed(resampler, frame, tape):
            notes.add("damaged")
        end = (at or 0.0) + frame.samples / max(frame.sample_rate, 1)
        if tape.full:
            notes.add("audio-truncated")
            break
    else:
        _drain(resampler, tape)
    clips = tape.clips()
    if not clips:
        raise MediaError("unreadable", "nothing of the sound can be decoded", media)
    duration = _duration(container, clips)
    heard = clips[-1].start + clips[-1].seconds
    if not notes and heard < duration - max(2.0, 0.1 * duration):
        notes.add("ends-early")
    return replace(media, duration=duration), clips, tuple(sorted(notes))


def _duration(container: InputContainer, clips: tuple[AudioClip, ...]) -> float:
    """Seconds: what was decoded, or what the file claims where decoding stopped early."""
    decoded = clips[-1].start + clips[-1].seconds
    return max(decoded, container.duration / 1e6 if container.duration else 0.0)


def _decoded(
    container: InputContainer, stream: AudioStream, deadline: float, notes: set[str]
) -> Iterator[AudioFrame]:
    import av

    failures = 0
    packets = container.demux(stream)
    while failures < FAILURES:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError, OSError):
            notes.add("damaged")
            return
        if time.monotonic() > deadline:
            notes.add("partial")
            return
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            notes.add("damaged")
            failures += 1
            continue
        for frame in frames:
            failures = 0
            yield frame


def _resampler() -> Any:
    from av import AudioResampler

    return AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=CHUNK)


def _feed(resampler: Any, frame: AudioFrame | None, tape: _Tape) -> bool:
    """Sends a frame (None: the end) through the resampler; False when it refuses the frame."""
    import av

    try:
        if frame is not None:
            frame.pts = None  # the clip knows its start; broken times must not disturb the filter
        for part in resampler.resample(frame):
            tape.append(part.to_ndarray()[0])
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        return False
    return True


def _drain(resampler: Any, tape: _Tape) -> None:
    if resampler is not None:
        _feed(resampler, None, tape)


class _Tape:
    """Samples in one float32 buffer that is enlarged in place, and where its clips begin."""

    def __init__(self, limit: int) -> None:
        import numpy as np

        self._limit = limit
        self._samples: npt.NDArray[np.float32] = np.empty(min(limit, 60 * RATE), np.float32)
        self._used = 0
        self._starts: list[tuple[int, float]] = []

    @property
    def full(self) -> bool:
        return self._used >= self._limit

    def new_clip(self, seconds: float) -> None:
        self._starts.append((self._used, seconds))

    def append(self, samples: npt.NDArray[np.int16]) -> None:
        samples = samples[: self._limit - self._used]
        end = self._used + samples.shape[0]
        if end > self._samples.shape[0]:
            self._samples.resize(min(self._limit, 2 * end), refcheck=False)
        self._samples[self._used : end] = samples
        self._samples[self._used : end] /= 32768.0
        self._used = end

    def clips(self) -> tuple[AudioClip, ...]:
        bounds = [*(place for place, _ in self._starts), self._used]
        return tuple(
            AudioClip(self._samples[place:end], RATE, max(0.0, seconds))
            for (place, seconds), end in zip(self._starts, bounds[1:], strict=True)
            if end > place
        )
