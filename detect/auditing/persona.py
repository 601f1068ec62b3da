"""The persona of an account, read from its journal: who recurs, how alike, how synthetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from detect.account.cues import Cue, find_cues
from detect.account.estimate import PostScore, answer_of, estimate_share
from detect.account.persona import (
    RECURS,
    SPOKEN,
    Persona,
    Signs,
    declared_by,
    judge_persona,
)
from detect.account.post import Profile
from detect.account.rates import Rates
from detect.account.share_evidence import share_evidence
from detect.auditing.journal import Item, Journal
from detect.auditing.people import PEOPLE, read_people
from detect.auditing.record import record
from detect.pipeline.people import gather

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["People", "read_persona"]

LEAST_POSTS = 3
"""Posts from which a face recurs."""
LISTED = 5
"""People that are listed."""
SHOWN = 24
"""Faces on the contact sheet."""
COMPARED = 200
"""Faces of a person whose distances are taken, evenly spaced over time."""
ONE_FACE = 0.52
"""Distance up to which faces are one person: between the llr of 0 of `faces-v1` (0.56), which puts
several real people into one, and its llr of ln 10 (0.49), which parts one person's pictures."""
ONE_VOICE = 0.82
"""Distance of voice vectors under which two voices are rather one (llr 0 of `speaker-v1`)."""


@dataclass(frozen=True, slots=True)
class People:
    """What is known about the persona.

    Attributes:
        persona: The answer.
        plain: For the JSON report; no vector is in it.
        sheet: Contents (sha256) whose largest face is the account's, over time.
    """

    persona: Persona
    plain: dict[str, Any]
    sheet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A picture or video of a post that was examined."""

    sha256: str
    summary: Mapping[str, Any]
    faces: list[int]


@dataclass(slots=True)
class _Post:
    time: str | None
    declared: bool
    virtual: bool
    files: list[_File]


@dataclass(slots=True)
class _Crowd:
    """Everything of one pass over the posts."""

    posts: list[_Post] = field(default_factory=list)
    vectors: list[npt.NDArray[np.float32]] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    voices: list[npt.NDArray[np.float32]] = field(default_factory=list)
    voice_homes: list[int] = field(default_factory=list)


def read_persona(
    book: Journal,
    config: str,
    first: int,
    profile: Profile,
    rates: Mapping[str, Rates],
    *,
    compared: bool,
) -> People:
    """Reads the persona from a journal.

    Args:
        book: The journal.
        config: Whose results.
        first: How many posts, in the order of drawing.
        profile: Of the account.
        rates: Error rates of the picture classifier.
        compared: Whether faces and voices were looked at.
    """
    crowd = _read(book, config, first)
    persons = gather(crowd.vectors, ONE_FACE)
    ranked = sorted(
        (_person(crowd, members, rates) for members in persons),
        key=lambda p: (-len(p.posts), -p.size, p.members[0]),
    )
    least = max(LEAST_POSTS, RECURS * len(crowd.posts))
    main = ranked[0] if ranked and len(ranked[0].posts) >= least else None
    posts = _those(crowd, main)
    scores = _scores(posts)
    share = _share(scores, rates)
    pictures = [_how(file) for post in posts for file in post.files]
    spoken = [_voice(post.files) for post in posts]
    bio = find_cues(f"{profile.name or ''}\n{profile.bio or ''}")
    signs = Signs(
        posts=len(posts),
        pictures=len(crowd.posts),
        faces=len(set(crowd.homes)) if compared else None,
        persona=len(main.posts) if main else 0,
        looked=sum(_looked(file) for post in posts for file in post.files),
        drawn=pictures.count("drawn"),
        tightness=main.tightness if main else None,
        tight_faces=main.compared if main else 0,
        scored=len(scores),
        share=share,
        evidence=share_evidence(scores, rates) if share else None,
        declared=sum(post.declared for post in posts),
        virtual=sum(post.virtual for post in posts),
        voices_scored=sum(voice is not None for voice in spoken),
        voices_synthetic=sum(voice is True for voice in spoken),
        cues=bio,
    )
    persona = judge_persona(signs)
    recurring = [p for p in ranked if len(p.posts) >= LEAST_POSTS]
    plain = {
        **asdict(persona),
        "posts": signs.posts,
        "pictures": signs.pictures,
        "share": None if share is None else asdict(share),
        "answers": dict(sorted(Counter(pictures).items())),
        "faces": {
            "posts": signs.faces,
            "people": len(ranked),
            "recurring": [
                p.to_dict(number, p is main) for number, p in enumerate(recurring[:LISTED], 1)
            ],
        }
        if compared
        else None,
        "voices": _voices(crowd) if compared else None,
    }
    return People(persona, plain, _sheet(crowd, main))


def _read(book: Journal, config: str, first: int) -> _Crowd:
    crowd = _Crowd()
    for number, post in book.posts(first):
        items = book.items(number, config)
        files = [i for i in items if i.role == "media" and _has_picture(i)]
        if not files:
            continue
        one = record(post, items)
        matrix = one["disclosure"]["matrix"]
        kept = _Post(
            post.time,
            bool(matrix["platform"] or matrix["mark"] or any("ai-gen" in f for f in matrix["file"]))
            or any(cue["kind"] == "disclosure" for cue in one["cues"]),
            _virtual(one["cues"]),
            [],
        )
        crowd.posts.append(kept)
        for item in files:
            assert item.sha256 is not None and item.summary is not None
            kept.files.append(_File(item.sha256, item.summary, []))
            body = book.attachment(item.sha256, config, PEOPLE)
            faces, voices = read_people(body) if body is not None else ([], [])
            for face in faces:
                kept.files[-1].faces.append(len(crowd.vectors))
                crowd.vectors.append(face.vector)
                crowd.sizes.append(face.share)
                crowd.homes.append(len(crowd.posts) - 1)
            crowd.voices.extend(voices)
            crowd.voice_homes.extend([len(crowd.posts) - 1] * len(voices))
    return crowd


def _has_picture(item: Item) -> bool:
    known = item.summary
    return known is not None and known["status"] == "ok" and known["kind"] in ("image", "video")


def _virtual(cues: Sequence[Mapping[str, Any]]) -> bool:
    said = declared_by([Cue(**cue) for cue in cues])
    return bool(set(said) & SPOKEN)


@dataclass(frozen=True, slots=True)
class _Person:
    """A face over the posts."""

    members: list[int]
    posts: list[int]
    size: float
    tightness: float | None
    compared: int
    answers: dict[str, int]
    share: Any

    def to_dict(self, number: int, account: bool) -> dict[str, Any]:
        return {
            "number": number,
            "account": account,
            "posts": len(self.posts),
            "size": round(self.size, 4),
            "tightness": self.tightness,
            "compared": self.compared,
            "answers": self.answers,
            "share": None if self.share is None else asdict(self.share),
        }


def _person(crowd: _Crowd, members: list[int], rates: Mapping[str, Rates]) -> _Person:
    import numpy as np

    largest: dict[int, int] = {}
    for face in members:
        home = crowd.homes[face]
        if home not in largest or crowd.sizes[face] > crowd.sizes[largest[home]]:
            largest[home] = face
    chosen = _spread(sorted(largest.values()), COMPARED)
    tightness = None
    posts = sorted(largest)
    if len(chosen) >= LEAST_POSTS:
        stacked = np.stack([crowd.vectors[face] for face in chosen])
        between = np.linalg.norm(stacked[:, None] - stacked[None], axis=2)
        tightness = round(float(np.median(between[np.triu_indices(len(chosen), 1)])), 4)
    size = float(np.median([crowd.sizes[face] for face in largest.values()]))
    if len(posts) < LEAST_POSTS:
        return _Person(members, posts, size, None, len(chosen), {}, None)
    own = _with(crowd, set(members), posts)
    answers = Counter(_how(file) for post in own for file in post.files)
    return _Person(
        members,
        posts,
        size,
        tightness,
        len(chosen),
        dict(sorted(answers.items())),
        _share(_scores(own), rates),
    )


def _with(crowd: _Crowd, members: set[int], posts: Iterable[int]) -> list[_Post]:
    """Posts with only those files in which one of the faces is."""
    return [
        _Post(p.time, p.declared, p.virtual, [f for f in p.files if members & set(f.faces)])
        for p in (crowd.posts[number] for number in posts)
    ]


def _those(crowd: _Crowd, main: _Person | None) -> list[_Post]:
    return crowd.posts if main is None else _with(crowd, set(main.members), main.posts)


def _looked(file: _File) -> bool:
    look = file.summary.get("depiction")
    return look is not None and look["status"] == "ok"


def _how(file: _File) -> str:
    """How a picture was made: `drawn`, `synthetic`, `camera`, `undecided`, `unknown`."""
    look, picture = file.summary.get("depiction"), file.summary["picture"]
    if look and look["model_decision"] is True:
        return "drawn"
    if not picture or picture["status"] != "ok" or picture["llr"] is None:
        return "unknown"
    return {True: "synthetic", False: "camera", None: "undecided"}[picture["model_decision"]]


def _scores(posts: Iterable[_Post]) -> list[PostScore]:
    """The classifier's answers."""
    found = (answer_of([f.summary for f in p.files], p.time) for p in posts)
    return [score for score in found if score is not None]


def _share(scores: Sequence[PostScore], rates: Mapping[str, Rates]) -> Any:
    """Interval of the share of synthetic posts among these, None when nothing was scored."""
    found = estimate_share([("", len(scores), scores)], rates) if scores and rates else None
    return None if found is None else found[0].share


def _voice(files: Sequence[_File]) -> bool | str | None:
    """True: synthetic; `other`: another answer; None: no voice was scored."""
    answers = [
        f.summary["voice"]["model_decision"]
        for f in files
        if f.summary["voice"] and f.summary["voice"]["llr"] is not None
    ]
    if not answers:
        return None
    return True if any(answer is True for answer in answers) else "other"


def _voices(crowd: _Crowd) -> dict[str, Any]:
    heard = gather(crowd.voices, ONE_VOICE)
    posts = [len({crowd.voice_homes[voice] for voice in members}) for members in heard]
    return {
        "posts": len(set(crowd.voice_homes)),
        "voices": len(heard),
        "main": max(posts, default=0),
    }


def _sheet(crowd: _Crowd, main: _Person | None) -> tuple[str, ...]:
    if main is None:
        return ()
    members = set(main.members)
    found: dict[str, None] = {}
    for number in main.posts:
        for file in crowd.posts[number].files:
            if file.faces and max(file.faces, key=lambda f: crowd.sizes[f]) in members:
                found.setdefault(file.sha256)
    return tuple(_spread(list(found), SHOWN))


def _spread(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many, evenly spaced."""
    if len(items) <= most:
        return list(items)
    return [items[number * len(items) // most] for number in range(most)]
