"""Who is seen and heard in a file: faces and voices as vectors, gathered into persons.

The vectors are biometric data. Nothing here writes one, and nothing runs when the setting
`biometrics` is off; `detect.account.running.people` keeps those of an audit in its journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.faces.detection import FaceDetector
from detect.faces.identity import LEAST_WIDTH, FaceEncoder
from detect.models.manifest import Manifest, load_manifest
from detect.voice.speaker import SpeakerEncoder
from detect.voice.voice_activity import RATE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.core.media import Frame
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

    def faces(
        self, file: Extracted, *, frames: int | None = None, largest: int | None = None
    ) -> tuple[Seen, ...]:
        """Faces at least 40 pixels wide, frame by frame.

        Args:
            file: With its frames.
            frames: Look at so many frames at most, evenly spaced.
            largest: Keep so many faces of a frame, the largest first; when None all of them, the
                most confident first.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        return self.faces_and_smaller(file, frames=frames, largest=largest)[0]

    def faces_and_smaller(
        self, file: Extracted, *, frames: int | None = None, largest: int | None = None
    ) -> tuple[tuple[Seen, ...], int]:
        """As `faces`, with the number of faces that are too small to be compared."""
        found: list[Seen] = []
        smaller = 0
        for frame in _some(file.frames, frames):
            everybody = self._detector.find(frame.pixels)
            faces = [f for f in everybody if f.box[2] >= LEAST_WIDTH]
            smaller += len(everybody) - len(faces)
            if largest is not None:
                faces = sorted(faces, key=lambda f: -f.box[2] * f.box[3])[:largest]
            height, width = frame.pixels.shape[:2]
            vectors = self.face_encoder.embed(frame.pixels, faces)
            for face, vector in zip(faces, vectors, strict=True):
                share = face.box[2] * face.box[3] / (width * height)
                found.append(Seen(frame.pts, face.box, min(1.0, share), vector))
        return tuple(found), smaller

    def voices(self, file: Extracted, *, most: int | None = None) -> tuple[Voice, ...]:
        """Voices, one for each six seconds with enough speech in them.

        Args:
            file: With its sound.
            most: Stop after so many stretches of sound, with speech or without.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        found: list[Voice] = []
        for number, (start, part) in enumerate(_stretches(file)):
            if number == most:
                break
            vector = self.speaker_encoder.embed(part)
            if vector is not None:
                found.append(Voice(start, start + len(part) / RATE, vector))
        return tuple(found)

    def hears_voice(self, file: Extracted) -> bool:
        """Whether anybody speaks at all, be it too little to be compared.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        return any(self.speaker_encoder.voice_seconds(part) > 0 for _, part in _stretches(file))


def gather(vectors: list[npt.NDArray[np.float32]], near: float = ONE_PERSON) -> list[list[int]]:
    """Gathers vectors into persons: each joins the nearest one so far, or founds a person.

    The distance to a person is the root mean square of those to its members (average linkage; a
    mean vector alone would be near to everybody).

    Args:
        vectors: In a fixed order, on which the outcome depends a little.
        near: Largest Euclidean distance.

    Returns:
        Indices of each person's vectors, the person with most first.
    """
    import numpy as np

    persons: list[list[int]] = []
    means = np.zeros((64, vectors[0].shape[0] if vectors else 1), np.float32)
    squares = np.zeros(64, np.float32)
    for number, vector in enumerate(vectors):
        many = len(persons)
        square = float(vector @ vector)
        distances = squares[:many] - 2 * (means[:many] @ vector) + square
        best = int(np.argmin(distances)) if many else -1
        if best >= 0 and distances[best] <= near**2:
            persons[best].append(number)
            count = np.float32(len(persons[best]))
            means[best] += (vector - means[best]) / count
            squares[best] += (square - squares[best]) / count
            continue
        if many == len(means):
            means = np.concatenate([means, np.zeros_like(means)])
            squares = np.concatenate([squares, np.zeros_like(squares)])
        persons.append([number])
        means[many], squares[many] = vector, square
    return sorted(persons, key=lambda person: (-len(person), person[0]))


def _some(frames: tuple[Frame, ...], most: int | None) -> tuple[Frame, ...]:
    """At most so many, evenly spaced."""
    if most is None or len(frames) <= most:
        return frames
    return tuple(frames[(2 * n + 1) * len(frames) // (2 * most)] for n in range(most))


def _stretches(file: Extracted) -> Iterator[tuple[float, npt.NDArray[np.float32]]]:
    """Start in seconds and samples of every six seconds of sound."""
    step = int(SEGMENT * RATE)
    for clip in file.audio:
        for first in range(0, len(clip.samples), step):
            yield clip.start + first / RATE, clip.samples[first : first + step]
