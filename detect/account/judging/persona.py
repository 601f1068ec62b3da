"""Who is behind an account: a real person, a synthetic one, or nobody in particular.

A naive Bayes classifier by hand (Good 1950): the logarithms of `persona.toml` are added up, beside
the classifier's evidence, which is computed from its measured error rates. Probabilities are then
held against gates. A real person called synthetic is the worst error, so a synthetic outcome needs
the classifier or the account's own declaration, whatever the sum says.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from detect.account.judging.cues import Cue
from detect.account.weighing.estimate import Interval

__all__ = ["CLEAR", "OUTCOMES", "Persona", "PersonaReason", "Signs", "declared_by", "judge_persona"]

Outcome = Literal[
    "real-person",
    "real-person-ai-edited",
    "ai-persona",
    "cgi-virtual-human",
    "anime-vtuber",
    "no-persona",
    "undecided",
]
OUTCOMES: tuple[Outcome, ...] = (
    "real-person",
    "real-person-ai-edited",
    "ai-persona",
    "cgi-virtual-human",
    "anime-vtuber",
    "no-persona",
)

CLEAR = 0.85
"""Probability from which an outcome is stated; without a declaration few exceed 0.93, because the
classifier's weight is bounded."""
LEAST_POSTS = 8
"""Posts that must have been looked at before anything but a declaration is believed."""
RECURS = 0.25
"""Share of posts with a picture in which a face recurs."""
RARE = 0.2
"""Share of posts below which faces are missing."""
MOST = 0.5
MOSTLY_SYNTHETIC = 0.5
"""Lower end of the 90 % interval from which the classifier supports a synthetic persona."""
HARDLY_SYNTHETIC = 0.25
"""Upper end of that interval up to which it supports a real one."""
CLEARLY_SOME = 0.05
"""Lower end from which some posts of a real person are taken as synthetic."""
MOST_EVIDENCE = math.log(150)
"""Largest weight of the classifier: its error rates were measured on other accounts."""
LEAST_TIGHT = 8
"""Faces that a median distance needs."""

SPOKEN = frozenset(("says-virtual", "says-ai", "says-cgi"))
"""Rows in which the account itself says that nobody real is shown."""

_OWN = re.compile(r"\b(?:creator|artist|robot|muse)\b|博主|主播|美女", re.IGNORECASE)
_RENDERED = re.compile(r"\bcgi\b|computer[- ]generated|超写实|metahuman|unreal|daz", re.IGNORECASE)
_SAYS_AI = re.compile(r"\ba\.?i\b|\bki\b|\bia\b|^#?ai|^#?ki|ai模特|ai网红|人工|artificial", re.I)


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about the account, as numbers.

    Attributes:
        posts: Posts in question: those with the account's face, else all with a picture.
        pictures: Posts of the account with a picture.
        faces: Of these, posts with any face; None when faces were not compared.
        persona: Posts with the account's face; 0 when no face recurs.
        looked: Pictures in question that were looked at for how they are made.
        drawn: Of these, drawn or rendered ones.
        tightness: Median Euclidean distance between pictures of the account's face.
        tight_faces: How many faces that is of.
        scored: Posts in question with an answer of the classifier.
        share: Share of synthetic posts among those in question.
        whole: The same among all posts of the account.
        evidence: Log-likelihood of the classifier's answers if no, some, nearly all posts are
            synthetic, and if nothing is known.
        declared: Posts in question that label, words or file call AI-generated.
        virtual: Posts in question whose words call the person virtual.
        voices_scored: Posts with a decided or undecided voice.
        voices_synthetic: Of these, synthetic ones.
        cues: Of name and biography.
    """

    posts: int
    pictures: int
    faces: int | None
    persona: int
    looked: int = 0
    drawn: int = 0
    tightness: float | None = None
    tight_faces: int = 0
    scored: int = 0
    share: Interval | None = None
    whole: Interval | None = None
    evidence: tuple[float, float, float, float] | None = None
    declared: int = 0
    virtual: int = 0
    voices_scored: int = 0
    voices_synthetic: int = 0
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonaReason:
    """One row of the sum.

    Attributes:
        code: Row of `persona.toml`.
        en: Sentence in English; words of the account in it are untrusted.
        zh: The same in Chinese.
        weights: Log-likelihood by outcome, the largest of them 0.
    """

    code: str
    en: str
    zh: str
    weights: dict[str, float]


@dataclass(frozen=True, slots=True)
class Persona:
    """The answer.

    Attributes:
        outcome: What is stated.
        leaning: The most probable outcome.
        probabilities: By outcome; they add up to 1.
        reasons: What they follow from.
        withheld: Why nothing is stated; None when something is.
    """

    outcome: Outcome
    leaning: Outcome
    probabilities: Mapping[Outcome, float]
    reasons: tuple[PersonaReason, ...]
    withheld: PersonaReason | None = field(default=None)


def declared_by(cues: Sequence[Cue]) -> dict[str, str]:
    """Rows that name and biography set off, with the words that do: `says-ai`, `says-cgi`, ..."""
    found: dict[str, str] = {}
    for cue in cues:
        if cue.kind != "virtual-human":
            continue
        if cue.code == "vtuber":
            row = "says-vtuber"
        elif _OWN.search(cue.words):
            row = "says-works-with-ai"
        elif cue.code == "cgi":
            row = "says-works-with-cgi"
        elif _RENDERED.search(cue.words):
            row = "says-cgi"
        else:
            row = "says-ai" if _SAYS_AI.search(cue.words) else "says-virtual"
        found.setdefault(row, cue.words)
    for trade, self_named in (("ai", "says-ai"), ("cgi", "says-cgi")):
        if self_named in found:
            found.pop(f"says-works-with-{trade}", None)
    return found


def judge_persona(signs: Signs) -> Persona:
    """Weighs the signs.

    Args:
        signs: Of the account.
    """
    table = _table()
    rows: dict[str, dict[str, Any]] = {}
    said = declared_by(signs.cues)
    rows.update({row: {"words": words} for row, words in said.items()})
    rows.update({row: {} for row in _seen(signs)})
    declares = _posts_declare(signs) or bool(set(said) & SPOKEN)
    if signs.evidence is not None and signs.share is not None:
        rows["classifier"] = {"share": _range(signs.share), "ignored": declares}
    reasons = tuple(_reason(code, signs, more) for code, more in rows.items())
    total: dict[Outcome, float] = {
        name: math.log(prior) + sum(reason.weights[name] for reason in reasons)
        for name, prior in zip(OUTCOMES, table["prior"]["share"], strict=True)
    }
    top = max(total.values())
    odds = {name: math.exp(value - top) for name, value in total.items()}
    chances = {name: value / sum(odds.values()) for name, value in odds.items()}
    leaning = max(OUTCOMES, key=lambda name: chances[name])
    why = _why_not(leaning, chances[leaning], signs, set(said))
    return Persona(
        leaning if why is None else "undecided",
        leaning,
        {name: chances[name] for name in OUTCOMES},
        reasons,
        None if why is None else _sentence("withheld", why, signs, {}, {}),
    )


def _seen(signs: Signs) -> list[str]:
    """Rows that numbers set off."""
    rows = []
    enough = signs.pictures >= LEAST_POSTS
    if signs.faces is not None and enough:
        if signs.persona:
            rows.append("face-recurs")
        else:
            rows.append("faces-vary" if signs.faces > RARE * signs.pictures else "faces-missing")
    if signs.looked >= LEAST_POSTS:
        share = signs.drawn / signs.looked
        rows += ["drawn-most"] if share > MOST else ["drawn-some"] if share >= 0.1 else []
        rows += ["photographic"] if share < 0.1 else []
    if signs.posts and signs.virtual >= MOST * signs.posts:
        rows.append("posts-say-virtual")
    if signs.declared:
        rows.append("declared-most" if signs.declared >= MOST * signs.posts else "declared-some")
    if signs.voices_scored >= 3 and signs.voices_synthetic > MOST * signs.voices_scored:
        rows.append("voice-synthetic")
    if signs.tightness is not None and signs.tight_faces >= LEAST_TIGHT:
        rows.append("tightness")
    return rows


def _why_not(leaning: str, chance: float, signs: Signs, said: set[str]) -> str | None:
    """Why the most probable outcome is not stated; None when it is."""
    spoken = bool(said & SPOKEN)
    declares = spoken or _posts_declare(signs)
    drawn = signs.looked >= LEAST_POSTS and signs.drawn > MOST * signs.looked
    share = signs.share if signs.scored >= LEAST_POSTS else None
    if spoken and not _posts_declare(signs) and share and share.high <= HARDLY_SYNTHETIC:
        return "conflict"
    if chance < CLEAR:
        return "unclear"
    if not spoken and signs.pictures < LEAST_POSTS:
        return "few-posts"
    if signs.faces is None and not (declares or drawn or "says-vtuber" in said):
        return "no-biometrics"
    basis = {
        "real-person": share is not None and share.high <= HARDLY_SYNTHETIC,
        "real-person-ai-edited": share is not None
        and share.high < 1 - CLEARLY_SOME
        and share.low >= CLEARLY_SOME,
        "ai-persona": declares or (share is not None and share.low >= MOSTLY_SYNTHETIC),
        "cgi-virtual-human": declares or drawn,
        "anime-vtuber": drawn or "says-vtuber" in said,
        "no-persona": True,
    }
    if not basis[leaning]:
        return "no-basis"
    return None if declares or drawn or _confirmed(leaning, signs) else "mixed"


def _confirmed(leaning: str, signs: Signs) -> bool:
    """Whether the whole account bears out what the posts with its face say."""
    whole = signs.whole
    if whole is None:
        return True
    if leaning == "ai-persona":
        return whole.low >= MOSTLY_SYNTHETIC
    if leaning == "real-person" and signs.persona < MOST * signs.pictures:
        return whole.high <= HARDLY_SYNTHETIC
    return leaning != "real-person" or whole.low < CLEARLY_SOME


def _posts_declare(signs: Signs) -> bool:
    """Whether half of enough posts call themselves AI-generated or the person virtual."""
    said = max(signs.declared, signs.virtual)
    return signs.posts >= LEAST_POSTS and said >= MOST * signs.posts


def _weights(code: str, signs: Signs) -> dict[Outcome, float]:
    if code != "classifier":
        return dict(zip(OUTCOMES, _table()["row"][code]["ln"], strict=True))
    assert signs.evidence is not None
    none, some, nearly_all, unknown = signs.evidence
    values = (none, some, nearly_all, unknown, unknown, unknown)
    top = max(values)
    return {
        name: max(value - top, -MOST_EVIDENCE) for name, value in zip(OUTCOMES, values, strict=True)
    }


def _reason(code: str, signs: Signs, more: Mapping[str, Any]) -> PersonaReason:
    ignored = more.get("ignored", False)
    weights = dict.fromkeys(OUTCOMES, 0.0) if ignored else _weights(code, signs)
    return _sentence("row", code, signs, more, {str(k): v for k, v in weights.items()})


def _sentence(
    part: str, code: str, signs: Signs, more: Mapping[str, Any], weights: dict[str, float]
) -> PersonaReason:
    words = _table()[part][code]
    facts = {name: getattr(signs, name) for name in signs.__dataclass_fields__}
    facts = {**facts, "clear": CLEAR, "least": LEAST_POSTS, **more}
    return PersonaReason(code, words["en"].format(**facts), words["zh"].format(**facts), weights)


def _range(share: Interval) -> str:
    return f"{share.value:.0%} ({share.low:.0%}–{share.high:.0%})"


@cache
def _table() -> dict[str, Any]:
    file = resources.files("detect.account.judging") / "persona.toml"
    table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    if tuple(table["outcomes"]) != OUTCOMES:
        raise AssertionError("persona.toml: other outcomes")
    return table
