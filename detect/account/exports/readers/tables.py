"""Records of the tools of Chinese platforms: flat rows, the same in JSON, CSV, Excel and SQLite.

MediaCrawler (NanmiCoder), TikTokDownloader / DouK and XHS-Downloader (JoeanAmier), f2
(Johnserf-Seed, `video_info_web`), weibo-crawler (dataabc). None of
them keeps a platform's AI label, so that a post without one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from detect.account.exports.records import values
from detect.account.exports.records.folder import Folder
from detect.account.exports.records.platform_labels import paid_flags, platform_labels
from detect.account.exports.records.post import Post, Profile
from detect.account.exports.records.values import counts, first, text

__all__ = ["TABLES", "Creators", "TableReader"]

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableReader:
    """Rows of one tool and platform.

    Attributes:
        name: Of the tool.
        platform: In this toolkit's words.
        marks: Keys that all stand in such a row.
        never: Keys of which none does: rows of comments and of other platforms.
        keys: By field of a post, the keys it may stand under, the best first.
        counted: By kind of count, the same.
        hours: The zone of times without one, in hours east of Greenwich.
    """

    name: str
    platform: str
    marks: frozenset[str]
    never: frozenset[str] = frozenset()
    keys: Mapping[str, Keys] = field(default_factory=dict)
    counted: Mapping[str, Keys] = field(default_factory=dict)
    hours: int = 0

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Whether a row has the columns of this tool."""
        return self.marks <= document.keys() and not self.never & document.keys()

    def read(self, document: Mapping[str, Any], folder: Folder, name: str) -> Iterator[Any]:
        """The post of a row, and what the row says of its author."""
        get = {key: first(document, *names) for key, names in self.keys.items()}
        title, words = text(get.get("title")) or "", text(get.get("text")) or ""
        caption = words if words.startswith(title) else f"{title}\n{words}".strip()
        listed = get.get("tags")
        if isinstance(listed, str):
            listed = listed.replace("，", ",").replace("#", " ").replace(",", " ").split()
        platform = self.platform
        if platform == "douyin" and "tiktok.com" in str(get.get("url"))[:60].lower():
            platform = "tiktok"
        handle = text(get.get("handle"), 100)
        yield Post(
            id=text(get.get("id"), 200) or "",
            platform=platform,
            handle=handle,
            time=values.time(get.get("time"), hours=self.hours),
            text=caption,
            hashtags=values.hashtags(caption, listed),
            counts=counts(document, **self.counted),
            labels=platform_labels(document, platform=platform),
            paid=paid_flags(document),
            url=text(get.get("url"), 500),
            reader=self.name,
            sidecar=folder.relative(name),
        )
        yield Profile(
            platform,
            handle,
            text(get.get("name"), 200),
            text(get.get("bio"), 2000),
            values.count(get.get("followers")),
        )


class Creators:
    """Rows about an account or of comments: what is said of the first, nothing of the second."""

    name = "creators"

    def understands(self, document: Mapping[str, Any]) -> bool:
        """Rows of comments have an id of the comment, rows of accounts their followers."""
        keys = document.keys()
        return bool(keys & _COMMENT) or (
            bool(keys & {"nickname", "昵称", "screen_name", "昵称昵称"})
            and bool(keys & {"fans", "total_fans", "follower_count", "粉丝数", "粉丝数量"})
        )

    def read(self, document: Mapping[str, Any], folder: Folder, name: str) -> Iterator[Profile]:
        """The account of a row."""
        if document.keys() & _COMMENT:
            return
        yield Profile(
            "unknown",
            text(first(document, "user_id", "unique_id", "抖音号", "用户id"), 100),
            text(first(document, "nickname", "昵称", "昵称昵称", "screen_name"), 200),
            text(first(document, "desc", "sign", "signature", "账号签名", "简介"), 2000),
            values.count(
                first(document, "fans", "total_fans", "follower_count", "粉丝数", "粉丝数量")
            ),
        )


_CRAWLED = {
    "likes": ("liked_count",),
    "comments": ("comment_count", "comments_count", "video_comment"),
    "shares": ("share_count", "shared_count", "video_share_count"),
    "views": ("video_play_count", "viewd_count"),
}
_COUNTED_ZH = {
    "likes": ("点赞数量", "点赞数"),
    "comments": ("评论数量", "评论数"),
    "shares": ("分享数量", "转发数"),
    "views": ("播放数量",),
}
_COMMENT = frozenset(("comment_id", "评论ID"))
_AUTHOR: dict[str, Keys] = {"handle": ("user_id",), "name": ("nickname",)}

TABLES: tuple[TableReader, ...] = (
    TableReader(
        "MediaCrawler", "xiaohongshu", frozenset(("note_id", "desc", "image_list")), _COMMENT,
        {
            **_AUTHOR, "id": ("note_id",), "time": ("time",), "title": ("title",),
            "text": ("desc",), "tags": ("tag_list",), "url": ("note_url",),
        },
        _CRAWLED,
    ),
    TableReader(
        "MediaCrawler", "douyin", frozenset(("aweme_id", "aweme_url", "desc")), _COMMENT,
        {
            "id": ("aweme_id",), "handle": ("user_unique_id", "short_user_id", "user_id"),
            "name": ("nickname",), "bio": ("user_signature",), "time": ("create_time",),
            "title": ("title",), "text": ("desc",), "url": ("aweme_url",),
        },
        _CRAWLED,
    ),
    TableReader(
        "MediaCrawler", "kuaishou", frozenset(("video_id", "video_url", "viewd_count")), _COMMENT,
        {
            **_AUTHOR, "id": ("video_id",), "time": ("create_time",), "title": ("title",),
            "text": ("desc",), "url": ("video_url",),
        },
        _CRAWLED,
    ),
    TableReader(
        "MediaCrawler", "bilibili", frozenset(("video_id", "video_url", "video_play_count")),
        _COMMENT,
        {
            **_AUTHOR, "id": ("video_id",), "time": ("create_time",), "title": ("title",),
            "text": ("desc",), "url": ("video_url",),
        },
        _CRAWLED,
    ),
    TableReader(
        "MediaCrawler", "weibo", frozenset(("note_id", "content", "shared_count")), _COMMENT,
        {
            **_AUTHOR, "id": ("note_id",), "time": ("create_time", "create_date_time"),
            "text": ("content",), "url": ("note_url",),
        },
        _CRAWLED,
        8,
    ),
    TableReader(
        "XHS-Downloader", "xiaohongshu", frozenset(("作品ID", "作品标题", "作品描述")), _COMMENT,
        {
            "id": ("作品ID",), "handle": ("作者ID",), "name": ("作者昵称",), "time": ("发布时间",),
            "title": ("作品标题",), "text": ("作品描述",), "tags": ("作品标签",),
            "url": ("作品链接",),
        },
        _COUNTED_ZH,
        8,
    ),
    TableReader(
        "TikTokDownloader", "douyin", frozenset(("作品ID", "作品描述", "账号昵称")), _COMMENT,
        {
            "id": ("作品ID",), "handle": ("ID", "抖音号", "UID"), "name": ("账号昵称",),
            "bio": ("账号签名",), "time": ("发布时间",), "text": ("作品描述",),
            "tags": ("作品话题",), "url": ("作品链接",),
        },
        _COUNTED_ZH,
        8,
    ),
    TableReader(
        "f2", "douyin", frozenset(("aweme_id", "desc", "nickname")), _COMMENT | {"aweme_url"},
        {
            "id": ("aweme_id",), "handle": ("unique_id", "uid", "sec_user_id"),
            "name": ("nickname_raw", "nickname"), "bio": ("signature_raw", "signature"),
            "time": ("create_time",), "title": ("caption_raw", "caption"),
            "text": ("desc_raw", "desc"), "tags": ("hashtag_names",), "url": ("share_url",),
        },
        {
            "likes": ("digg_count",), "comments": ("comment_count",), "shares": ("share_count",),
            "views": ("play_count",),
        },
        8,
    ),
    TableReader(
        "weibo-crawler", "weibo", frozenset(("id", "bid", "正文")), frozenset(),
        {
            "id": ("id",), "handle": ("user_id", "用户id"), "name": ("用户昵称", "昵称"),
            "time": ("完整日期", "日期"), "text": ("正文",), "tags": ("话题",),
        },
        _COUNTED_ZH,
        8,
    ),
    TableReader(
        "weibo-crawler", "weibo", frozenset(("id", "bid", "text", "attitudes_count")), frozenset(),
        {
            "id": ("id",), "handle": ("user_id",), "name": ("screen_name",),
            "time": ("full_created_at", "created_at"), "text": ("text",), "tags": ("topics",),
        },
        {
            "likes": ("attitudes_count",), "comments": ("comments_count",),
            "shares": ("reposts_count",),
        },
        8,
    ),
)  # fmt: skip
