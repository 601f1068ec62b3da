"""The page: everything in it, nothing runs or loads, the same bytes; pages of files beside it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from detect.account.audit import Audit, audit
from detect.account.showing.page import audit_style, masked, style_digest
from detect.account.showing.pictures import pixelated
from detect.account.showing.plot import chart
from detect.account.showing.view import ROWS, look
from detect.account.showing.words import advice, share_caveat
from tests.account.fake import Brightness, account
from tests.report.test_html import Page

HOSTILE = "<img src=x onerror=alert(1)>\u202e @somebody.else =1+1"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    home = tmp_path_factory.mktemp("page")
    export = account(home / "export", 16, bright_from=8, paid=1, text=HOSTILE, followers=70000)
    (export / "broken.json").write_text("{")
    return audit(export, journal=home / "a.db", classifiers=[Brightness()])


def written(result: Audit, folder: Path, **more: Any) -> tuple[Path, str]:
    path = folder / "out.html"
    result.write_html(path, **more)
    return path, path.read_text(encoding="utf-8")


def test_a_page_loads_and_runs_nothing(result: Audit, tmp_path: Path) -> None:
    path, text = written(result, tmp_path)
    for page in (path, *sorted(tmp_path.glob("files-*/*.html"))[:2]):
        parsed = Page(page.read_text(encoding="utf-8"))
        assert not {"script", "link", "iframe", "form", "base"} & set(parsed.tags)
        for tag, name, value in parsed.attributes:
            assert not name.startswith("on") and name != "style"
            if name in ("src", "href"):
                assert value.startswith("data:image/jpeg;base64," if tag == "img" else ("#", "fi"))
    assert "default-src 'none'" in text and "url(" not in text and "\u202e" not in text
    assert f"style-src 'sha256-{style_digest(audit_style())}'" in text
    assert f"<style>{audit_style()}</style>" in text
    assert "<img src=x onerror=alert(1)>" in Page(text).text("en")


def test_what_an_analyst_looks_for_is_there(result: Audit, tmp_path: Path) -> None:
    for language, words in (
        ("en", ("Account audit", "70,000", "micro", "What to do", "Over time", "label switched off",
                "Who is behind the account", "Labels that are due", "Selling posts", "broken.json",
                "Method and limits")),
        ("zh", ("账号审计", "建议", "时间线", "未披露", "账号背后是谁", "应有的标识", "带货帖子",
                "方法与局限", "疑似")),
    ):  # fmt: skip
        _, text = written(result, tmp_path, language=language)
        seen = Page(text).text(language)
        assert [word for word in words if word not in seen] == []


def test_links_lead_to_the_pages_of_files(result: Audit, tmp_path: Path) -> None:
    path, text = written(result, tmp_path)
    links = {v for _, name, v in Page(text).attributes if name == "href"}
    assert len(links) == 8 and all((path.parent / link).is_file() for link in links)
    stale = path.parent / sorted(links)[0].partition("/")[0] / f"{'0' * 16}.html"
    stale.write_text("old")
    kept = stale.with_name("notes.html")
    kept.write_text("mine")
    assert written(result, tmp_path)[1] == text
    assert kept.exists() and not stale.exists()
    path.unlink()
    result.write_html(path, files=False)
    assert "href" not in path.read_text(encoding="utf-8")


def test_nothing_recognisable_is_left_with_privacy(result: Audit, tmp_path: Path) -> None:
    _, open_text = written(result, tmp_path)
    _, text = written(result, tmp_path, privacy=True)
    pictures = set(re.findall(r'src="(data:image[^"]+)"', open_text))
    hidden = set(re.findall(r'src="(data:image[^"]+)"', text))
    assert pictures and hidden and not pictures & hidden
    assert "somebody.else" in open_text and "somebody.else" not in text
    folders = list(tmp_path.glob("files-*"))
    assert len(folders) == 2  # open and private pages never share one
    other = next(f for f in folders if f.name not in open_text)
    for page in other.glob("*.html"):
        assert not pictures & set(re.findall(r'src="(data:image[^"]+)"', page.read_text()))


def test_a_mosaic_has_at_most_eight_blocks_a_side() -> None:
    noise = Image.effect_noise((320, 200), 90).convert("RGB")
    target = io.BytesIO()
    noise.save(target, "JPEG", quality=95)
    with Image.open(io.BytesIO(pixelated(target.getvalue()))) as picture:
        assert picture.size == (128, 80)
        block = picture.convert("L").crop((17, 17, 31, 31))
        low, high = block.getextrema()
        assert high - low <= 8


def test_handles_and_addresses_are_masked() -> None:
    assert masked("with @ann_b and https://x.example/y") == "with @… and @…"


def test_the_table_has_a_line_a_post_and_no_formula(result: Audit, tmp_path: Path) -> None:
    result.write_csv(tmp_path / "r.csv")
    with open(tmp_path / "r.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert {r["outcome"] for r in rows} == {"undisclosed", "no-sign"}
    last = rows[-1]
    assert last["basis"] == "picture" and last["paid_by"].startswith("paid")
    assert last["cn"] == "suspected" and last["cn_open"] == "yes" and last["us_ny_open"] == "yes"
    assert last["files"] == last["examined"] == "1" and last["labels_removed"] == ""
    assert not [v for r in rows for v in r.values() if v[:1] in ("=", "+", "@")]


def test_many_posts_are_read_in_little_memory() -> None:
    def posts() -> Any:
        for number in range(3000):
            synthetic = number % 3 == 0
            yield {
                "id": str(number), "platform": "x", "time": f"2026-01-01T{number // 60:04}"[:13],
                "paid": number % 2 == 0, "score": {"llr": 1.0, "kind": "image", "answer": "free"},
                "duties": {}, "media": [{"picture_llr": number / 1000, "voice_llr": None}],
                "disclosure": {
                    "outcome": "undisclosed" if synthetic else "no-sign", "by": [],
                    "basis": ["picture"] if synthetic else [],
                    "matrix": {"platform": [], "removed": [], "text": [], "file": [], "mark": [],
                               "picture": "synthetic" if synthetic else "camera",
                               "voice": "not-examined"},
                },
            }  # fmt: skip

    found = look(posts())
    assert len(found.rows) == ROWS and found.more == 1000 - ROWS
    assert all(row["paid"] for row in found.rows) and found.rows[0]["id"] == "2994"
    assert 200 <= len(found.points) <= 401 and found.every == 8
    assert found.sources["classifier", "synthetic"] == 1000


def test_the_change_and_the_periods_are_drawn_where_they_are() -> None:
    point = {"llr": 3.0, "answer": "synthetic", "disclosed": False, "outcome": "undisclosed",
             "gap": True, "paid": True}  # fmt: skip
    posts = [{**point, "time": f"2026-{m:02}-01T00:00:00Z"} for m in range(1, 12)]
    share = {"value": 0.5, "low": 0.2, "high": 0.9}
    change = {"stated": True, "direction": "turned-synthetic", "time": posts[5]["time"],
              "earliest": posts[4]["time"], "latest": posts[7]["time"]}  # fmt: skip
    periods = [{"label": "2026-Q2", "scored": 3, "share": share},
               {"label": "undated", "scored": 1, "share": share}]  # fmt: skip
    for width in (880.0, 340.0):
        drawn = chart(posts, periods, change, (-2.0, 2.0), width)
        assert drawn is not None and drawn.change is not None
        xs = [p.x for p in drawn.points]
        assert drawn.left < xs[0] < xs[-1] < drawn.right == width - 8
        assert drawn.change.x == xs[5]
        assert 135 <= drawn.change.label <= width - 135
        assert drawn.change.left < xs[4] and drawn.change.left + drawn.change.width > xs[7]
        (bar,) = drawn.bars
        assert bar.x == xs[3] and abs(bar.x + bar.width - xs[6]) <= 1.1
        assert 2 <= len(drawn.times) <= 8
    assert chart(posts[:1], [], None, None) is None


@pytest.mark.parametrize(
    ("outcomes", "paid", "low", "said"),
    [
        (
            {"undisclosed": 5},
            {"undisclosed": 2},
            0.3,
            "do not say so (2 of 2)",
        ),
        (
            {"undisclosed": 5},
            {},
            0.3,
            "do not say so (5 of 5)",
        ),
        ({"undisclosed": 1, "no-sign": 99}, {"undisclosed": 1}, 0.0, "conclude nothing"),
        ({"no-sign": 9}, {}, 0.0, "No action"),
        ({"unclear": 9}, {}, 0.0, "original files"),
        ({"over-disclosed": 2, "no-sign": 9}, {}, 0.0, "(2 of 11 posts)"),
    ],
)
def test_advice(outcomes: dict[str, int], paid: dict[str, int], low: float, said: str) -> None:
    names = ("undisclosed", "label-removed", "disclosed", "over-disclosed", "unclear", "no-sign")
    summary = {
        "disclosure": {"all": dict.fromkeys(names, 0) | outcomes,
                       "paid": dict.fromkeys(names, 0) | paid, "firm": {"all": 0, "paid": 0}},
        "counts": {"media": {"ok": 9}},
        "persona": {"outcome": "undecided"},
        "estimate": {"share": {"share": {"value": 0.5, "low": low, "high": 0.9}}},
    }  # fmt: skip
    assert said in advice(summary).en


@pytest.mark.parametrize(
    ("scored", "share", "said"),
    [
        ({}, None, "no picture could be scored"),
        ({"video": 4}, None, "for this kind of posts (video)"),
        ({"image": 7, "video": 2}, 7, "rests on 7 posts; 3 others"),
        ({"image": 10}, 10, None),
    ],
)
def test_what_the_share_rests_on(
    scored: dict[str, int], share: int | None, said: str | None
) -> None:
    summary = {
        "counts": {"scored": scored},
        "sampling": {"examined": 10},
        "estimate": None if share is None else {"share": {"scored": share}},
    }
    found = share_caveat(summary)
    assert (found is None) == (said is None)
    assert found is None or (said or "") in found.en
