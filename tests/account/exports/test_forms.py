"""Records that lie elsewhere than beside their files, and what downloads leave behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detect.account.exports.records.post import PlatformLabel, Post
from detect.account.judging.account import Account
from detect.account.judging.disclosure import disclose
from tests.account.make import JPEG, MP4, put


def gallery(number: int) -> dict[str, Any]:
    return {
        "category": "instagram",
        "subcategory": "posts",
        "post_id": f"300{number}",
        "post_shortcode": f"SC{number}",
        "media_id": f"90{number}1",
        "username": "anna",
        "description": f"made with AI {number}",
        "filename": f"90{number}1_n",
        "extension": "jpg",
        "num": 1,
    }


def clip(number: int) -> dict[str, Any]:
    return {
        "id": f"vid0000000{number}",
        "title": f"Clip {number}",
        "description": "made with AI",
        "extractor_key": "Youtube",
        "_type": "video",
        "ext": "mp4",
    }


RECORDS = [gallery(1), gallery(2)]
LINES = "\n".join(map(json.dumps, RECORDS))
EVENTS: list[Any] = []
for one in RECORDS:
    EVENTS += [[2, one], [3, "https://x/1.jpg", one]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.json", "".join(json.dumps(r, indent=4) for r in RECORDS)),
        ("metadata.json", LINES),
        ("metadata.jsonl", LINES),
        ("metadata.ndjson", "\ufeff" + LINES),
        ("list.json", json.dumps(RECORDS)),
        ("dump.json", json.dumps(EVENTS)),
        ("dump.jsonl", "\n".join(map(json.dumps, EVENTS))),
        ("deep/er/dump.json", json.dumps(EVENTS)),
    ],
)
def test_gallery_dl_writes_one_file_of_records(tmp_path: Path, name: str, content: str) -> None:
    for number in (1, 2):
        put(tmp_path / f"90{number}1.jpg", JPEG)
    put(tmp_path / name, content.encode())
    account = Account.load(tmp_path)
    assert not account.problems
    assert [(p.id, p.text, [m.path for m in p.media]) for p in account.posts] == [
        ("SC1", "made with AI 1", ["9011.jpg"]),
        ("SC2", "made with AI 2", ["9021.jpg"]),
    ]


def test_a_folder_of_metadata_and_event_posts(tmp_path: Path) -> None:
    for number in (1, 2):
        put(tmp_path / f"90{number}1.jpg", JPEG)
    put(tmp_path / "metadata" / "9011.jpg.json", gallery(1))
    event = gallery(2)
    for key in ("media_id", "filename", "extension", "num"):
        del event[key]
    put(tmp_path / "post-3002.json", event)
    put(tmp_path / "3002_1.jpg", JPEG)
    account = Account.load(tmp_path)
    joined = {p.id: [m.path for m in p.media] for p in account.posts if p.platform == "instagram"}
    assert joined == {"SC1": ["9011.jpg"], "SC2": ["3002_1.jpg"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("channel.json", json.dumps(clip(1)) + "\n" + json.dumps(clip(2))),
        ("channel.jsonl", json.dumps(clip(1)) + "\n" + json.dumps(clip(2))),
        ("channel.json", json.dumps({"_type": "playlist", "entries": [clip(1), None, clip(2)]})),
        (
            "channel.json",
            json.dumps(
                {
                    "_type": "playlist",
                    "id": "UC1",
                    "extractor_key": "YoutubeTab",
                    "entries": [{"_type": "playlist", "entries": [clip(1), clip(2)]}],
                }
            ),
        ),
    ],
)
def test_yt_dlp_prints_its_records(tmp_path: Path, name: str, content: str) -> None:
    for number in (1, 2):
        put(tmp_path / f"Clip {number} [vid0000000{number}].mp4", MP4)
    put(tmp_path / name, content.encode())
    account = Account.load(tmp_path)
    assert [(p.platform, p.id, len(p.media)) for p in account.posts] == [
        ("youtube", "vid00000001", 1),
        ("youtube", "vid00000002", 1),
    ]
    assert all("made with AI" in p.text for p in account.posts)


def test_leftovers_are_listed_and_no_posts(tmp_path: Path) -> None:
    stem = "Clip 1 [vid00000001]"
    put(tmp_path / f"{stem}.info.json", clip(1))
    put(tmp_path / f"{stem}.mp4", MP4)
    left = [
        ".f401.mp4", ".f251.webm", ".mp4.part", ".mp4.part-Frag49.part", ".mp4.ytdl", ".temp.mp4",
        ".mp4-Frag3",
    ]  # fmt: skip
    names = [stem + ending for ending in left] + [
        "a.mp4.crdownload", "b.jpg.tmp", "c.mp4.download", "d.mp4", "d.mp4.aria2",
    ]  # fmt: skip
    for name in names:
        put(tmp_path / name, MP4)
    account = Account.load(tmp_path)
    assert [len(p.media) for p in account.posts] == [1]
    assert sorted(p.path for p in account.problems) == sorted(names)
    assert {p.reason for p in account.problems} == {"leftover of a download"}


def test_what_was_not_understood_is_counted_and_leaves_other_files_unclear(tmp_path: Path) -> None:
    put(tmp_path / "a.jpg", JPEG)
    put(tmp_path / "posts.json", b'{"strange": 1}')
    put(tmp_path / "table.csv", b"x,y\n1,2\n")
    put(tmp_path / "one.bin", b"\0")
    put(tmp_path / "two.bin", b"\0")
    account = Account.load(tmp_path)
    assert [p.reason for p in account.problems] == [
        "JSON of no known tool",
        "read, not understood: a table of no known tool",
        "read, not understood: 2 of bin",
    ]
    (post,) = account.posts
    assert post.unread is not None


def test_nothing_accuses_a_post_whose_words_were_not_read() -> None:
    result: dict[str, Any] = {
        "declared": [{"source": "c2pa", "claim": "ai-generated", "state": "valid"}],
        "marks": [],
        "picture": None,
        "voice": None,
    }
    assert disclose(Post("1", "x", labels_kept=True), (), [result]).outcome != "unclear"
    unread = Post("1", "x", labels_kept=True, unread="why")
    assert disclose(unread, (), [result]).outcome == "unclear"
    labelled = Post("1", "x", labels=(PlatformLabel("l", "creator", "k", "v"),), unread="why")
    assert disclose(labelled, (), [result]).outcome == "disclosed"


def test_text_that_is_no_unicode_stays_out(tmp_path: Path) -> None:
    put(tmp_path / "a.jpg", JPEG)
    put(tmp_path / "a.jpg.json", json.dumps({**gallery(1), "username": "\ud800"}).encode())
    put(
        tmp_path / "list.jsonl", b'{"id": "\\ud800", "media": ["\\ud800.jpg"], "handle": "\\udfff"}'
    )
    account = Account.load(tmp_path)
    for post in account.posts:
        for words in (post.id, post.handle or "", post.text):
            words.encode()
