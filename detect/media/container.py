"""Streams over time: opening a container with FFmpeg so that it can reach nothing but its file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from detect.core.settings import Settings
from detect.media.sniff import Sniffed, id3_length
from detect.media.source import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["open_container", "packets", "sound_seconds", "start_seconds", "stated_seconds"]

StreamT = TypeVar("StreamT", bound="Stream")

GUESSED = ("aac", "amr")
"""Formats that state no length; what FFmpeg says is the size over the bit rate of the start."""
FROM_ZERO = ("matroska",)
"""Formats whose stated length counts from time 0 and not from where the file starts."""
CHUNKS, PLACEHOLDER = 64, 0x7FFF0000
"""Chunks of a WAV file before its sound, and the size of it from which on it is a placeholder of
programs that cannot go back."""


@contextmanager
def open_container(
    file: BinaryIO, sniffed: Sniffed, settings: Settings
) -> Iterator[InputContainer]:
    """Opens a container with the one demuxer that its magic number names.

    No protocol is allowed at all: the bytes come from `file`, and a file that names another file
    or an address gets nothing. No frame larger than `max_pixels` is ever allocated.

    Raises:
        MediaError: `unreadable`, when the header cannot be parsed.
    """
    import av

    file.seek(0)
    options = {
        "protocol_whitelist": "none",
        "format_whitelist": _whitelist(sniffed.decoder),
        "max_pixels": str(settings.max_pixels),
    }
    try:
        container: Any = av.open(
            file, "r", format=sniffed.decoder, options=options, metadata_errors="replace"
        )
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError, OSError) as error:
        what = getattr(error, "strerror", None) or error
        raise MediaError("unreadable", f"broken {sniffed.format} header: {what!s:.120}") from None
    with container:
        yield container


def start_seconds(container: InputContainer) -> float:
    """The time that counts as 0: transport streams and cut recordings start later."""
    return container.start_time / 1e6 if container.start_time else 0.0


def stated_seconds(container: InputContainer) -> float | None:
    """How long the file says it is, from its start on; None where it says nothing."""
    names = container.format.name.split(",")
    if not container.duration or any(name in names for name in GUESSED):
        return None
    late = any(name in names for name in FROM_ZERO)
    return container.duration / 1e6 - (start_seconds(container) if late else 0.0)


def sound_seconds(container: InputContainer, file: BinaryIO) -> float | None:
    """How long a sound file says it is, where FFmpeg takes what it finds for what is stated.

    Args:
        container: Open on `file`, whose position is kept.
        file: A WAV file may be shorter than its header says (it was cut off), and an MP3 file
            without a table in its first frame says nothing.
    """
    names, place = container.format.name.split(","), file.tell()
    try:
        if "mp3" in names and not _has_table(file):
            return None
        seconds = stated_seconds(container)
        return seconds * _cut_off(file) if seconds and "wav" in names else seconds
    finally:
        file.seek(place)


def _cut_off(file: BinaryIO) -> float:
    """Stated over real size of the sound in a WAV file, at least 1."""
    size = file.seek(0, os.SEEK_END)
    place = 12
    for _ in range(CHUNKS):
        file.seek(place)
        head = file.read(8)
        stated = int.from_bytes(head[4:], "little")
        if head[:4] == b"data":
            real = size - place - 8
            return max(1.0, stated / real) if real > 0 and stated < PLACEHOLDER else 1.0
        place += 8 + stated + stated % 2
    return 1.0


def _has_table(file: BinaryIO) -> bool:
    """Whether the first frame of an MP3 file holds its length (Xing, Info or VBRI)."""
    file.seek(0)
    file.seek(id3_length(file.read(10)))
    frame = file.read(4096)
    return any(name in frame for name in (b"Xing", b"Info", b"VBRI"))


def packets(container: InputContainer, stream: StreamT) -> Iterator[Packet[StreamT] | None]:
    """The packets of a stream in order; None, and no more, where the file is too broken."""
    import av

    found: Any = container.demux(stream)
    while True:
        try:
            packet = next(found)
        except StopIteration:
            return
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError, OSError):
            yield None
            return
        yield packet


def _whitelist(demuxer: str) -> str:
    return {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}.get(demuxer, demuxer)
