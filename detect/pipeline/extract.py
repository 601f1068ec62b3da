"""What happens to one file inside a worker process: open, decode, read what it declares.

This is the only code that touches the bytes of a file. It answers in plain values and arrays.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from detect.core.media import Media
from detect.core.provenance import Provenance
from detect.core.serialize import from_plain, to_plain
from detect.core.settings import Settings
from detect.media.source import MediaError, display_name, open_source, sha256_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.media.image import Original
    from detect.provenance.trust import TrustLists

__all__ = ["extract"]


def extract(payload: dict[str, Any]) -> tuple[dict[str, Any], list[npt.NDArray[np.generic]]]:
    """Examines the file that a job names.

    Args:
        payload: `path` (hexadecimal of the exact name) and `settings` (plain `Settings`).

    Returns:
        A header (`status`, `reason`, `media`, `provenance`, `watermarks`, `notes`, `frames`,
        `audio`, `timings`) and the arrays it describes: first the pixels of each frame, then the
        samples of each clip.
    """
    from detect.media.decode import decode

    settings = from_plain(Settings, payload["settings"])
    name = bytes.fromhex(payload["path"])
    media = Media(*display_name(name))
    answer: dict[str, Any] = {
        "status": "ok",
        "reason": None,
        "media": media,
        "provenance": Provenance(),
        "watermarks": None,
        "notes": (),
        "frames": [],
        "audio": [],
        "timings": {},
    }
    clock = _Clock(answer["timings"])
    arrays: list[npt.NDArray[np.generic]] = []
    try:
        with open_source(name, max_bytes=settings.max_bytes) as file:
            size = os.fstat(file.fileno()).st_size
            answer["media"] = media = replace(media, sha256=sha256_of(file), size=size)
            clock.lap("read")
            try:
                decoded = decode(file, media, settings, original=_watermarks(answer))
                answer["media"], answer["notes"] = decoded.media, decoded.notes
                answer["frames"] = [
                    {"pts": f.pts, "index": f.index, "shot": f.shot, "weight": f.weight}
                    for f in decoded.frames
                ]
                answer["audio"] = [{"rate": c.rate, "start": c.start} for c in decoded.audio]
                arrays = [f.pixels for f in decoded.frames] + [c.samples for c in decoded.audio]
            except MediaError as error:
                answer["media"] = error.media or media
                raise
            finally:
                clock.lap("decode")
                try:
                    answer["provenance"] = _provenance(file, answer["media"])
                except Exception:  # a reader's defect must not cost the picture
                    answer["notes"] = (*answer["notes"], "provenance-unreadable")
                clock.lap("provenance")
    except MediaError as error:
        answer["status"], answer["reason"] = error.status, str(error)
    return to_plain(answer), arrays


def _watermarks(answer: dict[str, Any]) -> Original:
    """Looks for watermarks in the original pixels, while they are there."""

    def look(pixels: npt.NDArray[np.uint8]) -> None:
        from detect.marks import sd_watermark

        found = sd_watermark.look(pixels)
        answer["watermarks"] = (found,) if found else ()

    return look


class _Clock:
    """Seconds since the last lap, by name."""

    def __init__(self, laps: dict[str, float]) -> None:
        self._laps = laps
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name], self._last = now - self._last, now


def _provenance(file: BinaryIO, media: Media) -> Provenance:
    if media.format is None:
        return Provenance()
    from detect.provenance.declarations import read_provenance

    file.seek(0)
    return read_provenance(file, media.format, trust=_trust())


@cache
def _trust() -> TrustLists:
    from detect.provenance.trust import load_trust

    return load_trust()
