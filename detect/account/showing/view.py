"""What the page of an audit shows of its posts: one pass over them in little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from detect.account.judging.disclosure import GAP, OUTCOMES

__all__ = ["ROWS", "SOURCES", "Posts", "concern", "look", "says"]

SOURCES = ("platform", "text", "file", "mark", "classifier")
ROWS = 40
"""Posts of which the page has a row."""
EARLIEST = "1995"
"""Times before this one are mistakes of the export (1970: none) and would flatten the plot."""
WORST = 12
"""Posts that are shown with their pictures."""
POINTS = 400
"""Posts in the plot; of larger accounts evenly spaced ones."""


@dataclass(slots=True)
class Posts:
    """The posts of an account, counted, and those that are shown.

    Attributes:
        sources: What each of the five sources says, over posts: `(source, answer)`.
        paid_sources: The same for paid posts.
        duties: Posts by jurisdiction and category.
        open: Posts by jurisdiction that should be labelled and are not.
        texts: Wording and clause by jurisdiction and category.
        rows: The posts of most concern; those without any sign are never among them.
        more: Posts with a sign that are not in `rows`.
        points: Posts with a time, in time order.
        every: One of so many of them is in `points`.
        undated: Posts without a time that can be drawn.
        paid: Paid posts.
    """

    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    paid_sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    duties: Counter[tuple[str, str]] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    texts: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0
    points: list[dict[str, Any]] = field(default_factory=list)
    every: int = 1
    undated: int = 0
    paid: int = 0

    @property
    def worst(self) -> list[dict[str, Any]]:
        """The posts with decided evidence of synthesis, undisclosed and paid ones first."""
        return [p for p in self.rows if p["disclosure"]["basis"]][:WORST]


def look(posts: Iterable[dict[str, Any]], *, rows: int = ROWS) -> Posts:
    """Reads the posts once.

    Args:
        posts: Records as `detect.account.judging.record` makes them, in time order.
        rows: How many to keep of those of most concern.
    """
    found = Posts()
    timed = signs = 0
    for post in posts:
        for source in SOURCES:
            answer = source, says(post, source)
            found.sources[answer] += 1
            found.paid_sources[answer] += post["paid"]
        found.paid += post["paid"]
        for name, due in post["duties"].items():
            if name == "us-ny" and not post["paid"]:
                continue
            key = name, due["category"]
            found.duties[key] += 1
            found.open[name] += due["open"]
            found.texts.setdefault(key, (due["text"], due["rule"]))
        if post["disclosure"]["outcome"] != "no-sign":
            signs += 1
            found.rows.append(post)
        if len(found.rows) >= 4 * rows:
            found.rows = sorted(found.rows, key=concern)[:rows]
        if not post["time"] or post["time"] < EARLIEST:
            found.undated += 1
            continue
        if timed % found.every == 0:
            found.points.append(_point(post))
        timed += 1
        if len(found.points) > POINTS:
            found.points = found.points[::2]
            found.every *= 2
    found.rows = sorted(found.rows, key=concern)[:rows]
    found.more = signs - len(found.rows)
    return found


def concern(post: Mapping[str, Any]) -> tuple[Any, ...]:
    """Order of posts by concern: undisclosed and paid, undisclosed, disclosed, then by score."""
    outcome = post["disclosure"]["outcome"]
    gap = outcome in GAP
    return (
        not (gap and post["paid"]),
        not gap,
        0 if gap else OUTCOMES.index(outcome),
        -strength(post),
        post["time"] or "~",
        post["platform"],
        post["id"],
    )


def strength(post: Mapping[str, Any]) -> float:
    """The evidence of a post on one scale: a declaration of its file outweighs every score."""
    if post["disclosure"]["matrix"]["file"]:
        return 100.0
    scores = [m[k] for m in post["media"] for k in ("picture_llr", "voice_llr")]
    return max((s for s in scores if s is not None), default=-100.0)


def says(post: Mapping[str, Any], source: str) -> str:
    """What one of the five sources says about a post.

    Returns:
        `yes`, `removed`, `none`; of the classifiers `synthetic`, `undecided`, `camera`,
        `not-examined`.
    """
    matrix = post["disclosure"]["matrix"]
    if source == "classifier":
        answers = {matrix["picture"], matrix["voice"]}
        for answer in ("synthetic", "undecided", "camera"):
            if answer in answers:
                return answer
        return "not-examined"
    if matrix[source]:
        return "yes"
    return "removed" if source == "platform" and matrix["removed"] else "none"


def _point(post: Mapping[str, Any]) -> dict[str, Any]:
    """What the plot needs of a post."""
    outcome = post["disclosure"]["outcome"]
    assert outcome in OUTCOMES
    return {
        "time": post["time"],
        "llr": post["score"]["llr"] if post["score"] else None,
        "answer": says(post, "classifier"),
        "disclosed": bool(post["disclosure"]["by"]),
        "outcome": outcome,
        "gap": outcome in GAP,
        "paid": post["paid"],
    }
