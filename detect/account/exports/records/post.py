"""What an export says about one post, about the account, and what could not be read.

All text in here was written by whoever made the post or the export: it is untrusted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

__all__ = ["MediaRef", "PlatformLabel", "Post", "Problem", "Profile", "Role", "merge"]

LabelledBy = Literal["creator", "platform", "metadata", "removed"]
"""Who put a platform's AI label there: the creator's own switch, the platform's classifier, the
platform's reading of the file's metadata or watermark; or that it was switched off again."""

Role = Literal["media", "thumbnail", "music"]


@dataclass(frozen=True, slots=True)
class PlatformLabel:
    """The platform's own AI label, as its metadata keeps it.

    Attributes:
        code: Stable code, for example `tiktok-creator` or `instagram-c2pa-metadata`.
        by: Who put it there.
        where: Key in the sidecar.
        value: What stood there, verbatim (untrusted).
    """

    code: str
    by: LabelledBy
    where: str
    value: str


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file of a post.

    Attributes:
        path: Relative to the export, as the `os` module decodes it.
        role: `media` is examined; the platform's `thumbnail` of a video and the licensed `music`
            under a slide show are only listed.
    """

    path: str
    role: Role = "media"


@dataclass(frozen=True, slots=True)
class Post:
    """One post.

    Attributes:
        id: The platform's id, or the path where there is none.
        platform: `tiktok`, `instagram`, `x`, `weibo`, `bilibili`, `pixiv`, `youtube`, another name,
            or `unknown`.
        handle: Who posted it, None when not stated.
        time: ISO 8601 in UTC (`2026-03-01T12:00:00Z`), None when not stated.
        text: Title and caption.
        hashtags: Lower case, without `#`, in order.
        media: Its files, in order.
        counts: `likes`, `comments`, `shares`, `views`, where stated.
        labels: The platform's AI labels.
        labels_kept: Whether the export would hold such a label; where not, none says nothing.
        paid: Keys of the platform that say it is an advertisement or a paid partnership.
        shop: Keys of the platform that say it sells something.
        url: Its address.
        reader: Which reader understood it.
        sidecar: Where its metadata lie, relative to the export, None in a plain folder.
        unread: Why its words or labels could not be read; nothing is held against it then.
    """

    id: str
    platform: str
    handle: str | None = None
    time: str | None = None
    text: str = ""
    hashtags: tuple[str, ...] = ()
    media: tuple[MediaRef, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    labels: tuple[PlatformLabel, ...] = ()
    labels_kept: bool = False
    paid: tuple[str, ...] = ()
    shop: tuple[str, ...] = ()
    url: str | None = None
    reader: str = ""
    sidecar: str | None = None
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What an export says about the account.

    Attributes:
        platform: As for posts.
        handle: Its name in addresses.
        name: The name shown.
        bio: Its description of itself.
        followers: How many follow it, None when not stated.
        posts: How many posts the platform counts, None when not stated.
    """

    platform: str
    handle: str | None = None
    name: str | None = None
    bio: str | None = None
    followers: int | None = None
    posts: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the export that could not be used; it costs one post at most.

    Attributes:
        path: Relative to the export.
        reason: A sentence.
    """

    path: str
    reason: str

    def __post_init__(self) -> None:
        """Words of the export in the reason become text that every output can write."""
        plain = self.reason.encode("utf-8", "backslashreplace").decode()
        object.__setattr__(self, "reason", plain)


T = TypeVar("T")


def merge(first: Post, second: Post) -> Post:
    """One post of two sidecars that speak of it (a gallery has one a picture)."""

    return replace(
        first,
        handle=first.handle or second.handle,
        time=first.time or second.time,
        text=first.text if len(first.text) >= len(second.text) else second.text,
        hashtags=_union(first.hashtags, second.hashtags),
        media=_union(first.media, second.media),
        counts={**second.counts, **first.counts},
        labels=_union(first.labels, second.labels),
        labels_kept=first.labels_kept or second.labels_kept,
        paid=_union(first.paid, second.paid),
        shop=_union(first.shop, second.shop),
        url=first.url or second.url,
        unread=first.unread and second.unread,
    )


def _union(a: tuple[T, ...], b: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(a + b))
