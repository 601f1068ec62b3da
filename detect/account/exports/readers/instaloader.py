"""instaloader: `DATE_UTC.json` or `.json.xz` beside `DATE_UTC.jpg`, `DATE_UTC_1.jpg`, ...

The JSON holds the `node` as Instagram sent it and `instaloader` with the version and the type of
node. Nodes after versions 4.0 to 4.16: the web's (`edge_media_to_caption`), the older one (`date`,
`caption`, `code`), and the app's (`iphone_struct`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from detect.account.exports.records import values
from detect.account.exports.records.folder import Folder
from detect.account.exports.records.platform_labels import (
    keeps_labels,
    paid_flags,
    platform_labels,
    shop_flags,
)
from detect.account.exports.records.post import Post, Profile
from detect.account.exports.records.values import counts, first, text

__all__ = ["Instaloader", "are_comments"]


def are_comments(document: Sequence[object]) -> bool:
    """Whether a list is that of `--comments`, `DATE_UTC_comments.json`: words of other people."""
    return bool(document) and all(
        isinstance(one, Mapping) and isinstance(one.get("owner"), Mapping) and "created_at" in one
        for one in document
    )


class Instaloader:
    """Reads instaloader's structures."""

    name = "instaloader"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Both keys are written by every version 4."""
        return isinstance(document.get("node"), Mapping) and (
            isinstance(document.get("instaloader"), Mapping) or "shortcode" in document["node"]
        )

    def read(
        self, document: Mapping[str, Any], folder: Folder, name: str
    ) -> Iterator[Post | Profile]:
        """Posts, stories and profiles; hashtags and frozen iterators hold nothing of use."""
        node = document["node"]
        kind = text(first(document, "instaloader.node_type")) or "Post"
        if kind == "Profile":
            yield _profile(node)
        elif kind in ("Post", "StoryItem"):
            yield self._post(node, folder, name)
            owner = first(node, "owner", "iphone_struct.user", "user")
            if isinstance(owner, Mapping):
                yield _profile(owner)

    def _post(self, node: Mapping[str, Any], folder: Folder, name: str) -> Post:
        caption = (
            text(
                first(
                    node,
                    "edge_media_to_caption.edges.0.node.text",
                    "caption.text",
                    "caption",
                    "iphone_struct.caption.text",
                )
            )
            or ""
        )
        shortcode = text(first(node, "shortcode", "code", "iphone_struct.code", "id", "pk"), 200)
        stem = name.removesuffix(".xz").removesuffix(".json")
        return Post(
            id=shortcode or "",
            platform="instagram",
            handle=text(
                first(node, "owner.username", "iphone_struct.user.username", "user.username"), 100
            ),
            time=values.time(
                first(node, "taken_at_timestamp", "date", "taken_at", "iphone_struct.taken_at")
            ),
            text=caption,
            hashtags=values.hashtags(caption),
            media=folder.with_stem(stem, numbered=True),
            counts=counts(
                node,
                likes=(
                    "edge_media_preview_like.count",
                    "edge_liked_by.count",
                    "likes.count",
                    "iphone_struct.like_count",
                ),
                comments=(
                    "edge_media_to_comment.count",
                    "edge_media_to_parent_comment.count",
                    "comments.count",
                    "comments",
                ),
                views=("video_view_count", "iphone_struct.play_count"),
            ),
            labels=platform_labels(node, platform="instagram"),
            labels_kept=keeps_labels(node),
            paid=paid_flags(node),
            shop=shop_flags(node),
            url=f"https://www.instagram.com/p/{shortcode}/" if shortcode else None,
            reader=self.name,
            sidecar=folder.relative(name),
        )


def _profile(node: Mapping[str, Any]) -> Profile:
    return Profile(
        "instagram",
        text(first(node, "username"), 100),
        text(first(node, "full_name"), 200),
        text(first(node, "biography"), 2000),
        values.count(first(node, "edge_followed_by", "follower_count", "followed_by")),
        values.count(first(node, "edge_owner_to_timeline_media", "media_count")),
    )
