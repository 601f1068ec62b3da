"""A run resumes, repeats nothing, draws samples, and says the same thing every time."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

import detect
from detect.account.audit import Audit, audit
from detect.account.running.journal import Journal
from detect.account.running.sampling import draw_order, margin_of, size_for
from detect.core.errors import ConfigurationError
from tests.account.fake import Brightness, account, odd_names, picture

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def run(export: Path, journal: Path, **more: object) -> tuple[Audit, int]:
    judge = Brightness()
    result = audit(export, journal=journal, classifiers=[judge], **more)  # type: ignore[arg-type]
    return result, judge.seen


def test_the_public_name_is_the_function() -> None:
    assert detect.audit is audit and callable(detect.audit)


def test_a_second_run_scores_nothing_and_says_the_same(tmp_path: Path) -> None:
    export = account(tmp_path / "export", 12, bright_from=8)
    first, seen = run(export, tmp_path / "a.db", started=NOON)
    assert seen == 12
    second, again = run(export, tmp_path / "a.db")
    assert again == 0
    for number, result in enumerate((first, second, Audit(tmp_path / "a.db"))):
        result.write_json(tmp_path / f"{number}.json")
        result.write_csv(tmp_path / f"{number}.csv")
        result.write_html(tmp_path / f"{number}.html")
    for kind in ("json", "csv", "html"):
        contents = {(tmp_path / f"{n}.{kind}").read_bytes() for n in range(3)}
        assert len(contents) == 1
    report = json.loads((tmp_path / "0.json").read_bytes())
    assert report["audited_at"] == "2026-11-24T12:00:00Z"
    assert [p["score"]["answer"] for p in report["posts"]] == ["free"] * 8 + ["synthetic"] * 4
    assert report["disclosure"]["all"]["undisclosed"] == 4


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    export = account(tmp_path / "export", 10, bright_from=5)
    texts = []
    for workers in (1, 3):
        settings = detect.load_settings({"workers": workers})
        result, _ = run(export, tmp_path / f"{workers}.db", settings=settings, started=NOON)
        result.write_json(tmp_path / "out.json")
        texts.append((tmp_path / "out.json").read_bytes())
    assert texts[0] == texts[1]


def test_the_same_content_is_scored_once(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "sub/c.jpg"):
        picture(tmp_path / "export" / name, 1, 200)
    result, seen = run(tmp_path / "export", tmp_path / "a.db")
    assert seen == 1
    assert [p["score"]["answer"] for p in result.posts()] == ["synthetic"] * 3


def test_what_changed_is_scored_again_and_nothing_else(tmp_path: Path) -> None:
    export = account(tmp_path / "export", 6)
    run(export, tmp_path / "a.db")
    picture(export / "00003.jpg", 99, 220)
    os.utime(export / "00003.jpg", (1, 1))
    result, seen = run(export, tmp_path / "a.db")
    assert seen == 1
    assert [p["score"]["answer"] for p in result.posts()][3] == "synthetic"
    other = detect.load_settings({"prior": 0.2})
    assert run(export, tmp_path / "a.db", settings=other)[1] == 6
    assert run(export, tmp_path / "a.db", settings=other)[1] == 0
    assert run(export, tmp_path / "a.db", settings=other, resume=False)[1] == 6


def test_bad_files_cost_one_post_and_are_listed(tmp_path: Path) -> None:
    export = account(tmp_path / "export", 4)
    (export / "00001.jpg").write_bytes(b"\xff\xd8\xff broken")
    (export / "00002.jpg").chmod(0)
    (export / "posts.jsonl").write_text((export / "posts.jsonl").read_text() + '{"id": 9,\n')
    result, _ = run(export, tmp_path / "a.db")
    summary = result.summary()
    assert summary["counts"]["media"]["ok"] >= 2
    assert sum(summary["counts"]["media"].values()) == 4
    assert summary["problems"][0]["path"] == "posts.jsonl, line 5"
    assert run(export, tmp_path / "a.db")[1] == 0


def test_odd_names_stay_names(tmp_path: Path) -> None:
    names = odd_names(tmp_path / "export") if (tmp_path / "export").mkdir() is None else []
    result, _ = run(tmp_path / "export", tmp_path / "a.db")
    result.write_json(tmp_path / "r.json")
    result.write_csv(tmp_path / "r.csv")
    result.write_html(tmp_path / "r.html")
    posts = json.loads((tmp_path / "r.json").read_bytes())["posts"]
    exact = [m["path_bytes"] or m["path"].encode().hex() for p in posts for m in p["media"]]
    assert sorted(exact) == sorted(n.hex() for n in names)
    page = (tmp_path / "r.html").read_text()
    assert "<img src=x" not in page and "\x1b" not in page
    with open(tmp_path / "r.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert not [v for r in rows for v in r.values() if v[:1] in ("=", "+", "@")]


def test_a_sample_is_spread_and_extended(tmp_path: Path) -> None:
    export = account(tmp_path / "export", 40)
    result, seen = run(export, tmp_path / "a.db", sample=10)
    assert seen == 10 and result.summary()["sampling"]["examined"] == 10
    assert {p["time"][:7] for p in result.posts()} == {"2020-01", "2020-02"}
    few = {p["id"] for p in result.posts()}
    assert run(export, tmp_path / "a.db")[1] == 0  # the plan is in the journal
    result, seen = run(export, tmp_path / "a.db", sample=25)
    assert seen == 15 and few < {p["id"] for p in result.posts()}
    result, seen = run(export, tmp_path / "a.db", margin=0.2)
    assert seen == 0 and result.summary()["sampling"]["margin"] <= 0.2
    assert run(export, tmp_path / "a.db", sample=0)[1] == 15


def test_sample_sizes() -> None:
    assert size_for(0.06, 4000) == 180 and margin_of(180, 4000) <= 0.06
    assert margin_of(179, 4000) > 0.0599
    assert size_for(0.06, 50) <= 50 and margin_of(50, 50) == 0
    posts = [(i, "x", str(i), f"2026-{1 + i % 4:02}-01") for i in range(400)]
    order = draw_order(posts)
    assert sorted(order) == list(range(400))
    for size in (4, 40, 200):
        months = [i % 4 for i in order[:size]]
        assert max(map(months.count, range(4))) - min(map(months.count, range(4))) <= 1


def test_journals_that_are_none(tmp_path: Path) -> None:
    export = account(tmp_path / "export", 2)
    (tmp_path / "text.db").write_text("not a database, but long enough to be read as one" * 20)
    with pytest.raises(ConfigurationError, match=r"text\.db"):
        run(export, tmp_path / "text.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(ConfigurationError, match="not a journal"):
        run(export, tmp_path / "other.db")
    with pytest.raises(ConfigurationError, match="no such journal"):
        Audit(tmp_path / "none.db")
    run(export, tmp_path / "a.db")
    elsewhere = account(tmp_path / "elsewhere", 2)
    with pytest.raises(ConfigurationError, match=r"the journal of .*export"):
        run(elsewhere, tmp_path / "a.db")
    with Journal(tmp_path / "a.db"), pytest.raises(ConfigurationError, match="another audit"):
        run(export, tmp_path / "a.db")
    with pytest.raises(ConfigurationError, match="sample or a margin"):
        run(export, tmp_path / "a.db", sample=1, margin=0.1)
