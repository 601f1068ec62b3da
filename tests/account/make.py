"""Exports written after the formats of the tools; every name and number in them is made up."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08free"


def put(path: Path, content: bytes | Any) -> Path:
    """Writes bytes, or JSON (compressed when the name ends with `.xz`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False).encode()
        if path.suffix == ".xz":
            content = lzma.compress(content)
    path.write_bytes(content)
    return path


def tiktok(folder: Path, number: int = 1, **more: Any) -> dict[str, Any]:
    """gallery-dl 1.30: the site's `itemStruct` and what the extractor adds; counts as numbers."""
    sidecar = {
        "id": f"74{number:017}",
        "desc": "Morning run #fitness #berlin",
        "createTime": "1767261600",
        "author": {"uniqueId": "mira.runs", "nickname": "Mira", "signature": "runner", "id": "1"},
        "authorStats": {"followerCount": 612000, "heartCount": 1, "videoCount": 90},
        "stats": {"diggCount": 1200, "commentCount": 34, "shareCount": 5, "playCount": 80000},
        "challenges": [{"id": "1", "title": "fitness"}, {"id": "2", "title": "berlin"}],
        "video": {"duration": 12, "format": "mp4"},
        "category": "tiktok",
        "subcategory": "post",
        "user": "mira.runs",
        "date": "2026-01-01 10:00:00",
        "type": "video",
        "num": 0,
        "extension": "mp4",
        **more,
    }
    put(folder / f"{sidecar['id']} clip.mp4", MP4)
    put(folder / f"{sidecar['id']} clip.mp4.json", sidecar)
    return sidecar


def instagram(folder: Path, number: int = 1, files: int = 1, **more: Any) -> None:
    """gallery-dl 1.31, REST: one sidecar a picture of the same post."""
    for num in range(1, files + 1):
        name = f"30{number:05}_{num}.jpg"
        put(folder / name, JPEG + bytes([number % 256, num]))
        put(
            folder / f"{name}.json",
            {
                "category": "instagram",
                "subcategory": "posts",
                "post_id": f"30{number:05}",
                "post_shortcode": f"Cx{number:04}",
                "post_url": f"https://www.instagram.com/p/Cx{number:04}/",
                "username": "lina.lux",
                "fullname": "Lina Lux",
                "likes": 321,
                "description": "Sunset #beach",
                "tags": ["#beach"],
                "post_date": "2026-02-03 08:00:00",
                "date": "2026-02-03 08:00:00",
                "num": num,
                "count": files,
                "media_id": f"30{number:05}{num}",
                "shortcode": f"Cz{number}{num}",
                "extension": "jpg",
                **more,
            },
        )


def instaloader(folder: Path, stamp: str = "2026-03-04_05-06-07_UTC", **more: Any) -> None:
    """instaloader 4.14: a gallery of two pictures and a video with its thumbnail."""
    for name in ("_1.jpg", "_2.mp4", "_2.jpg"):
        put(folder / f"{stamp}{name}", MP4 if name.endswith("mp4") else JPEG + stamp.encode())
    put(folder / f"{stamp}.txt", b"caption")
    node = {
        "__typename": "GraphSidecar",
        "id": "3100000000000000001",
        "shortcode": "DAbCdEf",
        "taken_at_timestamp": 1772600767,
        "edge_media_to_caption": {"edges": [{"node": {"text": "Paris ✨ #ootd #ad"}}]},
        "edge_media_preview_like": {"count": 5100},
        "edge_media_to_comment": {"count": 77},
        "is_video": False,
        "owner": {"id": "5", "username": "Zoe.Sky", "edge_followed_by": {"count": 1200000}},
        "iphone_struct": {
            "gen_ai_detection_method": {"detection_method": "SELF_DISCLOSURE_FLOW"},
            "is_paid_partnership": True,
        },
        **more,
    }
    put(
        folder / f"{stamp}.json.xz",
        {"node": node, "instaloader": {"version": "4.14.1", "node_type": "Post"}},
    )


def yt_dlp(folder: Path, **more: Any) -> None:
    """yt-dlp 2026: video, thumbnail, info file, and the info file of the channel."""
    stem = "My day [abc123XYZ_-]"
    put(folder / f"{stem}.mp4", MP4)
    put(folder / f"{stem}.webp", b"RIFF\x10\0\0\0WEBPVP8 ")
    put(
        folder / f"{stem}.info.json",
        {
            "id": "abc123XYZ_-",
            "title": "My day",
            "fulltitle": "My day",
            "description": "Use my code DAY10 for 10% off, link in bio",
            "tags": ["vlog"],
            "timestamp": 1771000000,
            "upload_date": "20260213",
            "uploader_id": "@daylight",
            "channel": "Daylight",
            "channel_follower_count": 42000,
            "like_count": 10,
            "view_count": 1000,
            "comment_count": None,
            "extractor": "youtube",
            "extractor_key": "Youtube",
            "webpage_url": "https://www.youtube.com/watch?v=abc123XYZ_-",
            "_type": "video",
            "formats": [{"format_id": "18", "url": "https://example.invalid/v"}],
            **more,
        },
    )
    put(
        folder / "Daylight - Videos [UC1].info.json",
        {
            "id": "UC1",
            "title": "Daylight - Videos",
            "description": "I am a virtual influencer",
            "uploader_id": "@daylight",
            "channel_follower_count": 42000,
            "_type": "playlist",
            "extractor": "youtube:tab",
            "extractor_key": "YoutubeTab",
        },
    )
