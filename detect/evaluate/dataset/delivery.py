"""What happens to one file of a dataset inside a worker: decoded, then delivered in every way.

Like `detect.pipeline.extract`, it answers in plain values and arrays: one frame or one stretch of
sound for each condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detect.core.serialize import from_plain
from detect.core.settings import Settings
from detect.evaluate.dataset.picture_conditions import PICTURE_CONDITIONS, deliver_picture
from detect.evaluate.dataset.sound_conditions import deliver_sound
from detect.media.source import MediaError, open_source
from detect.pipeline.extract import extract

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

__all__ = ["deliver"]

LONGEST = 60
"""Seconds of a file that are evaluated."""
RATE = 16_000


def deliver(payload: dict[str, Any]) -> tuple[dict[str, Any], list[npt.NDArray[np.generic]]]:
    """Decodes a file and applies the conditions.

    Args:
        payload: As for `extract`, with `conditions` (names; pictures or sound follows from them)
            and `behind` (condition to a list of names of sound files in hexadecimal).

    Returns:
        A header as `extract` gives it; frames, or clips, are one for each condition, in order. A
        file without a picture, or without sound, has none.
    """
    header, arrays = extract(payload)
    conditions: list[str] = payload["conditions"]
    frames = arrays[: len(header["frames"])]
    clips = arrays[len(header["frames"]) :]
    header["frames"], header["audio"] = [], []
    if header["status"] != "ok":
        return header, []
    if conditions[0] in PICTURE_CONDITIONS and not payload["sound"]:
        if not frames:
            return header, []
        first: Any = frames[0]
        views: list[Any] = [deliver_picture(first, name) for name in conditions]
        header["frames"] = [
            {"pts": None, "index": number, "shot": 0, "weight": 1.0} for number in range(len(views))
        ]
        return header, views
    if not clips:
        return header, []
    import numpy as np

    sound: Any = np.concatenate(clips)[: LONGEST * RATE]
    seed = int(header["media"]["sha256"][:8], 16)
    views = [deliver_sound(sound, name, seed, _behind(payload, name, seed)) for name in conditions]
    header["audio"] = [{"rate": RATE, "start": 0.0} for _ in views]
    return header, views


def _behind(payload: dict[str, Any], condition: str, seed: int) -> Samples | None:
    """Recorded sound to mix in: one of the named files, never the file itself; None: there is none.

    A file that cannot be decoded is passed over for the next one.
    """
    from detect.core.media import Media
    from detect.media.decode import decode

    names = [name for name in payload["behind"].get(condition, ()) if name != payload["path"]]
    settings = from_plain(Settings, payload["settings"])
    for turn in range(min(3, len(names))):
        name = bytes.fromhex(names[(seed + turn) % len(names)])
        try:
            with open_source(name, max_bytes=settings.max_bytes) as file:
                decoded = decode(file, Media(""), settings)
        except MediaError:
            continue
        if decoded.audio:
            return decoded.audio[0].samples[: LONGEST * RATE]
    return None
