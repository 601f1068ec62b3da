"""The persona of an account, read from its journal: who recurs, how alike, how synthetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from detect.account.exports.records.post import Profile
from detect.account.judging.crowd import Crowd, SeenPost, read_crowd
from detect.account.judging.cues import find_cues
from detect.account.judging.persona import RECURS, Persona, Signs, judge_persona
from detect.account.running.journal import Journal
from detect.account.weighing.estimate import estimate_share
from detect.account.weighing.rates import Rates
from detect.account.weighing.scores import PostScore, answer_of
from detect.account.weighing.share_evidence import share_evidence
from detect.pipeline.people import gather

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
    crowd = read_crowd(book, config, first)
    persons = gather(crowd.vectors, ONE_FACE)
    ranked = sorted(
        (_person(crowd, members) for members in persons),
        key=lambda p: (-len(p.posts), -p.size, p.members[0]),
    )
    least = max(LEAST_POSTS, RECURS * len(crowd.posts))
    main = ranked[0] if ranked and len(ranked[0].posts) >= least else None
    posts = _those(crowd, main)
    scores = [score for score in _scores(posts) if score.kind in rates]
    share = _share(scores, rates)
    files = [file for post in posts for file in post.files]
    pictures = Counter(file.making for file in files)
    bio = find_cues(f"{profile.name or ''}\n{profile.bio or ''}")
    signs = Signs(
        posts=len(posts),
        pictures=len(crowd.posts),
        faces=len(crowd.with_faces) if compared else None,
        persona=len(main.posts) if main else 0,
        looked=sum(file.looked for file in files),
        drawn=pictures["drawn"],
        tightness=main.tightness if main else None,
        tight_faces=main.compared if main else 0,
        scored=len(scores),
        share=share,
        whole=_share(_scores(crowd.posts), rates) if main else share,
        evidence=share_evidence(scores, rates) if share else None,
        declared=sum(post.declared for post in posts),
        virtual=sum(post.virtual for post in posts),
        voices_scored=sum(any(f.spoken for f in p.files) for p in posts),
        voices_synthetic=sum(any(f.synthetic_voice for f in p.files) for p in posts),
        cues=bio,
    )
    persona = judge_persona(signs)
    recurring = [p for p in ranked if len(p.posts) >= LEAST_POSTS]
    plain = {
        **asdict(persona),
        "posts": signs.posts,
        "pictures": signs.pictures,
        "share": None if share is None else asdict(share),
        "answers": dict(sorted(pictures.items())),
        "faces": {
            "posts": signs.faces,
            "people": len(ranked),
            "recurring": [
                {"number": number, "account": p is main, **_listed(crowd, p, rates)}
                for number, p in enumerate(recurring[:LISTED], 1)
            ],
        }
        if compared
        else None,
        "voices": _voices(crowd, signs) if compared else None,
    }
    return People(persona, plain, _sheet(crowd, main))


@dataclass(frozen=True, slots=True)
class _Person:
    """A face over the posts: numbers of faces and posts, median share of the frame, tightness."""

    members: list[int]
    posts: list[int]
    size: float
    tightness: float | None
    compared: int


def _person(crowd: Crowd, members: list[int]) -> _Person:
    import numpy as np

    largest: dict[int, int] = {}
    for face in members:
        home = crowd.homes[face]
        if home not in largest or crowd.sizes[face] > crowd.sizes[largest[home]]:
            largest[home] = face
    chosen = _spread(sorted(largest.values()), COMPARED)
    tightness = None
    if len(chosen) >= LEAST_POSTS:
        stacked = np.stack([crowd.vectors[face] for face in chosen])
        between = np.linalg.norm(stacked[:, None] - stacked[None], axis=2)
        tightness = round(float(np.median(between[np.triu_indices(len(chosen), 1)])), 4)
    size = float(np.median([crowd.sizes[face] for face in largest.values()]))
    return _Person(members, sorted(largest), size, tightness, len(chosen))


def _listed(crowd: Crowd, person: _Person, rates: Mapping[str, Rates]) -> dict[str, Any]:
    posts = _with(crowd, person.members, person.posts)
    share = _share(_scores(posts), rates)
    return {
        "posts": len(person.posts),
        "size": round(person.size, 4),
        "tightness": person.tightness,
        "compared": person.compared,
        "answers": dict(sorted(Counter(f.making for p in posts for f in p.files).items())),
        "share": None if share is None else asdict(share),
    }


def _with(crowd: Crowd, members: Sequence[int], posts: Iterable[int]) -> list[SeenPost]:
    """Posts with only those files in which one of the faces is."""
    faces = set(members)
    return [crowd.posts[number].only(faces) for number in posts]


def _those(crowd: Crowd, main: _Person | None) -> list[SeenPost]:
    return crowd.posts if main is None else _with(crowd, main.members, main.posts)


def _scores(posts: Iterable[SeenPost]) -> list[PostScore]:
    """The classifier's answers."""
    found = (answer_of([f.result for f in p.files], p.time) for p in posts)
    return [score for score in found if score is not None]


def _share(scores: Sequence[PostScore], rates: Mapping[str, Rates]) -> Any:
    """Interval of the share of synthetic posts among these, None when nothing was scored."""
    found = estimate_share([("", len(scores), scores)], rates) if scores and rates else None
    return None if found is None else found[0].share


def _voices(crowd: Crowd, signs: Signs) -> dict[str, Any]:
    heard = gather(crowd.voices, ONE_VOICE)
    posts = len(set(crowd.voice_homes))
    main = max((len({crowd.voice_homes[v] for v in members}) for members in heard), default=0)
    return {
        "posts": posts,
        "voices": len(heard),
        "main": main,
        "account": main >= max(LEAST_POSTS, RECURS * posts),
        "scored": signs.voices_scored,
        "synthetic": signs.voices_synthetic,
    }


def _sheet(crowd: Crowd, main: _Person | None) -> tuple[str, ...]:
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
