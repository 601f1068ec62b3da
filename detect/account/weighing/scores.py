"""What the picture classifiers say of a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["PostScore", "answer_of"]

Answer = Literal["synthetic", "undecided", "free"]


@dataclass(frozen=True, slots=True)
class PostScore:
    """What the picture classifiers say of one post.

    Attributes:
        time: ISO 8601, None when not known.
        kind: `image` or `video`.
        llr: Mean of the log-likelihood ratios of its files.
        answer: Of the post, by that mean and the mean thresholds.
    """

    time: str | None
    kind: str
    llr: float
    answer: Answer


def answer_of(results: Sequence[Mapping[str, Any]], time: str | None) -> PostScore | None:
    """The classifiers' answer on a post, from those on its files.

    Args:
        results: Of its files, as the journal keeps them.
        time: Of the post.

    Returns:
        None when no picture of it could be scored.
    """
    scored = [
        (r["kind"], r["picture"])
        for r in results
        if (found := r["picture"]) and found["llr"] is not None and found["positive"] is not None
    ]
    if not scored:
        return None
    mean = {
        name: sum(p[name] for _, p in scored) / len(scored)
        for name in ("llr", "positive", "negative")
    }
    answer: Answer = "undecided"
    if mean["llr"] >= mean["positive"]:
        answer = "synthetic"
    elif mean["llr"] <= mean["negative"]:
        answer = "free"
    kind = "video" if all(k == "video" for k, _ in scored) else "image"
    return PostScore(time, kind, mean["llr"], answer)
