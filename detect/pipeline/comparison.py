"""Is this the person of these genuine recordings? Faces and voices held against references."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from detect.core.errors import ConfigurationError
from detect.core.media import Media, Status
from detect.core.serialize import to_plain
from detect.core.settings import Settings
from detect.models.calibration import Calibration
from detect.pipeline.extraction import Extracted, Extractor, Source
from detect.pipeline.inputs import printable
from detect.pipeline.people import PeopleReader, Seen, Voice, gather

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Answer", "Comparison", "Likeness", "Part", "compare"]

Answer = Literal["same", "different", "undecided"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of sound, or one person seen.

    Attributes:
        start: Seconds, None for a picture.
        end: Seconds.
        llr: That it is the person of the references.
        answer: As that of the whole file.
    """

    start: float | None
    end: float | None
    llr: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a file's faces, or its voice, compare with the references.

    Attributes:
        answer: `same` or `different` from a likelihood ratio of ten on, else `undecided`; None when
            there is nothing to compare.
        llr: Natural-log likelihood ratio, positive towards the same person.
        reason: Why there is no answer: `no-face`, `no-voice`, `too-little-voice`,
            `no-face-in-references`, `no-voice-in-references`.
        parts: In time order for voices, by how often they are seen for faces.
    """

    answer: Answer | None
    llr: float | None = None
    reason: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds of sound that were compared."""
        return math.fsum((p.end or 0.0) - (p.start or 0.0) for p in self.parts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One file against the references.

    Attributes:
        media: Facts about the file.
        status: `ok`, or why it could not be read.
        face: Whether the person is seen.
        voice: Whether the person is heard. A clone of a voice counts as the same voice.
    """

    media: Media
    status: Status
    face: Likeness
    voice: Likeness

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; it holds no vector."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def compare(
    sources: Iterable[Source],
    references: Sequence[Source],
    settings: Settings | None = None,
    *,
    notice: Callable[[str], None] = lambda words: None,
) -> Iterator[Comparison]:
    """Holds files against genuine recordings of one person.

    Args:
        sources: Files in question.
        references: Files that show or let hear the person; the face that most of them share and
            every voice in them count, so give files of that person alone.
        settings: `Settings()` when None; `biometrics` must be on.
        notice: Told in a sentence of references that hold nobody or two voices, and of files that
            are references themselves.

    Yields:
        One comparison for each source, in order.

    Raises:
        ConfigurationError: Biometrics are off, or no reference can be read.
        WeightsError: The weights are missing or corrupt.
    """
    settings = settings or Settings()
    reader = PeopleReader(settings)
    with Extractor(settings) as extractor:
        faces: list[Seen] = []
        voices: list[Voice] = []
        known: dict[str | None, str] = {}
        heard: dict[str, list[Voice]] = {}
        for file in extractor.extract(references):
            name = printable(file.media.path)
            if file.status != "ok":
                raise ConfigurationError(f"reference {name}: {file.status}")
            seen, spoken = reader.faces(file), reader.voices(file)
            faces += seen
            voices += spoken
            known[file.media.sha256] = name
            if spoken:
                heard[name] = list(spoken)
            elif not seen:
                what = "too little voice" if reader.hears_voice(file) else "no voice"
                notice(f"reference {name}: no face and {what} was found, so it counts for nothing")
        if voices:
            for one, two in _strangers(heard, reader.speaker_encoder.calibration):
                notice(f"the voices of the references {one} and {two} differ: whose are they?")
        if not faces and not voices:
            raise ConfigurationError("no face and no voice was found in the references")
        persons = gather([seen.vector for seen in faces])
        face_prints = [faces[i].vector for i in persons[0]] if persons else []
        for file in extractor.extract(sources):
            if file.media.sha256 and file.media.sha256 in known:
                notice(f"{printable(file.media.path)} is the reference {known[file.media.sha256]}")
            yield Comparison(
                file.media,
                file.status,
                _faces(reader.faces(file), face_prints, reader.face_encoder.calibration),
                _voice(reader, file, [voice.vector for voice in voices]),
            )


def _strangers(
    heard: Mapping[str, Sequence[Voice]], calibration: Calibration
) -> Iterator[tuple[str, str]]:
    """Pairs of references whose voices are not the same."""
    import numpy as np

    vectors = {name: np.stack([voice.vector for voice in voices]) for name, voices in heard.items()}
    for one, two in combinations(vectors, 2):
        llr = calibration.llr(float((vectors[one] @ vectors[two].T).mean()))
        if _answer(llr, calibration) == "different":
            yield one, two


def _voice(
    reader: PeopleReader, file: Extracted, references: Sequence[npt.NDArray[np.float32]]
) -> Likeness:
    heard = reader.voices(file) if references else ()
    found = _voices(heard, references, reader.speaker_encoder.calibration)
    if found.reason == "no-voice" and reader.hears_voice(file):
        return Likeness(None, reason="too-little-voice")
    return found


def _faces(
    seen: Sequence[Seen],
    references: Sequence[npt.NDArray[np.float32]],
    calibration: Calibration,
) -> Likeness:
    """The best of the persons in the file, less the logarithm of their number."""
    import numpy as np

    if not references or not seen:
        return Likeness(None, reason="no-face" if references else "no-face-in-references")
    genuine = np.stack(references)
    parts = []
    for person in gather([face.vector for face in seen]):
        vectors = np.stack([seen[i].vector for i in person])
        distances = np.linalg.norm(vectors[:, None] - genuine[None], axis=2)
        times = [seen[i].time for i in person]
        start, end = times[0], times[-1]
        llr = calibration.llr(-float(distances.mean()))
        parts.append(Part(start, end, llr, _answer(llr, calibration)))
    llr = max(part.llr for part in parts) - math.log(len(parts))
    return Likeness(_answer(llr, calibration), llr, parts=tuple(parts))


def _voices(
    heard: Sequence[Voice],
    references: Sequence[npt.NDArray[np.float32]],
    calibration: Calibration,
) -> Likeness:
    """The mean over all stretches: a second speaker shows in the parts."""
    import numpy as np

    if not references or not heard:
        return Likeness(None, reason="no-voice" if references else "no-voice-in-references")
    cosines = np.stack([voice.vector for voice in heard]) @ np.stack(references).T
    llrs = [calibration.llr(float(row.mean())) for row in cosines]
    parts = tuple(
        Part(voice.start, voice.end, llr, _answer(llr, calibration))
        for voice, llr in zip(heard, llrs, strict=True)
    )
    llr = calibration.llr(float(cosines.mean()))
    return Likeness(_answer(llr, calibration), llr, parts=parts)


def _answer(llr: float, calibration: Calibration) -> Answer:
    decision = calibration.operating_points["default"].decide(llr)
    return "undecided" if decision is None else "same" if decision else "different"
