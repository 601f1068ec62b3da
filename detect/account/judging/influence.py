"""Tier by followers and what a post sells: the context an analyst reads a finding in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from detect.account.exports.records.post import Post
from detect.account.judging.cues import Cue

__all__ = ["TIERS", "Tier", "is_paid", "is_selling", "tier_of"]

Tier = Literal["none", "nano", "micro", "mid", "macro", "mega"]

TIERS: tuple[tuple[int, Tier], ...] = (
    (5_000_000, "mega"),
    (1_000_000, "macro"),
    (500_000, "mid"),
    (50_000, "micro"),
    (10_000, "nano"),
)
"""Least followers of each tier; mega is more than five million."""


def tier_of(followers: int | None) -> Tier | None:
    """The tier: nano 10-50 thousand, micro to 500, mid to a million, macro to 5 million, mega.

    Returns:
        `none` below ten thousand; None when the number is not known.
    """
    if followers is None:
        return None
    if followers == 5_000_000:
        return "macro"
    return next((tier for least, tier in TIERS if followers >= least), "none")


def is_paid(post: Post, cues: Sequence[Cue]) -> bool:
    """Whether the platform or the post itself says that it is an advertisement or paid for."""
    return bool(post.paid) or any(cue.kind == "paid" for cue in cues)


def is_selling(post: Post, cues: Sequence[Cue]) -> bool:
    """Whether a post sells something: 带货, links, discount codes, a shop of the platform."""
    return bool(post.shop) or any(cue.kind == "selling" for cue in cues)
