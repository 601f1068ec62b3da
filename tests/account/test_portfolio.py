"""Many accounts: a line each by risk, journals that are gone on with, bad exports as rows."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import detect
from detect.account.exports.place import journal_name
from detect.account.portfolio import Portfolio, portfolio
from detect.account.showing.portfolio_row import COLUMNS, RISKS, risk_of
from detect.cli.main import _run
from tests.account.fake import Brightness, account
from tests.report.test_html import Page

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dark account, one that turned bright, one that did so in paid posts; two bad exports."""
    home = tmp_path_factory.mktemp("portfolio")
    account(home / "dark", 8, followers=20000)
    account(home / "bright", 8, bright_from=2)
    account(home / "=paid", 8, bright_from=5, paid=1)
    (home / "empty").mkdir()
    return home


def run(folder: Path, **more: Any) -> tuple[Portfolio, int]:
    judge = Brightness()
    names = ("dark", "empty", "bright", "gone", "=paid", "dark")
    found = portfolio(
        [folder / name for name in names], journals=folder / "journals", classifiers=[judge],
        started=NOON, **more,
    )  # fmt: skip
    return found, judge.seen


def test_public_names() -> None:
    assert detect.portfolio is portfolio and detect.Portfolio is Portfolio
    assert callable(detect.Account.load) and callable(detect.audit)


def test_accounts_are_sorted_and_bad_exports_are_rows(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[Any, ...]] = []
    found, seen = run(folder, progress=lambda *all_: told.append(all_))
    assert seen == 24 and told[0][:2] == (1, 5) and told[-1][0] == 5 and told[-1][3:] == (8, 8)
    # Nobody measured this classifier's errors, so that a dark account cannot be called low.
    assert [(r["risk"], Path(r["export"]).name) for r in found.rows] == [
        ("high", "=paid"),
        ("medium", "bright"),
        ("open", "dark"),
        ("unread", "empty"),
        ("unread", "gone"),
    ]
    paid, bright, dark, empty, gone = found.rows
    assert (paid["paid_undisclosed"], paid["paid"], bright["undisclosed"]) == (3, 8, 6)
    assert (dark["followers"], dark["tier"], dark["platform"]) == (20000, "nano", "instagram")
    assert "no such folder" in gone["reason"] and "no post" in empty["reason"]
    assert not (folder / "journals" / f"{journal_name(str(folder / 'gone'))}.audit.db").exists()
    found.write_csv(tmp_path / "p.csv")
    with open(tmp_path / "p.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 5
    assert not [v for r in rows for v in r.values() if v[:1] in ("=", "+", "@")]


def test_a_second_run_scores_nothing_and_says_the_same(folder: Path, tmp_path: Path) -> None:
    texts = []
    for number in range(2):
        found, seen = run(folder, pages=tmp_path / "pages")
        assert number == 0 or seen == 0
        found.write_csv(tmp_path / "p.csv")
        found.write_html(tmp_path / "p.html", language="zh")
        texts.append([(tmp_path / f"p.{kind}").read_bytes() for kind in ("csv", "html")])
    assert texts[0] == texts[1]
    parsed = Page(texts[0][1].decode())
    links = [v for _, name, v in parsed.attributes if name == "href"]
    assert len(links) == 3 and all(link.startswith("./pages/") for link in links)
    for link in links:
        from urllib.parse import unquote

        assert (tmp_path / unquote(link)).is_file()
    assert "账号组合审计" in parsed.text("zh") and "排序规则" in parsed.text("zh")
    assert "How accounts are sorted" in parsed.text("en")
    assert not {"script", "link", "iframe", "form"} & set(parsed.tags)


@pytest.mark.parametrize("wrong", [{"sample": -1}, {"margin": 1.0}, {"sample": 3, "margin": 0.1}])
def test_a_wrong_plan_is_an_error_and_no_row(folder: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(detect.ConfigurationError):
        run(folder, **wrong)


def row(**more: Any) -> dict[str, Any]:
    plain = {"status": "ok", "posts": 200, "examined": 200, "share_low": 0.0, "share_high": 0.03,
             "undisclosed": 0, "label_removed": 0, "paid_undisclosed": 0, "firm": 0, "paid_firm": 0,
             "content": "camera", "persona": "real-person", "unclear": 0}  # fmt: skip
    return {**plain, **more}


@pytest.mark.parametrize(
    ("more", "risk"),
    [
        ({}, "low"),
        ({"undisclosed": 1, "paid_undisclosed": 1}, "low"),  # as many as false alarms would give
        ({"undisclosed": 1, "paid_undisclosed": 1, "firm": 1, "paid_firm": 1}, "high"),
        ({"undisclosed": 9, "paid_undisclosed": 1, "share_low": 0.02}, "high"),
        ({"undisclosed": 9, "share_low": 0.02}, "medium"),
        ({"label_removed": 1, "firm": 1}, "medium"),
        ({"share_high": 0.7}, "open"),
        ({"share_low": None, "share_high": None}, "open"),
        ({"persona": "ai-persona"}, "open"),
        ({"content": "mixed"}, "open"),
        ({"unclear": 150}, "open"),
        ({"status": "unread"}, "unread"),
    ],
)
def test_risk(more: dict[str, Any], risk: str) -> None:
    assert risk_of(row(**more)) == risk
    assert risk in RISKS


def test_names_of_journals_tell_exports_apart() -> None:
    names = {journal_name(path) for path in ("/a/x", "/b/x", "/a/../..", "/a/名")}
    assert len(names) == 4 and all("/" not in name and name[0] != "." for name in names)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = Path(__file__).resolve().parents[2] / "samples"
    (tmp_path / "one").mkdir()
    for name in ("camera-temple.jpg", "gan-face-signed.png"):
        (tmp_path / "one" / name).write_bytes((samples / name).read_bytes())
    arguments = ["portfolio", str(tmp_path / "one"), str(tmp_path / "gone")]
    outputs = [f"--{k}={tmp_path / f'p.{k}'}" for k in ("csv", "html")]
    journals = ["--journals", str(tmp_path / "journals")]
    assert _run([*arguments, *journals, *outputs, "--no-biometrics"]) == 1
    out = capsys.readouterr().out
    assert "unclear" in out and "not read" in out and "no such folder" in out
    assert (tmp_path / "p.csv").stat().st_size and (tmp_path / "p.html").stat().st_size
    assert _run(["portfolio", str(tmp_path / "gone"), *journals]) == 3
    assert _run(["portfolio", *journals]) == 2
    assert _run([*arguments, *journals, "--csv", str(tmp_path / "no" / "p.csv")]) == 2
