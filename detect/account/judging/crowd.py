"""Everybody who is seen and heard in an account: one pass over the journal, kept small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from detect.account.judging.cues import Cue
from detect.account.judging.persona import SPOKEN, declared_by
from detect.account.judging.record import record
from detect.account.running.journal import Item, Journal
from detect.account.running.people import PEOPLE, Kept, read_people

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

__all__ = ["Crowd", "Making", "SeenFile", "SeenPost", "read_crowd"]

Making = Literal["synthetic", "camera", "undecided", "drawn", "unknown"]
"""How a picture seems to be made."""

_SCORE = ("llr", "positive", "negative")


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A picture or video of a post that was examined.

    Attributes:
        sha256: Its content.
        kind: `image` or `video`.
        picture: Log-likelihood ratio and thresholds of the picture classifier, None without score.
        making: How its picture seems to be made.
        looked: Whether it was asked for drawing or rendering.
        spoken: Whether its voice was scored.
        synthetic_voice: Whether that was decided to be synthetic.
        faces: Numbers of its faces in the crowd.
    """

    sha256: str
    kind: str
    picture: Mapping[str, float] | None
    making: Making
    looked: bool
    spoken: bool
    synthetic_voice: bool
    faces: list[int]

    @property
    def result(self) -> dict[str, Any]:
        """What `answer_of` needs."""
        return {"kind": self.kind, "picture": self.picture}


@dataclass(slots=True)
class SeenPost:
    """A post with pictures.

    Attributes:
        time: ISO 8601, None when not known.
        declared: Label, words or file call it AI-generated.
        virtual: Its words call the person shown virtual.
        files: Those examined.
    """

    time: str | None
    declared: bool
    virtual: bool
    files: list[SeenFile]

    def only(self, faces: set[int]) -> SeenPost:
        """The same post with the files in which one of these faces is."""
        kept = [file for file in self.files if not faces.isdisjoint(file.faces)]
        return SeenPost(self.time, self.declared, self.virtual, kept)


@dataclass(slots=True)
class Crowd:
    """Posts, faces and voices.

    Attributes:
        posts: Those with an examined picture or video, in time order.
        vectors: Of each face, float32, shape (128,).
        sizes: Share of the frame that each face takes.
        homes: Index of each face's post.
        with_faces: Indices of posts with any face, be it too small to be compared.
        voices: Of each voice, float32, shape (256,).
        voice_homes: Number in the journal of each voice's post, be it one of sound alone.
    """

    posts: list[SeenPost] = field(default_factory=list)
    vectors: list[Vector] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    with_faces: set[int] = field(default_factory=set)
    voices: list[Vector] = field(default_factory=list)
    voice_homes: list[int] = field(default_factory=list)


def read_crowd(book: Journal, config: str, first: int) -> Crowd:
    """Reads posts, faces and voices from a journal.

    Args:
        book: The journal.
        config: Whose results.
        first: How many posts, in the order of drawing.
    """
    crowd = Crowd()
    for number, post in book.posts(first):
        items = book.items(number, config)
        known = [
            i for i in items if i.role == "media" and i.summary and i.summary["status"] == "ok"
        ]
        people = {item.path: _people(book, item, config) for item in known}
        for kept in people.values():
            crowd.voices.extend(kept.voices)
            crowd.voice_homes.extend([number] * len(kept.voices))
        files = [i for i in known if i.summary and i.summary["kind"] in ("image", "video")]
        if not files:
            continue
        one = record(post, items)
        matrix = one["disclosure"]["matrix"]
        seen_post = SeenPost(
            post.time,
            bool(matrix["platform"] or matrix["mark"] or any("ai-gen" in f for f in matrix["file"]))
            or any(cue["kind"] == "disclosure" for cue in one["cues"]),
            _virtual(one["cues"]),
            [],
        )
        crowd.posts.append(seen_post)
        for item in files:
            assert item.sha256 is not None and item.summary is not None
            seen = _seen(item.sha256, item.summary)
            seen_post.files.append(seen)
            found = people[item.path]
            if found.faces or found.smaller:
                crowd.with_faces.add(len(crowd.posts) - 1)
            for face in found.faces:
                seen.faces.append(len(crowd.vectors))
                crowd.vectors.append(face.vector)
                crowd.sizes.append(face.share)
                crowd.homes.append(len(crowd.posts) - 1)
    return crowd


def _people(book: Journal, item: Item, config: str) -> Kept:
    assert item.sha256 is not None
    body = book.attachment(item.sha256, config, PEOPLE)
    return read_people(body) if body is not None else Kept()


def _seen(sha256: str, summary: Mapping[str, Any]) -> SeenFile:
    picture, voice = summary["picture"], summary["voice"]
    look = summary.get("depiction")
    scored = picture is not None and picture["llr"] is not None and picture["positive"] is not None
    spoken = voice is not None and voice["llr"] is not None
    return SeenFile(
        sha256,
        summary["kind"],
        {name: picture[name] for name in _SCORE} if scored else None,
        _making(picture, look),
        look is not None and look["status"] == "ok",
        spoken,
        spoken and voice["model_decision"] is True,
        [],
    )


def _making(picture: Mapping[str, Any] | None, look: Mapping[str, Any] | None) -> Making:
    if look and look["model_decision"] is True:
        return "drawn"
    if not picture or picture["status"] != "ok" or picture["llr"] is None:
        return "unknown"
    decision = picture["model_decision"]
    return "undecided" if decision is None else "synthetic" if decision else "camera"


def _virtual(cues: Sequence[Mapping[str, Any]]) -> bool:
    said = declared_by([Cue(**cue) for cue in cues])
    return bool(set(said) & SPOKEN)
