"""Tags of sound and video containers, read by the demuxer."""

from __future__ import annotations

import contextlib
import io
import re
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from detect.provenance.carriers.fields import Carriers

__all__ = ["read_tags"]

DEMUXERS = {
    **dict.fromkeys(("mp4", "mov", "m4a", "m4v", "3gp", "3g2"), "mov"),
    **dict.fromkeys(("webm", "mkv", "matroska", "mka"), "matroska"),
    **dict.fromkeys(("ogg", "oga", "opus"), "ogg"),
    **{name: name for name in ("avi", "flv", "wav", "flac", "mp3", "aac", "aiff", "caf", "asf")},
}
MAX_HEAD = 16 * 2**20
_HEAD_ONLY = ("mp3", "aac", "flac")
"""Formats with their tags in front; a demuxer would search all the rest for sound."""

XMP = "id3v2_priv.XMP"
"""What the demuxer calls the private frame of an ID3 tag that holds XMP (XMP specification, part 3:
MP3)."""

# The demuxer is named, not probed: nothing can turn into a playlist that follows addresses.
_OPTIONS = {"protocol_whitelist": "file", "analyzeduration": "0", "probesize": "65536"}


def _unescaped(value: str) -> bytes:
    """The content of a private frame; the demuxer writes bytes beyond ASCII as \\xNN."""
    content = value.encode("utf-8")
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), content)


def read_tags(file: BinaryIO, format: str, out: Carriers) -> None:
    """Adds the tags of the container and of its streams; none when it cannot be opened."""
    if format not in DEMUXERS:
        return
    import av

    file.seek(0)
    source = io.BytesIO(file.read(MAX_HEAD)) if format in _HEAD_ONLY else file
    with (
        contextlib.suppress(av.FFmpegError, ValueError, OSError, MemoryError),
        av.open(
            source, format=DEMUXERS[format], options=_OPTIONS, metadata_errors="replace"
        ) as container,
    ):
        for key, value in container.metadata.items():
            if key == XMP:
                out.add("xmp", "XMP", _unescaped(value), "XMP (ID3)")
                continue
            out.add("tag", key, value, f"{format} tag {key}")
        for stream in container.streams:
            for key, value in stream.metadata.items():
                out.add("tag", key, value, f"{format} stream {stream.index} tag {key}")
