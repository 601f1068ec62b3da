"""The implicit label in every container: which editor belongs to which format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from detect.core.errors import LabelError
from detect.labelling.containers.pieces import Piece, damaged
from detect.provenance.carriers.fields import DAMAGE
from detect.provenance.carriers.source import Source

__all__ = ["CARRIERS", "FORMATS", "labelled_pieces"]

FORMATS = (
    *("jpeg", "png", "apng", "webp", "gif", "tiff"),
    *("mp4", "m4v", "mov", "m4a", "3gp", "3g2", "mkv", "webm", "avi", "flv"),
    *("mp3", "aac", "flac", "ogg", "wav", "aiff"),
)
"""Formats that can be labelled, as they are sniffed."""

CARRIERS = {"exif": ("jpeg",), "text": ("png", "apng")}
"""Carriers that can be chosen instead of the usual one, and the formats that have them."""


def labelled_pieces(
    file: BinaryIO, format: str, tags: Mapping[str, str], *, carrier: str | None = None
) -> list[Piece]:
    """The file with metadata added, as stretches of the old one and new bytes.

    Args:
        file: Seekable; its position is changed.
        format: As sniffed.
        tags: ASCII text by name: `AIGC` and properties of IPTC Extension. An `AIGC` label that is
            there is replaced, so whoever calls this has made sure that nothing is lost.
        carrier: One of `CARRIERS`, None for the usual one.

    Raises:
        LabelError: The container cannot be changed without risk, or its format has no place.
    """
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise LabelError(f"no label can be written into {format}; convert it to one of: {known}")
    if carrier and format not in CARRIERS[carrier]:
        fits = " and ".join(CARRIERS[carrier])
        raise LabelError(f"--carrier {carrier} is for {fits}, this is {format}; leave it out")
    source = Source(file)
    try:
        return _edit(source, format, tags, carrier)
    except DAMAGE:
        raise damaged("it is cut short") from None


def _edit(source: Source, format: str, tags: Mapping[str, str], carrier: str | None) -> list[Piece]:
    if format in ("jpeg", "png", "apng", "gif", "tiff"):
        from detect.labelling.containers import pictures

        if format == "jpeg":
            return pictures.label_jpeg(source, tags, carrier=carrier or "xmp")
        if format == "gif":
            return pictures.label_gif(source, tags)
        if format == "tiff":
            return pictures.label_tiff(source, tags)
        return pictures.label_png(source, tags, carrier=carrier or "xmp")
    if format in ("webp", "wav", "avi"):
        from detect.labelling.containers import riff

        editors = {"webp": riff.label_webp, "wav": riff.label_wav, "avi": riff.label_avi}
        return editors[format](source, tags)
    if format in ("mkv", "webm"):
        from detect.labelling.containers.matroska import label_matroska

        return label_matroska(source, tags)
    if format == "flv":
        from detect.labelling.containers.flv import label_flv

        return label_flv(source, tags)
    if format in ("mp3", "aac"):
        from detect.labelling.containers.id3 import label_id3

        return label_id3(source, tags)
    if format == "aiff":
        from detect.labelling.containers.aiff import label_aiff

        return label_aiff(source, tags)
    if format in ("flac", "ogg"):
        from detect.labelling.containers import vorbis

        return (vorbis.label_flac if format == "flac" else vorbis.label_ogg)(source, tags)
    from detect.labelling.containers.boxes import label_boxes

    return label_boxes(source, tags)
