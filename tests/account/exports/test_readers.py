"""Exports of every tool become the same posts."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect.account.exports.records.platform_labels import paid_flags, platform_labels
from detect.account.exports.records.post import MediaRef, Post
from detect.account.judging.account import Account
from detect.core.errors import ConfigurationError
from tests.account import make as exports
from tests.account.make import JPEG, MP4, put


def only(path: Path) -> Post:
    account = Account.load(path)
    assert not account.problems
    (post,) = account.posts
    return post


def test_gallery_dl_tiktok(tmp_path: Path) -> None:
    exports.tiktok(tmp_path, aigcLabelType="1", isAd=True)
    account = Account.load(tmp_path)
    (post,) = account.posts
    assert (post.platform, post.handle, post.time) == (
        "tiktok",
        "mira.runs",
        "2026-01-01T10:00:00Z",
    )
    assert post.hashtags == ("fitness", "berlin")
    assert post.counts == {"likes": 1200, "comments": 34, "shares": 5, "views": 80000}
    assert [(label.code, label.by) for label in post.labels] == [("tiktok-creator", "creator")]
    assert post.paid == ("isAd",)
    assert [m.role for m in post.media] == ["media"]
    assert account.profile.followers == 612000 and account.tier == "mid"
    assert account.profile.bio == "runner"


def test_gallery_dl_tiktok_of_another_version(tmp_path: Path) -> None:
    exports.tiktok(
        tmp_path,
        createTime=1767261600,
        aigc_info={"aigc_label_type": 2},
        stats={},
        statsV2={"diggCount": "1,200", "playCount": "9"},
        authorStats=None,
        authorStatsV2={"followerCount": "5000001"},
        textExtra=[{"hashtagName": "Berlin"}, {"hashtagName": ""}],
    )
    account = Account.load(tmp_path)
    (post,) = account.posts
    assert post.counts == {"likes": 1200, "views": 9}
    assert [(label.code, label.by) for label in post.labels] == [("tiktok-platform", "platform")]
    assert account.tier == "mega"


@pytest.mark.parametrize("value", [0, "0", None, "", False])
def test_no_label_of_tiktok_is_not_read_as_one(value: object) -> None:
    assert platform_labels({"aigcLabelType": value, "IsAigc": False}, platform="tiktok") == ()


def test_gallery_dl_instagram_gallery_is_one_post(tmp_path: Path) -> None:
    exports.instagram(
        tmp_path,
        files=3,
        gen_ai_detection_method={"detection_method": "C2PA_METADATA"},
        user={"username": "lina.lux", "biography": "AI博主", "follower_count": 70000},
    )
    account = Account.load(tmp_path)
    (post,) = account.posts
    assert [m.path for m in post.media] == [f"3000001_{n}.jpg" for n in (1, 2, 3)]
    assert post.id == "Cx0001" and post.counts == {"likes": 321}
    assert [(label.code, label.by) for label in post.labels] == [
        ("instagram-c2pa-metadata", "metadata")
    ]
    assert account.tier == "micro"
    assert [c.kind for c in account.cues] == ["virtual-human"]


def test_instagram_label_values() -> None:
    def by(method: str) -> list[str]:
        document = {"gen_ai_detection_method": {"detection_method": method}}
        return [label.by for label in platform_labels(document)]

    assert by("NONE") == by("UNRECOGNIZED") == []
    assert by("META_INVISIBLE_WATERMARK") == by("IPTC_METADATA_EDITED") == ["metadata"]
    assert by("MANUAL_OVERRIDE_LABEL_OFF") == ["removed"]
    assert by("SELF_DISCLOSURE_FLOW") == ["creator"]


def test_gallery_dl_other_sites(tmp_path: Path) -> None:
    base = {"subcategory": "x", "extension": "jpg", "num": 1}
    sidecars = {
        "x": {
            "category": "twitter",
            "tweet_id": 1900000000000000001,
            "author": {"name": "mia", "nick": "Mia", "followers_count": 12000},
            "content": "hello #sky",
            "date": "2026-01-02 03:04:05",
            "favorite_count": 7,
            "hashtags": ["sky"],
        },
        "weibo": {
            "category": "weibo",
            "status": {
                "idstr": "5100000000000001",
                "mblogid": "PabcDEF",
                "created_at": "Fri Jan 02 11:04:05 +0800 2026",
                "text_raw": "今天 #好物推荐# 直播间带货",
                "user": {"idstr": "77", "screen_name": "小艾", "followers_count": 3200000},
                "attitudes_count": 9,
                "content_auth_tip": "内容由AI生成",
            },
        },
        "bilibili": {
            "category": "bilibili",
            "id": "988000000000000001",
            "username": "艾艾",
            "desc": "日常",
            "pubdate": 1767323045,
            "argue_info": {"argue_msg": "作者声明：该视频使用人工智能合成技术"},
        },
        "pixiv": {
            "category": "pixiv",
            "id": 130000001,
            "title": "空",
            "caption": "描いた",
            "tags": ["オリジナル"],
            "user": {"account": "sora9", "name": "Sora"},
            "create_date": "2026-01-02T12:04:05+09:00",
            "illust_ai_type": 2,
            "total_bookmarks": 12,
        },
    }
    for name, content in sidecars.items():
        put(tmp_path / name / "a.jpg", JPEG)
        put(tmp_path / name / "a.jpg.json", {**base, **content})
    found = {name: only(tmp_path / name) for name in sidecars}
    assert {p.time for p in found.values()} == {"2026-01-02T03:04:05Z"}
    assert {n: p.platform for n, p in found.items()} == {n: n for n in sidecars}
    assert [p.id for p in found.values()] == [
        "1900000000000000001",
        "PabcDEF",
        "988000000000000001",
        "130000001",
    ]
    assert {n: [x.code for x in p.labels] for n, p in found.items()} == {
        "x": [],
        "weibo": ["notice-creator"],
        "bilibili": ["bilibili-creator"],
        "pixiv": ["pixiv-ai"],
    }
    assert Account.load(tmp_path / "weibo").tier == "macro"


def test_creators_words_and_other_posts_are_no_platform_label() -> None:
    document = {
        "description": "内容由AI生成",
        "tags": ["AI生成"],
        "user": {"illust_ai_type": 2},
        "retweeted_status": {"notice": "内容由AI生成"},
        "comments": [{"tip": "内容由AI生成"}],
    }
    assert platform_labels(document, platform="pixiv") == ()


def test_instaloader(tmp_path: Path) -> None:
    exports.instaloader(tmp_path)
    put(
        tmp_path / "zoe.sky_5.json.xz",
        {
            "node": {
                "username": "zoe.sky",
                "full_name": "Zoe",
                "biography": "digital human",
                "edge_followed_by": {"count": 1200001},
            },
            "instaloader": {"version": "4.14.1", "node_type": "Profile"},
        },
    )
    put(tmp_path / "2020-01-01_00-00-00_UTC_profile_pic.jpg", JPEG)
    account = Account.load(tmp_path)
    assert not account.problems
    (post,) = account.posts
    stamp = "2026-03-04_05-06-07_UTC"
    assert post.media == (
        MediaRef(f"{stamp}_1.jpg"),
        MediaRef(f"{stamp}_2.jpg", "thumbnail"),
        MediaRef(f"{stamp}_2.mp4"),
    )
    assert post.time == "2026-03-04T05:06:07Z" and post.hashtags == ("ootd", "ad")
    assert post.counts == {"likes": 5100, "comments": 77}
    assert post.labels[0].code == "instagram-self-disclosure-flow"
    assert post.paid == ("iphone_struct.is_paid_partnership",)
    assert account.profile.followers == 1200001 and account.profile.bio == "digital human"


def test_instaloader_of_the_first_version_4(tmp_path: Path) -> None:
    put(tmp_path / "2018-05-03_10-00-00_UTC.jpg", JPEG)
    put(
        tmp_path / "2018-05-03_10-00-00_UTC.json",
        {
            "node": {
                "code": "Bold1",
                "id": "1",
                "date": 1525341600,
                "caption": "old #times",
                "display_src": "https://example.invalid/a.jpg",
                "is_video": False,
                "owner": {"id": "5"},
                "likes": {"count": 3},
                "comments": {"count": 2},
            },
            "instaloader": {"version": "4.0", "node_type": "Post"},
        },
    )
    post = only(tmp_path)
    assert (post.id, post.time, post.text) == ("Bold1", "2018-05-03T10:00:00Z", "old #times")
    assert post.counts == {"likes": 3, "comments": 2} and len(post.media) == 1


def test_yt_dlp(tmp_path: Path) -> None:
    exports.yt_dlp(tmp_path)
    account = Account.load(tmp_path)
    assert not account.problems
    (post,) = account.posts
    assert (post.platform, post.handle) == ("youtube", "@daylight")
    assert {m.path.rpartition(".")[2]: m.role for m in post.media} == {
        "mp4": "media",
        "webp": "thumbnail",
    }
    assert post.counts == {"likes": 10, "views": 1000} and post.labels == ()
    assert account.tier == "nano" and account.cues[0].kind == "virtual-human"


def test_manifests(tmp_path: Path) -> None:
    put(tmp_path / "pics" / "a.jpg", JPEG)
    put(tmp_path / "pics" / "b.jpg", JPEG + b"b")
    put(
        tmp_path / "posts.csv",
        b"id,time,text,media,hashtags,likes,followers,platform,handle,ai_label,paid\n"
        b'1,2026-01-01,"a, #x",pics/a.jpg;pics/b.jpg,y z,5,9000,xiaohongshu,ann,creator,1\n'
        b"2,2026-01-02,no,../outside.jpg,,,,xiaohongshu,ann,,0\n",
    )
    put(tmp_path / "c.jpg", JPEG + b"c")
    put(
        tmp_path / "more.jsonl",
        b'{"id": 3, "media": ["c.jpg"], "text": "t", "platform": "douyin"}\n\n{"id": 4,\n[1]\n',
    )
    account = Account.load(tmp_path)
    by_id = {p.id: p for p in account.posts}
    assert sorted(by_id) == ["1", "2", "3"]
    assert [m.path for m in by_id["1"].media] == ["pics/a.jpg", "pics/b.jpg"]
    assert by_id["1"].hashtags == ("y", "z", "x") and by_id["1"].paid == ("paid",)
    assert by_id["1"].labels[0].by == "creator" and by_id["2"].labels == by_id["2"].paid == ()
    assert by_id["2"].media == ()
    assert [p.path for p in account.problems] == [
        "more.jsonl, line 3",
        "more.jsonl, line 4",
        "posts.csv, line 3",
    ]
    assert account.profile.followers == 9000 and account.tier == "none"
    alone = Account.load(tmp_path / "more.jsonl")
    assert [p.id for p in alone.posts] == ["3"]


def test_a_folder_with_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "IMG_20260102_030405.jpg", JPEG)
    put(tmp_path / "x" / "clip.bin", MP4)
    put(tmp_path / "notes.txt", b"words")
    put(tmp_path / "broken.jpg", b"this is no picture")
    account = Account.load(tmp_path)
    assert [(p.id, p.time) for p in account.posts] == [
        ("IMG_20260102_030405.jpg", "2026-01-02T03:04:05Z"),
        ("broken.jpg", None),
        ("x/clip.bin", None),
    ]
    assert account.profile.handle is None and account.tier is None


def test_kinds_may_be_mixed_and_a_broken_sidecar_costs_one_post(tmp_path: Path) -> None:
    exports.tiktok(tmp_path / "tt", 1)
    exports.tiktok(tmp_path / "tt", 2)
    exports.yt_dlp(tmp_path / "yt")
    exports.instaloader(tmp_path / "ig")
    put(next((tmp_path / "tt").glob("*2 clip.mp4.json")), b'{"id": "74')
    put(tmp_path / "settings.json", {"theme": "dark"})
    account = Account.load(tmp_path)
    assert sorted(p.reader for p in account.posts) == [
        "folder",
        "gallery-dl",
        "instaloader",
        "yt-dlp",
    ]
    reasons = {p.path.rpartition("/")[2]: p.reason for p in account.problems}
    assert reasons["settings.json"] == "JSON of no known tool"
    assert any(reason.startswith("not JSON") for reason in reasons.values())
    assert len(reasons) == 2


def test_no_export_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no folder of an export"):
        Account.load(tmp_path / "nowhere")


def test_paid_flags_want_a_true_value() -> None:
    assert paid_flags({"isAd": False, "is_paid_partnership": None, "sponsor_tags": []}) == ()
    assert paid_flags({"sponsor_tags": [{"username": "brand"}]}) == ("sponsor_tags",)
    sponsors = {"edge_media_to_sponsor_user": {"edges": [{"node": {}}]}}
    assert paid_flags(sponsors) == ("edge_media_to_sponsor_user",)
    assert paid_flags({"edge_media_to_sponsor_user": {"edges": []}}) == ()


def test_gallery_dl_of_the_latest_version(tmp_path: Path) -> None:
    exports.tiktok(tmp_path / "tt")
    cover = {"category": "tiktok", "id": "74" + "0" * 16 + "1", "type": "cover", "num": 0}
    put(tmp_path / "tt" / "cover.jpg", JPEG)
    put(tmp_path / "tt" / "cover.jpg.json", {**cover, "subcategory": "posts", "desc": "Morning"})
    put(tmp_path / "tt" / "face.jpg", JPEG)
    put(tmp_path / "tt" / "face.jpg.json", {**cover, "subcategory": "avatar", "id": "1"})
    post = only(tmp_path / "tt")
    assert {m.path: m.role for m in post.media} == {
        f"{post.id} clip.mp4": "media",
        "cover.jpg": "thumbnail",
    }
    exports.instagram(
        tmp_path / "ig",
        user={"username": "lina.lux", "count_followed": 1_500_000, "count_media": 12},
    )
    account = Account.load(tmp_path / "ig")
    assert account.tier == "macro" and account.profile.posts == 12
    exports.instagram(tmp_path / "ig0", user={"username": "lina.lux", "count_followed": 0})
    assert Account.load(tmp_path / "ig0").tier is None


def test_a_bilibili_article_is_read_whole(tmp_path: Path) -> None:
    put(tmp_path / "1_1.jpg", JPEG)
    put(
        tmp_path / "1_1.jpg.json",
        {
            "category": "bilibili",
            "subcategory": "article",
            "id": "99",
            "username": "艾艾",
            "user_id": 7,
            "title": "日常",
            "content": ["早安", "本图由AI生成"],
            "tags": None,
            "topic": "穿搭",
            "detail": {
                "modules": {"module_author": {"mid": 7, "name": "艾艾", "pub_ts": 1767323045}}
            },
            "num": 1,
            "extension": "jpg",
        },
    )
    post = only(tmp_path)
    assert post.text == "日常\n早安\n本图由AI生成" and post.hashtags == ("穿搭",)
    assert post.handle == "7" and post.time == "2026-01-02T03:04:05Z"


def test_an_animation_in_a_zip_is_a_file_of_its_post(tmp_path: Path) -> None:
    put(tmp_path / "5_ugoira.zip", b"PK\x05\x06" + bytes(18))
    put(
        tmp_path / "5_ugoira.zip.json",
        {"category": "pixiv", "subcategory": "user", "id": 5, "type": "ugoira", "extension": "zip"},
    )
    assert [m.path for m in only(tmp_path).media] == ["5_ugoira.zip"]


def test_comments_of_instaloader_are_no_posts(tmp_path: Path) -> None:
    exports.instaloader(tmp_path)
    comment = {"id": 1, "created_at": 1772600999, "text": "#ad wow", "owner": {"username": "fan"}}
    put(tmp_path / "2026-03-04_05-06-07_UTC_comments.json", [comment, {**comment, "id": 2}])
    assert only(tmp_path).id == "DAbCdEf"


def test_instaloader_4_16(tmp_path: Path) -> None:
    put(tmp_path / "2026-03-04_05-06-07_UTC.jpg", JPEG)
    put(
        tmp_path / "2026-03-04_05-06-07_UTC.json.xz",
        {
            "node": {
                "code": "DNew",
                "shortcode": "DNew",
                "pk": "31",
                "taken_at_timestamp": 1772600767,
                "caption": {"text": "hi #sun"},
                "edge_media_to_caption": {"edges": [{"node": {"text": "hi #sun"}}]},
                "edge_media_to_parent_comment": {"count": 4, "edges": []},
                "edge_media_preview_like": {"count": 9},
                "gen_ai_detection_method": {"detection_method": "NONE"},
                "owner": {"id": "5", "username": "zoe.sky"},
                "user": {"pk": "5", "username": "zoe.sky"},
            },
            "instaloader": {"version": "4.16", "node_type": "Post"},
        },
    )
    post = only(tmp_path)
    assert (post.id, post.handle, post.text) == ("DNew", "zoe.sky", "hi #sun")
    assert post.counts == {"likes": 9, "comments": 4}
    assert post.labels == () and post.labels_kept


def test_yt_dlp_handles_are_those_of_addresses(tmp_path: Path) -> None:
    exports.yt_dlp(
        tmp_path / "tt",
        extractor_key="TikTok",
        uploader="mira.runs",
        uploader_id="6700000000000000000",
        channel="Mira",
    )
    exports.yt_dlp(
        tmp_path / "ig",
        extractor_key="Instagram",
        uploader="Lina Lux",
        uploader_id="5",
        channel="lina.lux",
    )
    for folder, handle, name in (("tt", "mira.runs", "Mira"), ("ig", "lina.lux", "Lina Lux")):
        (tmp_path / folder / "Daylight - Videos [UC1].info.json").unlink()
        profile = Account.load(tmp_path / folder).profile
        assert (profile.handle, profile.name) == (handle, name)


def test_whether_an_export_keeps_the_platforms_labels(tmp_path: Path) -> None:
    exports.tiktok(tmp_path / "tiktok")
    exports.instagram(tmp_path / "instagram")
    exports.yt_dlp(tmp_path / "youtube")
    exports.instaloader(tmp_path / "instaloader")
    put(tmp_path / "folder" / "a.jpg", JPEG)
    put(tmp_path / "manifest" / "a.jpg", JPEG)
    put(tmp_path / "manifest" / "posts.csv", b"id,media,ai_label\n1,a.jpg,\n")
    put(tmp_path / "manifest0" / "a.jpg", JPEG)
    put(tmp_path / "manifest0" / "posts.csv", b"id,media\n1,a.jpg\n")
    kept = {f.name: Account.load(f).posts[0].labels_kept for f in tmp_path.iterdir()}
    assert sorted(name for name, known in kept.items() if known) == [
        "instaloader",
        "manifest",
        "tiktok",
    ]


def test_a_list_of_no_known_tool_is_listed(tmp_path: Path) -> None:
    put(tmp_path / "dump.json", [[2, {"category": "x"}], [3, "https://example.invalid", {}]])
    put(tmp_path / "empty.json", [])
    account = Account.load(tmp_path)
    assert [p.path for p in account.problems] == ["dump.json"] and not account.posts
