"""From an open file to frames and sound."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from detect.core.media import AudioClip, Frame, Kind, Media
from detect.core.settings import Settings
from detect.media.sniff import Sniffed, sniff
from detect.media.source import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from detect.media.image import Original

__all__ = ["Decoded", "decode"]

TIME_SHARE = 0.5
"""Share of `timeout` after which a pass stops and reports what it has, so that a slow file is
examined in part instead of not at all."""


TRACKS = 4
"""Sound streams of a file that are tried."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding made of a file.

    Attributes:
        media: The file, with everything that probing found.
        frames: Stills in order of time; empty for sound alone.
        audio: Sound, one clip for each stretch without a gap; empty for pictures alone.
        notes: Codes for what was not examined or not intact: `partial`, `damaged`, `ends-early`,
            `sampled-by-seeking`, `audio-sampled`, `audio-truncated`, `other-sound-tracks`,
            `other-picture-tracks`, `other-pages`, `other-pictures`, `appended-video`,
            `metadata-damaged`, `picture-undecodable`, `sound-undecodable`.
    """

    media: Media
    frames: tuple[Frame, ...] = ()
    audio: tuple[AudioClip, ...] = ()
    notes: tuple[str, ...] = ()


def decode(
    file: BinaryIO, media: Media, settings: Settings, *, original: Original | None = None
) -> Decoded:
    """Decodes a file by what its first bytes say it is.

    Run this only in a process that may die: decoders are native code, and files are hostile.

    Args:
        file: A regular file, as `open_source` gives it.
        media: Path, size and digest.
        settings: Limits, and how many frames are kept.
        original: As for `read_image`.

    Raises:
        MediaError: The file cannot be examined; `error.media` says what was found out about it.
    """
    sniffed = sniff(file)
    media = replace(media, format=sniffed.format)
    try:
        return _decode(file, media, sniffed, settings, original)
    except MemoryError:
        reason = f"memory limit: decoding needs more than worker_memory = {settings.worker_memory}"
        raise MediaError("too-large", reason, media) from None


def _decode(
    file: BinaryIO,
    media: Media,
    sniffed: Sniffed,
    settings: Settings,
    original: Original | None,
) -> Decoded:
    if sniffed.family == "stream":
        return _streams(file, media, sniffed, settings)
    from detect.media.image import read_image

    seconds = TIME_SHARE * settings.timeout
    media, frames, notes = read_image(
        file, media, sniffed, settings, seconds=seconds, original=original
    )
    return Decoded(media, frames, (), notes)


def _streams(file: BinaryIO, media: Media, sniffed: Sniffed, settings: Settings) -> Decoded:
    from detect.media.container import open_container
    from detect.media.video import read_video

    decoded = Decoded(media)
    failures: list[tuple[str, MediaError]] = []
    seconds = TIME_SHARE * settings.timeout / 2
    with open_container(file, sniffed, settings) as container:
        pictures = _moving_pictures(container)
        picture = pictures[0] if pictures else None
        has_sound = bool(container.streams.audio)
        kind: Kind = "video" if picture else "audio" if has_sound else "unknown"
        decoded = replace(decoded, media=replace(media, kind=kind))
        if picture is not None:
            try:
                found, frames, notes = read_video(
                    container, picture, decoded.media, settings, seconds=seconds
                )
                if len(pictures) > 1:
                    notes = (*notes, "other-picture-tracks")
                decoded = replace(decoded, media=found, frames=frames, notes=notes)
            except MediaError as error:
                if error.status == "too-large":
                    raise
                failures.append(("picture-undecodable", error))
    if has_sound:
        try:
            found, audio, notes = _sound(file, decoded.media, sniffed, settings, seconds=seconds)
            decoded = replace(decoded, media=_longest(decoded, found), audio=audio)
            decoded = replace(decoded, notes=_united(decoded.notes, notes))
        except MediaError as error:
            failures.append(("sound-undecodable", error))
    if decoded.frames or decoded.audio:
        return replace(decoded, notes=_united(decoded.notes, (code for code, _ in failures)))
    if failures:
        raise failures[0][1]
    raise MediaError("unreadable", "there is neither picture nor sound in it", decoded.media)


def _sound(
    file: BinaryIO, media: Media, sniffed: Sniffed, settings: Settings, *, seconds: float
) -> tuple[Media, tuple[AudioClip, ...], tuple[str, ...]]:
    """The sound stream that players choose, or the next one that can be decoded.

    Raises:
        MediaError: As `read_audio`, for the first one, when none can be decoded.
    """
    from av.stream import Disposition

    from detect.media.audio import read_audio
    from detect.media.container import open_container, sound_seconds

    failure: MediaError | None = None
    deadline = time.monotonic() + seconds
    for place in range(TRACKS):
        with open_container(file, sniffed, settings) as container:
            streams = sorted(
                container.streams.audio, key=lambda s: not s.disposition & Disposition.default
            )
            if place >= len(streams):
                break
            stated = sound_seconds(container, file)
            try:
                found, audio, notes = read_audio(
                    container,
                    streams[place],
                    media,
                    settings,
                    seconds=max(0.0, deadline - time.monotonic()),
                    stated=stated,
                )
            except MediaError as error:
                failure = failure or error
                continue
            return found, audio, notes + (("other-sound-tracks",) if len(streams) > 1 else ())
    raise failure or MediaError("unreadable", "there is no sound in it", media)


def _moving_pictures(container: InputContainer) -> list[VideoStream]:
    """The picture streams that are no covers, the one that players choose first."""
    from av.stream import Disposition

    still = Disposition.attached_pic | Disposition.timed_thumbnails
    found = [s for s in container.streams.video if not s.disposition & still]
    return sorted(found, key=lambda stream: not stream.disposition & Disposition.default)


def _longest(decoded: Decoded, found: Media) -> Media:
    """Length of a file with pictures: the longer of the two, as players show it."""
    if not decoded.frames:
        return found
    return replace(found, duration=max(found.duration or 0.0, decoded.media.duration or 0.0))


def _united(first: tuple[str, ...], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}))
