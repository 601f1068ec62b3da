"""yt-dlp: `--write-info-json` puts `NAME.info.json` beside the video; one more for the channel.

It keeps title, description, tags, times and counts, but no platform's AI label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from detect.account.exports.readers.base import platform_name
from detect.account.exports.records import values
from detect.account.exports.records.folder import Folder
from detect.account.exports.records.platform_labels import paid_flags, platform_labels
from detect.account.exports.records.post import Post, Profile
from detect.account.exports.records.values import counts, first, text

__all__ = ["YtDlp"]

_HANDLE = ("uploader_id", "channel_id", "uploader")
_HANDLES = {"tiktok": ("uploader",), "douyin": ("uploader",), "instagram": ("channel",)}
"""Where `uploader_id` is a number, the key of the name that addresses are made of."""
_NAMES = {"instagram": ("uploader",)}


class YtDlp:
    """Reads yt-dlp's and youtube-dl's info files."""

    name = "yt-dlp"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Every info file names its extractor, whatever the site."""
        return isinstance(first(document, "extractor_key", "extractor"), str) and "id" in document

    def read(
        self, document: Mapping[str, Any], folder: Folder, name: str
    ) -> Iterator[Post | Profile]:
        """The video, or for a playlist or channel what it says of the account."""
        platform = platform_name(first(document, "extractor_key", "extractor"))
        handle = text(first(document, *_HANDLES.get(platform, ()), *_HANDLE), 100)
        if document.get("_type", "video") == "video":
            yield self._post(document, folder, name, platform, handle)
            bio = None
        else:
            bio = text(document.get("description"), 2000)
        yield Profile(
            platform,
            handle,
            text(first(document, *_NAMES.get(platform, ()), "channel", "uploader", "title"), 200),
            bio,
            values.count(first(document, "channel_follower_count")),
            None,
        )

    def _post(
        self,
        document: Mapping[str, Any],
        folder: Folder,
        name: str,
        platform: str,
        handle: str | None,
    ) -> Post:
        title = text(first(document, "fulltitle", "title")) or ""
        description = text(document.get("description")) or ""
        caption = description if description.startswith(title) else f"{title}\n{description}"
        stem = name.removesuffix(".json").removesuffix(".info")
        return Post(
            id=text(document["id"], 200) or "",
            platform=platform,
            handle=handle,
            time=values.time(first(document, "timestamp", "release_timestamp", "upload_date")),
            text=caption.strip(),
            hashtags=values.hashtags(caption, document.get("tags")),
            media=folder.with_stem(stem),
            counts=counts(
                document,
                likes=("like_count",),
                comments=("comment_count",),
                shares=("repost_count",),
                views=("view_count",),
            ),
            labels=platform_labels(document, platform=platform),
            paid=paid_flags(document),
            url=text(first(document, "webpage_url", "original_url"), 500),
            reader=self.name,
            sidecar=folder.relative(name),
        )
