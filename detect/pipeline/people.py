"""Who is seen and heard in a file: faces and voices as vectors, gathered into persons.

The vectors are biometric data. They live in memory for as long as a comparison needs them; nothing
here writes one, and nothing runs when the setting `biometrics` is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.detectors.face_identity import LEAST_WIDTH, FaceEncoder
from detect.detectors.faces import FaceDetector
from detect.detectors.speaker import SpeakerEncoder
from detect.models.manifest import Manifest, load_manifest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.pipeline.extraction import Extracted

__all__ = ["PeopleReader", "Seen", "Voice", "gather"]

SEGMENT = 6.0
"""Seconds of sound that one voice vector stands for."""
ONE_PERSON = 0.56
"""Distance of face vectors under which two faces are rather one person (llr 0 of `faces-v1`)."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Seen:
    """A face in a frame.

    Attributes:
        time: Seconds from the start, None for a picture.
        box: Left, top, width, height in pixels of the frame.
        share: Area of the face in the area of the frame, 0 to 1.
        vector: float32, shape (128,).
    """

    time: float | None
    box: tuple[float, float, float, float]
    share: float
    vector: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Voice:
    """A stretch of sound with one voice, as is assumed.

    Attributes:
        start: Seconds from the start.
        end: Seconds.
        vector: float32, shape (256,), of length 1.
    """

    start: float
    end: float
    vector: npt.NDArray[np.float32]


class PeopleReader:
    """Finds faces and voices.

    Args:
        settings: `biometrics` must be on.
        manifest: The shipped weights when None.

    Raises:
        ConfigurationError: Biometrics are switched off.
    """

    def __init__(self, settings: Settings, manifest: Manifest | None = None) -> None:
        if not settings.biometrics:
            raise ConfigurationError("comparing people needs biometrics, which are switched off")
        self._given = manifest

    @cached_property
    def _manifest(self) -> Manifest:
        return self._given or load_manifest()

    @cached_property
    def _detector(self) -> FaceDetector:
        return FaceDetector(self._manifest)

    @cached_property
    def face_encoder(self) -> FaceEncoder:
        """With the calibration of distances."""
        return FaceEncoder(self._manifest)

    @cached_property
    def speaker_encoder(self) -> SpeakerEncoder:
        """With the calibration of cosines."""
        return SpeakerEncoder(self._manifest)

    def faces(self, file: Extracted) -> tuple[Seen, ...]:
        """Faces at least 40 pixels wide, frame by frame, the most confident first in each.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        found = []
        for frame in file.frames:
            faces = [f for f in self._detector.find(frame.pixels) if f.box[2] >= LEAST_WIDTH]
            height, width = frame.pixels.shape[:2]
            vectors = self.face_encoder.embed(frame.pixels, faces)
            for face, vector in zip(faces, vectors, strict=True):
                share = face.box[2] * face.box[3] / (width * height)
                found.append(Seen(frame.pts, face.box, min(1.0, share), vector))
        return tuple(found)

    def voices(self, file: Extracted) -> tuple[Voice, ...]:
        """Voices, one for each six seconds with enough speech in them.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        found = []
        for clip in file.audio:
            step = int(SEGMENT * clip.rate)
            for first in range(0, len(clip.samples), step):
                part = clip.samples[first : first + step]
                vector = self.speaker_encoder.embed(part)
                if vector is not None:
                    start = clip.start + first / clip.rate
                    found.append(Voice(start, start + len(part) / clip.rate, vector))
        return tuple(found)


def gather(vectors: list[npt.NDArray[np.float32]], near: float = ONE_PERSON) -> list[list[int]]:
    """Gathers vectors into persons: each joins the nearest mean so far, or founds a person.

    Args:
        vectors: In a fixed order, on which the outcome depends a little.
        near: Largest Euclidean distance to the mean.

    Returns:
        Indices of each person's vectors, the person with most first.
    """
    import numpy as np

    persons: list[list[int]] = []
    means: list[npt.NDArray[np.float32]] = []
    for number, vector in enumerate(vectors):
        distances = [float(np.linalg.norm(vector - mean)) for mean in means]
        best = int(np.argmin(distances)) if distances else -1
        if best >= 0 and distances[best] <= near:
            persons[best].append(number)
            count = len(persons[best])
            means[best] = means[best] + (vector - means[best]) / np.float32(count)
        else:
            persons.append([number])
            means.append(vector)
    return sorted(persons, key=lambda person: (-len(person), person[0]))
