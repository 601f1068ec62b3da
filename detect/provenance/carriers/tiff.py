"""Metadata in TIFF directories: TIFF files and the EXIF blocks of all other containers."""

from __future__ import annotations

from detect.provenance.carriers.exif import read_exif
from detect.provenance.carriers.fields import Carriers
from detect.provenance.carriers.photoshop import read_iim, read_resources
from detect.provenance.carriers.source import Source

__all__ = ["read_tiff"]


def read_tiff(source: Source, out: Carriers, where: str = "EXIF") -> None:
    """Keeps the fields of all directories.

    Args:
        source: The block; its first byte is that of the byte-order mark.
        out: Where to.
        where: The place in words.
    """
    for item in read_exif(source.read):
        if item.name == "C2PA":
            out.c2pa = True
        elif item.name == "XMP":
            out.add("xmp", "XMP", item.value, "XMP")
        elif item.name == "IPTC":
            read_iim(item.value, out, where)
        elif item.name == "Photoshop":
            read_resources(item.value, out, where)
        else:
            out.add("exif", item.name, item.text, f"{where} {item.name}")
