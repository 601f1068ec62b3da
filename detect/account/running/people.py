"""Faces and voices of one file, as the journal keeps them until the persona is read from it.

The vectors are biometric data. They go into the journal file and nowhere else: no report, table or
page holds one. With `--no-biometrics` none is computed, and those of an earlier run are deleted.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.core.processes.forks import renew_in_child
from detect.core.report import Report
from detect.core.settings import Settings
from detect.pipeline.people import PeopleReader, Seen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.models.manifest import Manifest
    from detect.pipeline.extraction import Extracted

__all__ = ["FACE", "PEOPLE", "Face", "Kept", "PeopleWitness", "read_people"]

PEOPLE = "people"
"""Name in the journal of vectors and boxes."""
FACE = "face"
"""Name in the journal of the picture of a file's largest face, JPEG."""
FRAMES = 3
"""Frames of a video in which faces are looked for: a part of the 0.3 s a post may cost."""
LARGEST = 2
"""Faces of a frame, the largest ones."""
STRETCHES = 2
"""Stretches of six seconds in which a voice is looked for."""
SIDE = 128
"""Side of the picture of a face, in pixels."""
ROOM = 1.7
"""Side of that picture in sides of the face."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Face:
    """A face of a file, out of the journal.

    Attributes:
        share: Area of the face in the area of the frame, 0 to 1.
        vector: float32, shape (128,).
    """

    share: float
    vector: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Kept:
    """What is kept of a file.

    Attributes:
        faces: Frame by frame, the largest first in each.
        smaller: Faces that are too small to be compared.
        voices: float32, shape (256,) each.
    """

    faces: tuple[Face, ...] = ()
    smaller: int = 0
    voices: tuple[npt.NDArray[np.float32], ...] = ()


class PeopleWitness:
    """Looks at the faces and listens to the voices of files while they are scored.

    Args:
        settings: Nothing is looked at when `biometrics` is off.
        manifest: The shipped weights when None or when it has no encoders of its own.
    """

    def __init__(self, settings: Settings, manifest: Manifest | None = None) -> None:
        known = {model.id for model in manifest.models} if manifest is not None else set()
        mine = manifest if {"faces-v1", "speaker-v1"} <= known else None
        self._reader = PeopleReader(settings, mine) if settings.biometrics else None
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """A lock of this process."""
        self._turn = threading.Lock()

    def look(self, file: Extracted, report: Report) -> dict[str, bytes]:
        """What to keep of a file: nothing when there is nobody in it.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        if self._reader is None or report.status != "ok":
            return {}
        faces, smaller = self._reader.faces_and_smaller(file, frames=FRAMES, largest=LARGEST)
        with self._turn:
            voices = self._reader.voices(file, most=STRETCHES)
        if not faces and not smaller and not voices:
            return {}
        plain = {
            "faces": [{"share": round(f.share, 4), "vector": _text(f.vector)} for f in faces],
            "smaller": smaller,
            "voices": [_text(voice.vector) for voice in voices],
        }
        kept = {PEOPLE: json.dumps(plain).encode()}
        if faces:
            largest = max(faces, key=lambda face: face.share)
            frame = next(f for f in file.frames if f.pts == largest.time)
            kept[FACE] = _picture(frame.pixels, largest)
        return kept


def read_people(body: bytes) -> Kept:
    """Out of the journal."""
    plain: Mapping[str, Any] = json.loads(body)
    return Kept(
        tuple(Face(float(face["share"]), _vector(face["vector"])) for face in plain["faces"]),
        int(plain["smaller"]),
        tuple(_vector(text) for text in plain["voices"]),
    )


def _text(vector: npt.NDArray[np.float32]) -> str:
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def _vector(text: str) -> npt.NDArray[np.float32]:
    import numpy as np

    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32)


def _picture(pixels: npt.NDArray[np.uint8], face: Seen) -> bytes:
    """The face with some room around it, a square JPEG; nothing of the file is copied."""
    from PIL import Image

    left, top, width, height = face.box
    side = max(width, height) * ROOM
    x, y = left + width / 2 - side / 2, top + height / 2 - side / 2
    rows, columns = pixels.shape[:2]
    side = min(side, rows, columns)
    x, y = min(max(x, 0.0), columns - side), min(max(y, 0.0), rows - side)
    picture = Image.fromarray(pixels).resize(
        (SIDE, SIDE), Image.Resampling.BILINEAR, (x, y, x + side, y + side)
    )
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80)
    return target.getvalue()
