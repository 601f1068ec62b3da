"""Heat maps of a scan as files in a folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.core.report import Report
from detect.report.atomic import write_atomic
from detect.report.text import clean

__all__ = ["overlay_name", "prepare_folder", "write_overlays"]

LONGEST = 60
"""Characters of the scanned file's name that are kept."""


def prepare_folder(folder: Path) -> None:
    """Makes the folder.

    Raises:
        ConfigurationError: It cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigurationError(f"cannot make {clean(str(folder), 400)}: {why}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(f"cannot write into {clean(str(folder), 400)}: no permission")


def overlay_name(report: Report, number: int, index: int | None) -> str:
    """A name that is safe everywhere and that no other picture of the run has.

    Args:
        report: The name of its file is attacker text: only letters, digits, points, dashes and
            underscores of ASCII are kept.
        number: The place of the report in the run, from 1; no two reports share it.
        index: Frame index of a video, None for an image.
    """
    base = report.media.path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", base)[:LONGEST].strip("._-") or "picture"
    frame = "" if index is None else f"-frame{index:06d}"
    return f"{number:05d}-{stem}{frame}.png"


def write_overlays(report: Report, number: int, folder: Path) -> int:
    """Writes the heat maps of one report, each whole or not at all; how many.

    Raises:
        ConfigurationError: One cannot be written; the message says why.
    """
    for overlay in report.overlays:
        write_atomic(folder / overlay_name(report, number, overlay.index), [overlay.png])
    return len(report.overlays)
