"""Exports of the tools of the Chinese platforms, and of the platforms themselves."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from detect.account.judging.account import Account
from tests.account.make import JPEG, MP4, put

Row = dict[str, Any]


def as_json(path: Path, row: Row) -> None:
    put(path.with_suffix(".json"), [row])


def as_lines(path: Path, row: Row) -> None:
    put(path.with_suffix(".jsonl"), json.dumps(row, ensure_ascii=False).encode() + b"\n")


def as_csv(path: Path, row: Row) -> None:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(row))
    writer.writeheader()
    writer.writerow(row)
    put(path.with_suffix(".csv"), lines.getvalue().encode("utf-8-sig"))


def as_gbk(path: Path, row: Row) -> None:
    as_csv(path, row)
    file = path.with_suffix(".csv")
    file.write_bytes(file.read_bytes().decode("utf-8-sig").encode("gb18030"))


def as_xlsx(path: Path, row: Row, head: str = "") -> None:
    cells = [[str(v) for v in row], [str(v) for v in row.values()]]
    sheet = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{escape(v)}</t></is></c>' for v in line)
        + "</row>"
        for line in cells
    )
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(path.with_suffix(".xlsx"), "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f'{head}<worksheet xmlns="{name}"><sheetData>{sheet}</sheetData></worksheet>',
        )


def as_sqlite(path: Path, row: Row) -> None:
    db = sqlite3.connect(path.with_suffix(".db"))
    columns = ", ".join(f'"{key}"' for key in row)
    db.execute(f"CREATE TABLE posts ({columns})")
    marks = ", ".join("?" for _ in row)
    db.execute(f"INSERT INTO posts VALUES ({marks})", list(row.values()))
    db.commit()
    db.close()


MOMENT = 1772366400
NOTE = "64533a53000000001203ef7d"
XHS: Row = {
    "note_id": NOTE, "type": "normal", "title": "新造型", "desc": "本图片由AI生成 #AI生成[话题]#",
    "time": MOMENT * 1000, "user_id": "u1", "nickname": "小红", "liked_count": "12",
    "comment_count": "3", "share_count": "1", "image_list": "", "tag_list": "AI生成",
    "note_url": f"https://www.xiaohongshu.com/explore/{NOTE}",
}  # fmt: skip
DOUYIN: Row = {
    "aweme_id": "7400000000000000001", "aweme_type": "0", "title": "本视频由AI生成",
    "desc": "本视频由AI生成", "create_time": MOMENT, "user_id": "u1", "user_unique_id": "xiaohong",
    "user_signature": "你好", "nickname": "小红", "liked_count": "12",
    "aweme_url": "https://www.douyin.com/video/7400000000000000001",
}  # fmt: skip
KUAISHOU: Row = {
    "video_id": "3xabcdefg123", "video_type": "1", "title": "AI生成", "desc": "AI生成",
    "create_time": MOMENT * 1000, "user_id": "u1", "nickname": "小红", "liked_count": "12",
    "viewd_count": "90", "video_url": "https://www.kuaishou.com/short-video/3xabcdefg123",
}  # fmt: skip
BILIBILI: Row = {
    "video_id": "113000001", "title": "AI生成", "desc": "说明", "create_time": MOMENT,
    "user_id": "u1", "nickname": "小红", "liked_count": "12", "video_play_count": "90",
    "video_url": "https://www.bilibili.com/video/av113000001",
}  # fmt: skip
WEIBO: Row = {
    "note_id": "5100000000000001", "content": "AI生成", "create_time": MOMENT, "user_id": "u1",
    "nickname": "小红", "liked_count": "12", "comments_count": "3", "shared_count": "1",
}  # fmt: skip
XHS_DOWNLOADER: Row = {
    "采集时间": "2026-03-05", "作品ID": NOTE, "作品类型": "图文", "作品标题": "新造型",
    "作品描述": "AI生成", "作品标签": "AI生成 造型", "发布时间": "2026-03-01_20:00:00",
    "点赞数量": "12", "作者昵称": "小红", "作者ID": "u1", "作品链接": "https://x",
}  # fmt: skip
DOUK: Row = {
    "作品类型": "视频", "采集时间": "2026-03-05", "UID": "1", "ID": "xiaohong",
    "作品ID": "7400000000000000001", "作品描述": "AI生成", "发布时间": "2026-03-01 20:00:00",
    "账号昵称": "小红", "账号签名": "你好", "点赞数量": 12,
}  # fmt: skip
F2: Row = {
    "aweme_id": "7400000000000000001", "desc": "AI生成", "desc_raw": "AI生成", "nickname": "小红",
    "unique_id": "xiaohong", "create_time": "2026-03-01 20-00-00", "digg_count": "12",
}  # fmt: skip
WEIBO_CSV: Row = {
    "id": "5100000000000001", "bid": "Nabc", "正文": "AI生成", "头条文章url": "",
    "日期": "2026-03-01",
    "点赞数": 12, "评论数": 3, "转发数": 1, "话题": "AI生成", "完整日期": "2026-03-01 20:00:00",
}  # fmt: skip
WEIBO_JSON: Row = {
    "user_id": "1", "screen_name": "小红", "id": "5100000000000001", "bid": "Nabc",
    "text": "AI生成", "created_at": "2026-03-01T20:00:00", "attitudes_count": 12,
    "comments_count": 3,
    "reposts_count": 1, "topics": "AI生成",
}  # fmt: skip
RESEARCH: Row = {
    "id": 7400000000000000001, "video_description": "AI生成", "create_time": MOMENT,
    "username": "xiaohong", "like_count": 12,
}  # fmt: skip
GRAPH: Row = {
    "id": "17900000000000001", "caption": "AI生成", "media_type": "IMAGE", "like_count": 12,
    "timestamp": "2026-03-01T12:00:00+0000", "username": "xiaohong",
}  # fmt: skip
META: Row = {
    "id": "17900000000000001", "text": "AI生成", "creation_time": "2026-03-01T12:00:00+00:00",
    "post_owner.username": "xiaohong", "statistics.like_count": 12, "mcl_url": "https://m",
}  # fmt: skip
ALL = (as_json, as_lines, as_csv, as_gbk, as_xlsx, as_sqlite)
CASES: list[tuple[str, str, str, Row, str, tuple[Callable[[Path, Row], None], ...]]] = [
    ("MediaCrawler", "xiaohongshu", NOTE, XHS, f"xhs/images/{NOTE}/0.jpg", ALL),
    ("MediaCrawler", "douyin", DOUYIN["aweme_id"], DOUYIN,
     "douyin/videos/7400000000000000001/video.mp4", ALL),
    ("MediaCrawler", "kuaishou", "3xabcdefg123", KUAISHOU, "3xabcdefg123.mp4", ALL),
    ("MediaCrawler", "bilibili", "113000001", BILIBILI, "bili/videos/113000001/video.mp4", ALL),
    ("MediaCrawler", "weibo", WEIBO["note_id"], WEIBO, "5100000000000001_1.jpg", ALL),
    ("XHS-Downloader", "xiaohongshu", NOTE, XHS_DOWNLOADER, f"作者_{NOTE}_1.jpg", (as_sqlite,)),
    ("TikTokDownloader", "douyin", DOUK["作品ID"], DOUK, "视频-7400000000000000001.mp4",
     (as_csv, as_gbk, as_xlsx, as_sqlite)),
    ("f2", "douyin", F2["aweme_id"], F2, "7400000000000000001_video.mp4", (as_sqlite,)),
    ("weibo-crawler", "weibo", WEIBO_CSV["id"], WEIBO_CSV, "img/20260301_5100000000000001_1.jpg",
     (as_csv, as_gbk)),
    ("weibo-crawler", "weibo", WEIBO_JSON["id"], WEIBO_JSON, "img/20260301_5100000000000001.jpg",
     (as_json, as_sqlite)),
    ("tiktok-research-api", "tiktok", "7400000000000000001", RESEARCH, "7400000000000000001.mp4",
     (as_json, as_lines)),
    ("instagram-graph-api", "instagram", GRAPH["id"], GRAPH, "17900000000000001.jpg", (as_json,)),
    ("meta-content-library", "instagram", META["id"], META, "17900000000000001.jpg",
     (as_csv, as_gbk)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "write"),
    [pytest.param(c, w, id=f"{c[0]}-{c[1]}-{w.__name__}") for c in CASES for w in c[5]],
)
def test_tools(
    tmp_path: Path,
    case: tuple[str, str, str, Row, str, tuple[Callable[[Path, Row], None], ...]],
    write: Callable[[Path, Row], None],
) -> None:
    tool, platform, number, row, media, _ = case
    put(tmp_path / media, MP4 if media.endswith("mp4") else JPEG)
    write(tmp_path / "store", row)
    account = Account.load(tmp_path)
    assert not account.problems
    (post,) = account.posts
    assert (post.reader, post.platform, post.id) == (tool, platform, number)
    assert [m.path for m in post.media] == [media]
    assert "AI生成" in post.text and post.counts["likes"] == 12
    assert post.time == "2026-03-01T12:00:00Z"
    assert not post.labels_kept and post.unread is None


def test_answers_of_interfaces_are_unfolded(tmp_path: Path) -> None:
    put(tmp_path / "research.json", {"data": {"videos": [RESEARCH], "cursor": 1}, "error": {}})
    put(tmp_path / "graph.json", {"data": [GRAPH], "paging": {}})
    video = {
        "kind": "youtube#video",
        "id": "vid00000001",
        "snippet": {"title": "t", "description": "d", "publishedAt": "2026-03-01T12:00:00Z"},
        "status": {"containsSyntheticMedia": True},
    }
    plain = {**video, "id": "vid00000002", "status": {"containsSyntheticMedia": False}}
    put(tmp_path / "yt.json", {"kind": "youtube#videoListResponse", "items": [video, plain]})
    put(tmp_path / "vid00000001.mp4", MP4)
    account = Account.load(tmp_path)
    posts = {p.id: p for p in account.posts}
    assert len(posts) == 4 and not account.problems
    assert posts["vid00000001"].labels[0].by == "creator" and posts["vid00000001"].media
    assert posts["vid00000002"].labels == () and posts["vid00000002"].labels_kept


def test_downloads_of_accounts(tmp_path: Path) -> None:
    top = tmp_path / "instagram-anna"
    put(top / "media" / "posts" / "1.jpg", JPEG)
    put(
        top / "your_instagram_activity" / "media" / "posts_1.json",
        [
            {
                "media": [
                    {
                        "uri": "media/posts/1.jpg",
                        "creation_timestamp": MOMENT,
                        "title": "AI生成".encode().decode("latin-1"),
                    }
                ]
            }
        ],
    )
    link = "https://www.tiktokv.com/share/video/7400000000000000001/"
    put(
        tmp_path / "user_data_tiktok.json",
        {"Post": {"Posts": {"VideoList": [{"Date": "2026-03-01 12:00:00", "Link": link}]}}},
    )
    put(tmp_path / "7400000000000000001.mp4", MP4)
    account = Account.load(tmp_path)
    found = {p.platform: p for p in account.posts}
    assert not account.problems and len(account.posts) == 2
    assert found["instagram"].text == "AI生成" and len(found["instagram"].media) == 1
    assert found["tiktok"].unread is not None and len(found["tiktok"].media) == 1


def test_hostile_books_are_listed(tmp_path: Path) -> None:
    as_xlsx(tmp_path / "doctype", XHS, '<!DOCTYPE x [<!ENTITY a "b">]>')
    put(tmp_path / "none.xlsx", b"PK\x03\x04")
    put(tmp_path / "none.db", b"SQLite format 3\0" + b"\xff" * 200)
    put(tmp_path / "text.db", b"nothing")
    account = Account.load(tmp_path)
    assert account.posts == () and len(account.problems) == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "doctype.xlsx", "none.db", "none.xlsx", "text.db",
    ]  # fmt: skip
