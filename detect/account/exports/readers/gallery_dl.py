"""gallery-dl: `--write-metadata` puts `NAME.EXT.json` beside every file, one post or many files.

Every sidecar carries `category` (the site) and what its extractor made of the site's answer. Keys
after gallery-dl 1.24 to 1.32. Of the platforms' AI labels the sidecars of TikTok, Weibo, Bilibili
and Pixiv keep what the site sent; those of Instagram and X hold chosen fields, and no label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from detect.account.exports.readers.base import platform_name
from detect.account.exports.records import values
from detect.account.exports.records.folder import IMAGES, SOUNDS, VIDEOS, Folder, extension
from detect.account.exports.records.platform_labels import (
    keeps_labels,
    paid_flags,
    platform_labels,
    shop_flags,
)
from detect.account.exports.records.post import MediaRef, Post, Profile, Role
from detect.account.exports.records.values import counts, first, text

__all__ = ["GalleryDl"]

Fields = dict[str, Any]

_DYNAMIC = "detail.modules.module_dynamic"
_LABELLED = frozenset(("tiktok", "weibo", "bilibili", "pixiv"))
"""Platforms whose AI labels get into a sidecar."""
_PACKED = frozenset(("zip",))
"""Pixiv's animations: listed as what cannot be examined."""
_PROFILE = frozenset(("avatar", "background", "info"))
"""Subcategories that are about the account and hold no post."""


def _tiktok(d: Mapping[str, Any]) -> Fields:
    return {
        "id": first(d, "id"),
        "handle": first(d, "author.uniqueId", "author.unique_id", "user"),
        "name": first(d, "author.nickname"),
        "bio": first(d, "author.signature"),
        "time": first(d, "createTime", "date"),
        "text": first(d, "desc", "title"),
        "tags": first(d, "textExtra") or first(d, "challenges"),
        "followers": first(
            d,
            "authorStatsV2.followerCount",
            "authorStats.followerCount",
            "author.followerCount",
        ),
        "posts": first(d, "authorStatsV2.videoCount", "authorStats.videoCount"),
        "counts": counts(
            d,
            likes=("statsV2.diggCount", "stats.diggCount"),
            comments=("statsV2.commentCount", "stats.commentCount"),
            shares=("statsV2.shareCount", "stats.shareCount"),
            views=("statsV2.playCount", "stats.playCount"),
        ),
    }


def _instagram(d: Mapping[str, Any]) -> Fields:
    return {
        "id": first(d, "post_shortcode", "shortcode", "code", "post_id", "id"),
        "handle": first(d, "username", "user.username", "owner.username"),
        "name": first(d, "fullname", "user.full_name", "owner.full_name"),
        "bio": first(d, "user.biography", "biography"),
        "time": first(d, "post_date", "date", "taken_at", "taken_at_timestamp"),
        "text": first(d, "description", "caption.text", "caption"),
        "tags": first(d, "tags"),
        "followers": first(
            d, "user.follower_count", "user.edge_followed_by.count", "owner.edge_followed_by.count"
        )
        or first(d, "user.count_followed")  # 0 stands for a number that was not there
        or None,
        "posts": first(d, "user.media_count", "user.edge_owner_to_timeline_media.count")
        or first(d, "user.count_media")
        or None,
        "url": first(d, "post_url"),
        "counts": counts(
            d,
            likes=("likes", "like_count"),
            comments=("comment_count",),
            views=("play_count", "view_count"),
        ),
    }


def _x(d: Mapping[str, Any]) -> Fields:
    return {
        "id": first(d, "tweet_id", "id"),
        "handle": first(d, "author.name", "user.name", "user.screen_name"),
        "name": first(d, "author.nick", "user.nick"),
        "bio": first(d, "author.description", "user.description"),
        "time": first(d, "date", "created_at"),
        "text": first(d, "content", "full_text"),
        "tags": first(d, "hashtags"),
        "followers": first(d, "author.followers_count", "user.followers_count"),
        "posts": first(d, "author.statuses_count", "user.statuses_count"),
        "counts": counts(
            d,
            likes=("favorite_count",),
            comments=("reply_count",),
            shares=("retweet_count",),
            views=("view_count",),
        ),
    }


def _weibo(d: Mapping[str, Any]) -> Fields:
    status = d.get("status")
    s = status if isinstance(status, Mapping) else d
    return {
        "id": first(s, "mblogid", "bid", "idstr", "id"),
        "handle": first(s, "user.idstr", "user.id"),
        "name": first(s, "user.screen_name"),
        "bio": first(s, "user.description"),
        "time": first(s, "date", "created_at"),
        "text": first(s, "longText.longTextContent", "text_raw", "text"),
        "tags": first(s, "topic_struct"),
        "followers": first(s, "user.followers_count"),
        "posts": first(s, "user.statuses_count"),
        "counts": counts(
            s,
            likes=("attitudes_count",),
            comments=("comments_count",),
            shares=("reposts_count",),
        ),
    }


def _bilibili(d: Mapping[str, Any]) -> Fields:
    author = "detail.modules.module_author"
    title, words = first(d, "title", "detail.basic.title"), first(d, "desc", "content")
    lines = words if isinstance(words, list) else [words]
    said = [text(title), *map(text, lines), text(first(d, f"{_DYNAMIC}.desc.text"))]
    return {
        "id": first(d, "id", "bvid", "aid"),
        "handle": first(d, "owner.mid", f"{author}.mid", "username"),
        "name": first(d, "owner.name", f"{author}.name", "username"),
        "bio": first(d, "owner.sign"),
        "time": first(d, "date", "pubdate", f"{author}.pub_ts", "ctime"),
        "text": "\n".join(dict.fromkeys(line for line in said if line)),
        "tags": [t for t in (first(d, "topic"), *(first(d, "tags") or ())) if t],
        "followers": first(d, "owner.follower", "follower"),
        "posts": None,
        "counts": counts(
            d,
            likes=("stat.like", "detail.modules.module_stat.like.count"),
            comments=("stat.reply", "detail.modules.module_stat.comment.count"),
            shares=("stat.share", "detail.modules.module_stat.forward.count"),
            views=("stat.view",),
        ),
    }


def _pixiv(d: Mapping[str, Any]) -> Fields:
    title, caption = first(d, "title"), first(d, "caption")
    return {
        "id": first(d, "id"),
        "handle": first(d, "user.account", "user.id"),
        "name": first(d, "user.name"),
        "bio": first(d, "user.comment"),
        "time": first(d, "date", "create_date"),
        "text": "\n".join(t for t in (text(title), text(caption)) if t),
        "tags": first(d, "tags"),
        "followers": first(d, "profile.total_followers"),
        "posts": first(d, "profile.total_illusts"),
        "counts": counts(
            d, likes=("total_bookmarks",), comments=("total_comments",), views=("total_view",)
        ),
    }


def _other(d: Mapping[str, Any]) -> Fields:
    return {
        "id": first(d, "post_id", "id", "shortcode", "gallery_id", "hash"),
        "handle": first(d, "username", "author.name", "user.name", "uploader", "author", "user"),
        "name": first(d, "user.name", "author.name"),
        "bio": first(d, "user.description", "author.description"),
        "time": first(d, "date", "created_at", "timestamp", "createTime"),
        "text": first(d, "content", "description", "caption", "text", "title"),
        "tags": first(d, "tags", "hashtags"),
        "followers": first(d, "user.followers_count", "author.followers_count", "followers"),
        "posts": None,
        "counts": counts(
            d,
            likes=("likes", "like_count", "favorite_count"),
            comments=("comment_count", "reply_count"),
            views=("view_count", "views"),
        ),
    }


_SITES: dict[str, Callable[[Mapping[str, Any]], Fields]] = {
    "tiktok": _tiktok,
    "instagram": _instagram,
    "x": _x,
    "weibo": _weibo,
    "bilibili": _bilibili,
    "pixiv": _pixiv,
}


class GalleryDl:
    """Reads gallery-dl's sidecars."""

    name = "gallery-dl"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """`category` and `subcategory` are in every sidecar, whatever the site."""
        return isinstance(document.get("category"), str) and (
            "subcategory" in document or "extension" in document or "num" in document
        )

    def read(
        self, document: Mapping[str, Any], folder: Folder, name: str
    ) -> Iterator[Post | Profile | MediaRef]:
        """The post, with the file that this sidecar lies beside, and what it says of its author.

        The picture of a profile is no post.
        """
        platform = platform_name(document["category"])
        fields = _SITES.get(platform, _other)(document)
        handle = text(fields["handle"], 100)
        caption = text(fields["text"]) or ""
        media = _media(document, folder, name)
        if document.get("subcategory") in _PROFILE:
            yield from media
        else:
            labels = platform_labels(document, platform=platform)
            yield Post(
                id=text(fields["id"], 200) or "",
                platform=platform,
                handle=handle,
                time=values.time(fields["time"]),
                text=caption,
                hashtags=values.hashtags(caption, fields["tags"]),
                media=media,
                counts=fields["counts"],
                labels=labels,
                labels_kept=platform in _LABELLED or keeps_labels(document),
                paid=paid_flags(document),
                shop=shop_flags(document),
                url=text(fields.get("url"), 500),
                reader=self.name,
                sidecar=folder.relative(name),
            )
        yield Profile(
            platform,
            handle,
            text(fields["name"], 200),
            text(fields["bio"], 2000),
            values.count(fields["followers"]),
            values.count(fields["posts"]),
        )


def _media(document: Mapping[str, Any], folder: Folder, name: str) -> tuple[MediaRef, ...]:
    beside = name[: -len(".json")]
    if extension(beside) in IMAGES | VIDEOS | SOUNDS | _PACKED and folder.has(beside):
        return (MediaRef(folder.relative(beside), _role(document, extension(beside))),)
    return folder.with_stem(beside)  # written with an option that drops the extension


def _role(document: Mapping[str, Any], ending: str) -> Role:
    """A video's cover and the artwork of its sound are not the post's own pictures."""
    if document.get("type") == "audio" or (document.get("audio_url") and ending in SOUNDS):
        return "music"
    moving = document.get("video_url") or document.get("audio_url")
    if document.get("type") == "cover" or (moving and ending in IMAGES):
        return "thumbnail"
    return "media"
