"""An account in memory, for programs; an audit streams instead."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from detect.account.exports.export import read_export
from detect.account.exports.records.post import Post, Problem, Profile, merge
from detect.account.judging.cues import Cue, find_cues
from detect.account.judging.influence import Tier, tier_of

__all__ = ["Account", "combine_profiles"]


@dataclass(frozen=True, slots=True)
class Account:
    """A handle with its posts, as an export holds them.

    Attributes:
        profile: What is said of the account; its handle is the one most posts carry.
        posts: In time order; posts without a time come last, by id.
        problems: What could not be read.
    """

    profile: Profile
    posts: tuple[Post, ...]
    problems: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Account:
        """Reads an export: gallery-dl, instaloader, yt-dlp, a manifest, or a plain folder.

        Args:
            path: The folder, or one manifest (CSV, JSON Lines). What it is follows from its
                content; several kinds may be mixed.

        Raises:
            ConfigurationError: There is no such folder or file.
        """
        posts: dict[tuple[str, str], Post] = {}
        profiles: list[Profile] = []
        problems: list[Problem] = []
        for found in read_export(path):
            if isinstance(found, Post):
                key = found.platform, found.id
                posts[key] = merge(posts[key], found) if key in posts else found
            elif isinstance(found, Profile):
                if found not in profiles[-8:]:
                    profiles.append(found)
            else:
                problems.append(found)
        handles = Counter((p.platform, p.handle) for p in posts.values())
        ordered = sorted(posts.values(), key=lambda p: (p.time is None, p.time or "", p.id))
        return cls(combine_profiles(handles, profiles), tuple(ordered), tuple(problems))

    @property
    def tier(self) -> Tier | None:
        """Tier by followers; None when the export does not state them."""
        return tier_of(self.profile.followers)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """What the biography and the name say."""
        return find_cues(f"{self.profile.name or ''}\n{self.profile.bio or ''}")


def combine_profiles(
    handles: Counter[tuple[str, str | None]], profiles: Iterable[Profile]
) -> Profile:
    """The account of an export: whose posts these mostly are, with the fullest description.

    Args:
        handles: How many posts each platform and handle has.
        profiles: All that is said of any account, in order.
    """
    stated = Counter({k: n for k, n in handles.items() if k[1]}) or handles
    platform, handle = min(
        stated, key=lambda k: (-stated[k], k[0], k[1] or ""), default=("unknown", None)
    )
    known = Profile(platform, handle)
    for profile in profiles:
        if handle is not None and (profile.handle or handle).lower() != handle.lower():
            continue
        known = replace(
            known,
            name=known.name or profile.name,
            bio=max(known.bio or "", profile.bio or "", key=len) or None,
            followers=_most(known.followers, profile.followers),
            posts=_most(known.posts, profile.posts),
        )
    return known


def _most(a: int | None, b: int | None) -> int | None:
    return max((n for n in (a, b) if n is not None), default=None)
