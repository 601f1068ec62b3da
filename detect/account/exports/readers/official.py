"""What platforms hand out themselves: saved answers of their interfaces, and account downloads.

TikTok Research API, YouTube Data API v3 (`status.containsSyntheticMedia` is the creator's own
switch), Instagram Graph API, Meta Content Library (CSV), and Instagram's and TikTok's "download
your data" as JSON. Only YouTube's keeps an AI label.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from detect.account.exports.readers.tables import TableReader
from detect.account.exports.records import values
from detect.account.exports.records.folder import MOST_MEDIA, Folder, inside
from detect.account.exports.records.post import MediaRef, PlatformLabel, Post, Profile
from detect.account.exports.records.values import counts, first, text

__all__ = ["OFFICIAL", "InstagramDownload", "TikTokDownload", "YouTubeData"]

_MOST_POSTS = 100_000
_VIDEO = re.compile(r"/(?:video|photo)/(\d{6,25})")


class YouTubeData:
    """Videos of saved `videos.list` answers; those of lists hold no status."""

    name = "youtube-data-api"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Every resource states its kind."""
        return str(document.get("kind"))[:40] in (
            "youtube#video", "youtube#playlistItem", "youtube#searchResult",
        )  # fmt: skip

    def read(
        self, document: Mapping[str, Any], folder: Folder, name: str
    ) -> Iterator[Post | Profile]:
        """The video, and the channel that its snippet names."""
        title = text(first(document, "snippet.title")) or ""
        words = text(first(document, "snippet.description")) or ""
        caption = f"{title}\n{words}".strip()
        handle = text(first(document, "snippet.channelId"), 100)
        where = "status.containsSyntheticMedia"
        said = first(document, where)
        number = text(
            first(document, "contentDetails.videoId", "snippet.resourceId.videoId", "id.videoId"),
            200,
        )
        number = number or text(document.get("id"), 200)
        yield Post(
            id=number or "",
            platform="youtube",
            handle=handle,
            time=values.time(first(document, "snippet.publishedAt")),
            text=caption,
            hashtags=values.hashtags(caption, first(document, "snippet.tags")),
            counts=counts(
                document,
                likes=("statistics.likeCount",),
                comments=("statistics.commentCount",),
                views=("statistics.viewCount",),
            ),
            labels=(PlatformLabel("youtube-altered", "creator", where, "true"),)
            if said is True
            else (),
            labels_kept=isinstance(said, bool),
            paid=("paidProductPlacementDetails.hasPaidProductPlacement",)
            if first(document, "paidProductPlacementDetails.hasPaidProductPlacement") is True
            else (),
            url=f"https://www.youtube.com/watch?v={number}" if number else None,
            reader=self.name,
            sidecar=folder.relative(name),
        )
        yield Profile("youtube", handle, text(first(document, "snippet.channelTitle"), 200))


class InstagramDownload:
    """Posts, reels and stories of Instagram's "download your information" as JSON."""

    name = "instagram-download"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """A post lists its media by `uri`; a story is one."""
        return any(isinstance(one.get("uri"), str) for one in _media(document))

    def read(self, document: Mapping[str, Any], folder: Folder, name: str) -> Iterator[Post]:
        """The post; its id is the address of its first file, since the download states none."""
        media = _media(document)[:MOST_MEDIA]
        caption = _mended(text(first(document, "title")) or text(first(media[0], "title")) or "")
        found = []
        for one in media:
            path = _within(folder, text(one.get("uri"), 4096) or "")
            if path is not None:
                found.append(MediaRef(path))
        yield Post(
            id=text(media[0].get("uri"), 200) or "",
            platform="instagram",
            time=values.time(
                first(document, "creation_timestamp") or first(media[0], "creation_timestamp")
            ),
            text=caption,
            hashtags=values.hashtags(caption),
            media=tuple(found),
            reader=self.name,
            sidecar=folder.relative(name),
        )


class TikTokDownload:
    """The list of videos in TikTok's "download your data" as JSON."""

    name = "tiktok-download"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Older downloads say `Video`, newer ones `Post`."""
        return isinstance(_videos(document), list)

    def read(
        self, document: Mapping[str, Any], folder: Folder, name: str
    ) -> Iterator[Post | Profile]:
        """Every video; its number stands in its address."""
        profile = first(
            document,
            "Profile.Profile Information.ProfileMap",
            "Profile.Profile Info.ProfileMap",
            "Profile And Settings.Profile Info.ProfileMap",
        )
        handle = text(first(profile, "userName"), 100)
        for one in _videos(document)[:_MOST_POSTS]:
            if not isinstance(one, Mapping):
                continue
            link = text(first(one, "Link", "link"), 500) or ""
            match = _VIDEO.search(link)
            moment = first(one, "Date", "date")
            caption = text(first(one, "Title", "title", "Description")) or ""
            yield Post(
                id=match[1] if match else text(moment, 60) or "",
                platform="tiktok",
                handle=handle,
                time=values.time(moment),
                text=caption,
                hashtags=values.hashtags(caption),
                counts=counts(one, likes=("Likes", "likes")),
                url=link if match else None,
                reader=self.name,
                sidecar=folder.relative(name),
                unread=None if caption else "this download keeps no captions",
            )
        yield Profile("tiktok", handle, None, text(first(profile, "bioDescription"), 2000))


def _videos(document: Mapping[str, Any]) -> Any:
    return first(
        document,
        "Video.Videos.VideoList",
        "Post.Posts.VideoList",
        "Video.Video.VideoList",
    )


def _media(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = document.get("media")
    if isinstance(listed, list):
        return [one for one in listed if isinstance(one, Mapping)]
    alone = isinstance(document.get("uri"), str) and "creation_timestamp" in document
    return [document] if alone else []


def _within(folder: Folder, uri: str) -> str | None:
    """Paths count from the top of the download, which lies anywhere above the record."""
    above = folder.path
    while True:
        found = inside(folder.root, above, uri)
        if found is not None or not above:
            return found
        above = os.path.dirname(above)


def _mended(words: str) -> str:
    """Instagram writes every byte of its UTF-8 as a character of its own."""
    try:
        return words.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return words


_META = {
    "id": ("id",), "time": ("creation_time",), "text": ("text",), "tags": ("hashtags",),
    "handle": ("post_owner.username", "post_owner.id"), "name": ("post_owner.name",),
    "url": ("mcl_url",),
}  # fmt: skip
_META_COUNTS = {
    "likes": ("statistics.like_count", "like_count"),
    "comments": ("statistics.comment_count", "comment_count"),
    "shares": ("statistics.share_count", "share_count"),
    "views": ("statistics.views", "views"),
}


class _Flat(TableReader):
    """Columns whose names hold dots, as in the CSV of Meta's library."""

    def read(self, document: Mapping[str, Any], folder: Folder, name: str) -> Iterator[Any]:
        plain = {key.replace(".", "_"): value for key, value in document.items()}
        keys = {k: tuple(n.replace(".", "_") for n in names) for k, names in self.keys.items()}
        counted = {k: tuple(n.replace(".", "_") for n in v) for k, v in self.counted.items()}
        whole = TableReader(**{f: getattr(self, f) for f in _FIELDS})
        yield from replace(whole, keys=keys, counted=counted).read(plain, folder, name)


_FIELDS = ("name", "platform", "marks", "never", "keys", "counted", "hours")
OFFICIAL = (
    YouTubeData(),
    InstagramDownload(),
    TikTokDownload(),
    TableReader(
        "tiktok-research-api", "tiktok", frozenset(("id", "video_description", "create_time")),
        frozenset(),
        {
            "id": ("id",), "handle": ("username",), "time": ("create_time",),
            "text": ("video_description",), "tags": ("hashtag_names",),
        },
        {
            "likes": ("like_count",), "comments": ("comment_count",), "shares": ("share_count",),
            "views": ("view_count",),
        },
    ),
    TableReader(
        "instagram-graph-api", "instagram", frozenset(("id", "media_type", "timestamp")),
        frozenset(),
        {
            "id": ("shortcode", "id"), "handle": ("username",), "time": ("timestamp",),
            "text": ("caption",), "url": ("permalink",),
        },
        {"likes": ("like_count",), "comments": ("comments_count",), "views": ("view_count",)},
    ),
    _Flat(
        "meta-content-library", "instagram", frozenset(("id", "creation_time", "mcl_url")),
        frozenset(), _META, _META_COUNTS,
    ),
)  # fmt: skip
"""Readers of what platforms hand out themselves."""
