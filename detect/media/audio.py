"""Sound, by FFmpeg: 16 kHz mono, from all over the file where it is too long for all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detect.core.media import AudioClip, Media
from detect.core.settings import Settings
from detect.media.container import packets, start_seconds
from detect.media.downmix import Downmix
from detect.media.source import MediaError
from detect.media.tape import RATE, Tape

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

__all__ = ["RATE", "read_audio"]

GAP = 1.0
"""Seconds without samples that start a new clip."""

BEFORE = 0.5
"""Seconds that are decoded ahead of what is kept: codecs need some packets to find their feet."""

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
    stated: float | None = None,
) -> tuple[Media, tuple[AudioClip, ...], tuple[str, ...]]:
    """Decodes a sound stream to mono at `RATE`.

    Channels are averaged where they do not cancel each other (`detect.media.downmix`). Broken
    packets are skipped (note `damaged`).

    Args:
        container: An open container, at its start.
        stream: Its sound stream.
        media: What is known about it.
        settings: Of more than `max_audio_seconds`, as much is kept, in stretches all over it (note
            `audio-sampled`), or from its start alone where its times make no sense (note
            `audio-truncated`).
        seconds: Time the pass may take (note `partial`).
        stated: How long the file says it is, in seconds (note `ends-early`).

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
    tape = Tape(settings.max_audio_seconds)
    sound = _Sound(container, stream, tape, time.monotonic() + seconds, notes)
    end: float | None = None
    resampler: _Resampler | None = None
    for frame in sound.frames():
        if frame is None:
            if resampler:
                resampler.drain()
            resampler = None
            continue
        at = frame.time - sound.start if frame.time is not None else end
        if resampler is None or (at is not None and end is not None and at > end + GAP):
            if resampler:
                resampler.drain()
            tape.new_clip(at or 0.0)
            resampler = _Resampler(tape)
        if not resampler.feed(frame):
            notes.add("damaged")
        end = (at or 0.0) + frame.samples / max(frame.sample_rate, 1)
        if tape.full:
            break
    else:
        if resampler:
            resampler.drain()
    if tape.thinned:
        notes.add("audio-truncated" if tape.full else "audio-sampled")
    clips = tape.clips()
    if not clips:
        raise MediaError("unreadable", "nothing of the sound can be decoded", media)
    heard = max(clips[-1].start + clips[-1].seconds, sound.end)
    duration = max(heard, stated or 0.0)
    if notes <= {"audio-sampled"} and heard < duration - max(2.0, 0.1 * duration):
        notes.add("ends-early")
    return replace(media, duration=duration), clips, tuple(sorted(notes))


class _Sound:
    """A sound stream, without the packets whose sound would not be kept.

    Attributes:
        start: The time that counts as 0, in the stream's own.
        end: Seconds at which the last packet that was left out ends.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: AudioStream,
        tape: Tape,
        deadline: float,
        notes: set[str],
    ) -> None:
        self._container, self._stream, self._tape = container, stream, tape
        self._deadline, self._notes = deadline, notes
        self.start, self.end = start_seconds(container), 0.0

    def frames(self) -> Iterator[AudioFrame | None]:
        """Decoded sound, None where packets were left out.

        Stops at the deadline or where the file is too broken to go on.
        """
        import av

        failures, skipped = 0, False
        for packet in packets(self._container, self._stream):
            if packet is None or failures == FAILURES:
                self._notes.add("damaged")
                return
            if time.monotonic() > self._deadline:
                self._notes.add("partial")
                return
            if self._skips(packet):
                skipped = True
                continue
            if skipped:
                self._stream.codec_context.flush_buffers()
                skipped = False
                yield None
            try:
                frames = packet.decode()
            except MemoryError:
                raise
            except (av.FFmpegError, ValueError):
                self._notes.add("damaged")
                failures += 1
                continue
            for frame in frames:
                failures = 0
                yield frame

    def _skips(self, packet: Packet[AudioStream]) -> bool:
        if not self._tape.thinned or packet.pts is None or packet.time_base is None:
            return False
        at = float(packet.pts * packet.time_base) - self.start
        if self._tape.wants(at) or self._tape.wants(at + BEFORE):
            return False
        self.end = max(self.end, at + float((packet.duration or 0) * packet.time_base))
        return True


class _Resampler:
    """Frames of one clip onto the tape: at `RATE`, as one channel, whatever each frame is."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._form: tuple[str, int, str] | None = None
        self._resampler: Any = None
        self._downmix = Downmix()

    def feed(self, frame: AudioFrame) -> bool:
        """Adds a frame; False when it is refused."""
        from av import AudioResampler

        form = frame.layout.name, frame.sample_rate, frame.format.name
        if form != self._form:
            self.drain()
            self._form, self._downmix = form, Downmix()
            # Packed: PyAV cannot take frames of more than seven planes apart.
            self._resampler = AudioResampler(format="flt", rate=RATE, frame_size=CHUNK)
        frame.pts = None  # the clip knows its start; broken times must not disturb the filter
        return self._add(frame)

    def drain(self) -> None:
        """Adds what the filter still holds."""
        if self._resampler is not None:
            self._add(None)
        self._resampler = self._form = None

    def _add(self, frame: AudioFrame | None) -> bool:
        import av

        try:
            for part in self._resampler.resample(frame):
                packed = part.to_ndarray().reshape(-1, part.layout.nb_channels)
                self._tape.append(self._downmix(packed.T))
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            return False
        return True
