"""Where metadata lies in each container: reads the raw fields, judges nothing.

Every reader seeks from box to box and never decodes pictures or sound. A damaged container gives
the fields in front of the damage.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import BinaryIO

from detect.media.sniff import id3_length
from detect.provenance.carriers.boxes import read_boxes
from detect.provenance.carriers.fields import DAMAGE, MAX_TOTAL, Carriers
from detect.provenance.carriers.gif import read_gif
from detect.provenance.carriers.jpeg import read_jpeg
from detect.provenance.carriers.png import read_png
from detect.provenance.carriers.riff import read_riff
from detect.provenance.carriers.samsung import read_samsung
from detect.provenance.carriers.source import Source
from detect.provenance.carriers.tags import read_tags
from detect.provenance.carriers.tiff import read_tiff

__all__ = ["read_carriers"]


def read_carriers(file: BinaryIO, format: str) -> Carriers:
    """The metadata fields of a file.

    Args:
        file: Seekable; its position is changed.
        format: Name of the format as sniffed (`jpeg`, `png`, `mp4`, ...).

    Returns:
        The fields; none for a format without a reader or a file that is damaged from the start.
    """
    readers: dict[str, tuple[Callable[[Source, Carriers], None], ...]] = {
        "jpeg": (read_jpeg, read_samsung),
        "png": (read_png,),
        "apng": (read_png,),
        "webp": (read_riff,),
        "gif": (read_gif,),
        "tiff": (read_tiff,),
        "wav": (read_riff,),
        "avi": (read_riff,),
        "mp3": (_id3,),
        "flac": (_id3,),
    }
    boxed = ("avif", "heif", "heic", "mp4", "mov", "m4a", "m4v", "3gp", "3g2", "jp2")
    readers |= dict.fromkeys(boxed, (read_boxes,))
    source = Source(file)
    out = Carriers(size=source.size)
    for reader in readers.get(format, ()):
        with contextlib.suppress(*DAMAGE):
            reader(source, out)
    out.parts += source.reads
    if not out.flooded:
        read_tags(file, format, out)
    return out


def _id3(source: Source, out: Carriers) -> None:
    """Only whether there are credentials: the demuxer reads the tags."""
    if length := id3_length(source.read(0, 10)):
        out.c2pa = b"c2pa" in source.read(10, min(length - 10, MAX_TOTAL))
