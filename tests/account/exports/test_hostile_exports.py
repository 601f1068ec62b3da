"""An export is written by whoever wants to be believed: bounds, paths, odd names, odd types."""

from __future__ import annotations

import json
import lzma
import os
import tracemalloc
from pathlib import Path

import pytest

from detect.account.exports.records.sidecar import LARGEST, SidecarError, parse, read_json
from detect.account.judging.account import Account
from tests.account import make as exports
from tests.account.make import JPEG, put


def test_an_xz_bomb_is_refused_within_bounds(tmp_path: Path) -> None:
    bomb = put(
        tmp_path / "a.json.xz", lzma.compress(b'{"n": "' + b" " * (64 << 20) + b'"}', preset=0)
    )
    assert bomb.stat().st_size < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(SidecarError, match="larger than"):
            read_json(os.fsencode(bomb))
        assert tracemalloc.get_traced_memory()[1] < 4 * LARGEST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"1," * 500_000 + b"1]", "parts"),
        (b" " * (LARGEST + 1), "larger than"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "not JSON"),
    ],
)
def test_json_bombs(content: bytes, why: str) -> None:
    with pytest.raises(SidecarError, match=why):
        parse(content)


def test_truncated_and_damaged_xz(tmp_path: Path) -> None:
    whole = lzma.compress(json.dumps({"node": {}}).encode())
    for content in (whole[:-8], whole[:20] + b"\0\0\0\0" + whole[24:]):
        with pytest.raises(SidecarError):
            read_json(os.fsencode(put(tmp_path / "a.json.xz", content)))


def test_nothing_outside_the_export_is_named(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret.jpg", JPEG)
    root = tmp_path / "export"
    put(root / "in" / "a.jpg", JPEG)
    (root / "link.jpg").symlink_to(secret)
    (root / "away").symlink_to(tmp_path)
    (root / "gone.jpg").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe.jpg")
    names = [
        "../secret.jpg",
        str(secret),
        "in/../../secret.jpg",
        "link.jpg",
        "away/secret.jpg",
        "a\0b",
        "pipe.jpg",
        "in",
        "in/a.jpg",
    ]
    put(
        root / "m.jsonl",
        "\n".join(json.dumps({"id": i, "media": [n]}) for i, n in enumerate(names)).encode(),
    )
    account = Account.load(root)
    assert {p.id: [m.path for m in p.media] for p in account.posts if p.media} == {
        str(len(names) - 1): ["in/a.jpg"]
    }
    assert {p.path for p in account.problems} >= {"link.jpg", "gone.jpg", "m.jsonl, line 1"}


def test_wrong_types_everywhere_cost_one_post(tmp_path: Path) -> None:
    wrong = [None, True, 1e308, -1, [], {}, "", "x" * 100_000, [[[]]], {"a": {"b": 1}}]
    for number, value in enumerate(wrong):
        more = dict.fromkeys(("desc", "createTime", "author", "stats", "challenges", "date"), value)
        exports.tiktok(tmp_path / "tt", number, **more, aigcLabelType=value)
        exports.instaloader(
            tmp_path / f"ig{number}",
            edge_media_to_caption=value,
            owner=value,
            taken_at_timestamp=value,
            iphone_struct=value,
        )
    account = Account.load(tmp_path)
    assert len({p.id for p in account.posts if p.platform == "tiktok"}) == len(wrong)
    assert all(len(p.text) <= 20_000 for p in account.posts)
    assert not account.problems


def test_ids_of_wrong_types_are_listed(tmp_path: Path) -> None:
    for number, value in enumerate([None, {}, [], True]):
        exports.tiktok(tmp_path, number, id=value)
    account = Account.load(tmp_path)
    assert len(account.problems) >= 1
    assert all(p.reader == "folder" for p in account.posts)


def test_names_of_any_bytes(tmp_path: Path) -> None:
    odd = [b"\xff\xfe.jpg", b"a\nb.jpg", b"=cmd.jpg", "\u202egpj.jpg".encode(), b"[x].jpg"]
    for name in odd:
        (tmp_path / os.fsdecode(name)).write_bytes(JPEG)
    account = Account.load(tmp_path)
    assert sorted(os.fsencode(p.media[0].path) for p in account.posts) == sorted(odd)
    for post in account.posts:
        post.id.encode()


def test_csv_of_something_else_is_no_manifest(tmp_path: Path) -> None:
    put(tmp_path / "prices.csv", b"fruit,price\napple,1\n")
    put(tmp_path / "odd.csv", b'id,media\n1,"unclosed\n\x00,2\n' + b"x" * 300_000)
    assert all(p.reader == "manifest" for p in Account.load(tmp_path).posts)
