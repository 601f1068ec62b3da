"""Streams over time: opening a container with FFmpeg so that it can reach nothing but its file."""

from __future__ import annotations

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

__all__ = ["open_container", "packets", "start_seconds"]

StreamT = TypeVar("StreamT", bound="Stream")


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
