"""What happens to one file inside a worker process: open, decode, read what it declares.

This is the only code that touches the bytes of a file. It answers in plain values and arrays.
"""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from detect.core.media import Media
from detect.core.provenance import Provenance
from detect.core.serialize import from_plain, to_plain
from detect.core.settings import Settings
from detect.media.source import MediaError, display_name, open_source, sha256_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.detectors.trust import TrustLists

__all__ = ["extract"]


def extract(payload: dict[str, Any]) -> tuple[dict[str, Any], list[npt.NDArray[np.generic]]]:
    """Examines the file that a job names.

    Args:
        payload: `path` (hexadecimal of the exact name) and `settings` (plain `Settings`).

    Returns:
        A header (`status`, `reason`, `media`, `provenance`, `notes`, `frames`, `audio`, `timings`)
        and the arrays it describes: first the pixels of each frame, then the samples of each clip.
    """
    from detect.media.decode import decode

    settings = from_plain(Settings, payload["settings"])
    name = bytes.fromhex(payload["path"])
    shown, exact = display_name(name)
    media = Media(shown, exact)
    provenance = Provenance()
    started = time.perf_counter()
    timings = {}
    try:
        with open_source(name, max_bytes=settings.max_bytes) as file:
            media = Media(shown, exact, sha256_of(file), os.fstat(file.fileno()).st_size)
            file.seek(0)
            timings["read"] = time.perf_counter() - started
            try:
                decoded = decode(file, media, settings)
            finally:
                timings["decode"] = time.perf_counter() - started - timings["read"]
            media = decoded.media
            file.seek(0)
            provenance = _provenance(file, media)
            timings["provenance"] = (
                time.perf_counter() - started - timings["read"] - timings["decode"]
            )
    except MediaError as error:
        return _header(error.status, str(error), error.media or media, provenance, timings), []
    header = _header("ok", None, media, provenance, timings)
    header["notes"] = list(decoded.notes)
    header["frames"] = [
        {"pts": f.pts, "index": f.index, "shot": f.shot, "weight": f.weight} for f in decoded.frames
    ]
    header["audio"] = [{"rate": c.rate, "start": c.start} for c in decoded.audio]
    return header, [f.pixels for f in decoded.frames] + [c.samples for c in decoded.audio]


def _header(
    status: str,
    reason: str | None,
    media: Media,
    provenance: Provenance,
    timings: dict[str, float],
) -> dict[str, Any]:
    return {
        "status": status,
        "reason": reason,
        "media": to_plain(media),
        "provenance": to_plain(provenance),
        "timings": timings,
        "notes": [],
        "frames": [],
        "audio": [],
    }


def _provenance(file: Any, media: Media) -> Provenance:
    from detect.detectors.provenance import read_provenance

    return read_provenance(file, media.format or "", trust=_trust())


@cache
def _trust() -> TrustLists:
    from detect.detectors.trust import load_trust

    return load_trust()
