"""What a post discloses against what the evidence says about it: the disclosure gap.

Five sources are kept apart for every post: the platform's label, the creator's own words, what the
file declares, a mark that can be seen, and the classifiers. Words and labels disclose; a visible
mark discloses too, for it is there to be seen; a declaration inside the file does not, for nobody
sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from detect.account.exports.records.post import Post
from detect.account.judging.cues import Cue

__all__ = ["GAP", "OUTCOMES", "Disclosure", "Matrix", "Outcome", "disclose", "duties"]

Outcome = Literal[
    "disclosed",
    "undisclosed",
    "label-removed",
    "declared-in-file",
    "over-disclosed",
    "unclear",
    "no-sign",
]
OUTCOMES: tuple[Outcome, ...] = (
    "undisclosed",
    "label-removed",
    "declared-in-file",
    "disclosed",
    "over-disclosed",
    "unclear",
    "no-sign",
)
"""Most worrying first. `label-removed`: a label was switched off, and the post does not say AI.
`declared-in-file`: the file says AI and the post does not, but the export does not keep the labels
of the platform; where it does, that is `undisclosed`. `over-disclosed`: it says AI, and every
picture was decided to be free of traces.
`unclear`: nothing is disclosed and the evidence decides nothing, or what the
post says could not be read. `no-sign`: nothing is disclosed
and no trace was found, which does not make it real."""

GAP: tuple[Outcome, ...] = ("undisclosed", "label-removed")
"""Outcomes in which evidence of AI stands against a post that does not say so."""

Answer = Literal["synthetic", "camera", "undecided", "not-examined"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The five sources, each with what it rests on.

    Attributes:
        platform: Codes of the platform's AI labels that are on.
        removed: Codes of labels that were switched off.
        text: What the creator's words and hashtags say (untrusted).
        file: Sources and claims of declarations inside the files, `c2pa:ai-generated`.
        mark: Texts of visible marks (untrusted).
        picture: What the picture classifiers decide: `synthetic` if they do for any file, `camera`
            if they find no trace in any of those examined.
        voice: The same for voices.
    """

    platform: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    file: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()
    picture: Answer = "not-examined"
    voice: Answer = "not-examined"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The outcome for one post.

    Attributes:
        outcome: One of `OUTCOMES`.
        matrix: What it follows from.
        basis: Sources that say synthetic, strongest first: `file`, `mark`, `picture`, `voice`.
        by: Sources that disclose: `platform`, `text`, `mark`.
    """

    outcome: Outcome
    matrix: Matrix
    basis: tuple[str, ...]
    by: tuple[str, ...]


def disclose(post: Post, cues: Sequence[Cue], results: Sequence[Mapping[str, Any]]) -> Disclosure:
    """Holds what a post discloses against the evidence.

    Args:
        post: With the platform's labels.
        cues: Of its caption and hashtags.
        results: Of its files, as `detect.account.running.result.summarise` makes them.
    """
    matrix = Matrix(
        platform=tuple(label.code for label in post.labels if label.by != "removed"),
        removed=tuple(label.code for label in post.labels if label.by == "removed"),
        text=tuple(c.words for c in cues if c.kind in ("disclosure", "virtual-human")),
        file=tuple(
            dict.fromkeys(
                f"{d['source']}:{d['claim']}"
                for result in results
                for d in result["declared"]
                if d["claim"] in ("ai-generated", "ai-edited") and d["state"] != "void"
            )
        ),
        mark=tuple(dict.fromkeys(m["text"] for result in results for m in result["marks"])),
        picture=_answer(results, "picture"),
        voice=_answer(results, "voice"),
    )
    by = tuple(name for name in ("platform", "text", "mark") if getattr(matrix, name))
    basis = [name for name in ("file", "mark") if getattr(matrix, name)]
    basis += [name for name in ("picture", "voice") if getattr(matrix, name) == "synthetic"]
    outcome = _outcome(matrix, tuple(basis), by, post.labels_kept)
    if post.unread is not None and not by and basis:
        outcome = "unclear"  # its words or labels could not be read: nobody knows what it says
    return Disclosure(outcome, matrix, tuple(basis), by)


def _outcome(
    matrix: Matrix, basis: tuple[str, ...], by: tuple[str, ...], labels_kept: bool
) -> Outcome:
    answers = {matrix.picture, matrix.voice} - {"not-examined"}
    if by:
        spoken = set(by) - {"mark"}
        free = answers == {"camera"} and not basis
        return "over-disclosed" if spoken and free else "disclosed"
    if matrix.removed:
        return "label-removed"
    if matrix.file and not labels_kept:
        return "declared-in-file"
    if basis:
        return "undisclosed"
    return "no-sign" if answers == {"camera"} else "unclear"


def _answer(results: Sequence[Mapping[str, Any]], name: str) -> Answer:
    decisions = [
        result[name]["model_decision"]
        if result[name]["decision"] is result[name]["model_decision"]
        or result[name]["decided_by"] == "declaration"
        else result[name]["decision"]
        for result in results
        if result[name] is not None
        and result[name]["status"] == "ok"
        and result[name]["llr"] is not None
    ]
    if any(decisions):
        return "synthetic"
    if not decisions:
        return "not-examined"
    return "camera" if all(d is False for d in decisions) else "undecided"


_GRADES = ("none-found", "suspected", "review", "possible", "confirmed", "disclose")
"""What a jurisdiction asks for, least first; several files of a post: the most."""


def duties(
    disclosure: Disclosure, results: Sequence[Mapping[str, Any]], *, paid: bool
) -> dict[str, dict[str, Any]]:
    """What each jurisdiction asks of a post: category, notice, clause, and whether it is open.

    Args:
        disclosure: Of the post; its publisher declares when platform label or text do.
        results: Of its files.
        paid: It is an advertisement: New York's rule is about nothing else.

    Returns:
        By jurisdiction; `open` means that nothing discloses what should be.
    """
    declares = "declared" if set(disclosure.by) & {"platform", "text"} else "silent"
    found: dict[str, dict[str, Any]] = {}
    for result in results:
        for key, label in result["labels"][declares].items():
            known = found.get(key)
            if known is None or _weight(label) > _weight(known):
                found[key] = dict(label)
    gap = disclosure.outcome in GAP
    for key, label in found.items():
        advertising_only = key == "us-ny"
        label["open"] = gap and label["category"] != "none-found" and (paid or not advertising_only)
    return found


def _weight(label: Mapping[str, Any]) -> int:
    category = label["category"]
    return _GRADES.index(category) if category in _GRADES else 0
