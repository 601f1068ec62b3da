"""What every reader of sidecars offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from detect.account.exports.records.folder import Folder
from detect.account.exports.records.post import MediaRef, Post, Profile

__all__ = ["PLATFORMS", "SidecarReader", "platform_name"]

PLATFORMS = {
    "twitter": "x",
    "x": "x",
    "youtubetab": "youtube",
    "youtube": "youtube",
    "youtubeshorts": "youtube",
    "tiktok": "tiktok",
    "tiktokuser": "tiktok",
    "instagram": "instagram",
    "bilibili": "bilibili",
    "weibo": "weibo",
    "weibovideo": "weibo",
    "pixiv": "pixiv",
    "facebook": "facebook",
    "douyin": "douyin",
    "xiaohongshu": "xiaohongshu",
    "kuaishou": "kuaishou",
}


def platform_name(tools_name: object) -> str:
    """The platform's name in this toolkit, from the name a tool gives it."""
    if not isinstance(tools_name, str) or not tools_name:
        return "unknown"
    plain = tools_name.split(":")[0].strip().lower()[:40]
    return PLATFORMS.get(plain, plain if plain.isidentifier() else "unknown")


class SidecarReader(Protocol):
    """Understands the sidecars of one tool."""

    @property
    def name(self) -> str:
        """Of the tool."""
        ...

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Whether a parsed sidecar is of this tool, by its keys."""
        ...

    def read(
        self, document: Mapping[str, Any], folder: Folder, name: str
    ) -> Iterator[Post | Profile | MediaRef]:
        """What a sidecar says.

        Args:
            document: Its parsed content.
            folder: Where it lies.
            name: Its name in that folder.

        Yields:
            Posts without an id are skipped by the caller and listed as a problem. A file by itself
            belongs to no post.
        """
        ...
