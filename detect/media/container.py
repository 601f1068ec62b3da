"""Streams over time: opening a container with FFmpeg so that it can reach nothing but its file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from detect.core.settings import Settings
from detect.media.sniff import Sniffed
from detect.media.source import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

__all__ = ["cut_off", "open_container", "packets", "start_seconds", "stated_seconds"]

StreamT = TypeVar("StreamT", bound="Stream")

GUESSED = ("aac",)
"""Formats that state no length; what FFmpeg says is the size over the bit rate of the start."""
FROM_ZERO = ("matroska",)
"""Formats whose stated length counts from time 0 and not from where the file starts."""
RIFF_MOST = 0x7FFF0000
"""Stated sizes of WAV files from here on are placeholders of programs that cannot go back."""


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


def cut_off(file: BinaryIO) -> float:
    """Stated over real size of a WAV file, at least 1; 1 for other files.

    FFmpeg takes a WAV file that was cut off for a short one.
    """
    file.seek(0)
    head = file.read(12)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    stated = int.from_bytes(head[4:8], "little")
    if head[:4] + head[8:] != b"RIFFWAVE" or stated >= RIFF_MOST:
        return 1.0
    return max(1.0, (stated + 8) / size)


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
