"""The report conforms to its schema; the command says what happened by its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from detect.account.audit import audit
from detect.account.judging.record import record
from detect.account.showing.output import cell
from detect.account.showing.words import label_caveat, title
from detect.cli.main import _run
from detect.cli.progress import pace
from detect.report.schema import load_audit_schema
from tests.account import make as exports
from tests.account.fake import Brightness, account, picture

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


def test_reports_conform_to_the_schema(tmp_path: Path) -> None:
    schema = load_audit_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    export = account(tmp_path / "export", 8, bright_from=4, paid=1, text="Anzeige", followers=60000)
    exports.tiktok(export / "tt", aigcLabelType="2")
    exports.instaloader(export / "ig")
    exports.yt_dlp(export / "yt")
    (export / "bad.json").write_text("{")
    (tmp_path / "empty").mkdir()
    for name in ("export", "empty"):
        result = audit(tmp_path / name, journal=tmp_path / f"{name}.db", classifiers=[Brightness()])
        result.write_json(tmp_path / "r.json")
        jsonschema.validate(json.loads((tmp_path / "r.json").read_bytes()), schema)
        result.write_html(tmp_path / "r.html", language="zh")
    report = json.loads(json.dumps(result.summary()))
    assert report["sampling"] == {"posts": 0, "examined": 0, "margin": 1.0}


def test_reports_on_files_and_thumbnails_are_in_the_journal(tmp_path: Path) -> None:
    picture(tmp_path / "export" / "a.jpg", 1, 220)
    result = audit(tmp_path / "export", journal=tmp_path / "a.db", classifiers=[Brightness()])
    (post,) = result.posts()
    digest = post["media"][0]["sha256"]
    whole = result.report(digest)
    assert whole is not None and whole["media"]["sha256"] == digest and whole["timings"] == {}
    assert (result.attachment(digest, "thumbnail") or b"").startswith(b"\xff\xd8")
    assert result.report("0" * 64) is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", "  =", "＝", "|", "%"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert cell(start + "cmd").startswith("'")


def test_numbers_stay_numbers() -> None:
    assert [cell(v) for v in (-1.5, 3, None, True, "a=b")] == ["-1.5", "3", "", "yes", "a=b"]


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("camera-temple.jpg", "gan-face-signed.png"):
        source = SCRIPTS.parent / "samples" / name
        (tmp_path / "export").mkdir(exist_ok=True)
        (tmp_path / "export" / name).write_bytes(source.read_bytes())
    arguments = ["audit", str(tmp_path / "export"), "--journal", str(tmp_path / "a.db")]
    outputs = [f"--{k}={tmp_path / f'r.{k}'}" for k in ("json", "csv", "html")]
    assert _run([*arguments, *outputs]) == 1
    assert "2 of 2 posts examined" in capsys.readouterr().out
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert report["disclosure"]["all"]["declared-in-file"] == 1
    signed = next(p for p in report["posts"] if "signed" in p["id"])
    assert signed["duties"]["cn"]["category"] == "confirmed"
    assert _run(["audit", str(tmp_path / "nothing")]) == 2
    assert _run([*arguments, "--json", str(tmp_path / "no" / "r.json")]) == 2


def test_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts.measure.kills import check

    counted = check(60, 3, 7, tmp_path)
    assert counted["kills"] == 3
    assert counted["lost"] == counted["duplicated"] == 0
    assert counted["scored again after a kill, mean"] <= 8


def test_labels_that_the_export_does_not_keep_are_no_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = account(tmp_path / "kept", 4, bright_from=2, ai_label="", name="Ann Ray")
    bare = account(tmp_path / "bare", 4, bright_from=2)
    for export, counted in ((kept, {"all": 0, "gap": 0}), (bare, {"all": 4, "gap": 2})):
        result = audit(export, journal=tmp_path / f"{export.name}.db", classifiers=[Brightness()])
        summary = result.summary()
        assert summary["disclosure"]["label_unknown"] == counted
        assert (label_caveat(summary) is None) == (counted["all"] == 0)
        result.write_html(tmp_path / "r.html", files=False)
        assert ("Look at the posts in question" in (tmp_path / "r.html").read_text()) == (
            export is bare
        )
    picture(tmp_path / "folder" / "a.jpg", 1, 40)
    assert _run(["audit", str(tmp_path / "folder"), "--journal", str(tmp_path / "f.db")]) == 0
    assert "AI label (1 of 1 posts)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("handle", "name", "shown"),
    [
        ("77", "小艾", "小艾 (77)"),
        ("@day", "Day", "@day"),
        ("ann", None, "ann"),
        (None, "Ann", "Ann"),
        (None, None, "export"),
    ],
)
def test_an_account_is_called_by_name_and_handle(
    handle: str | None, name: str | None, shown: str
) -> None:
    assert title({"handle": handle, "name": name}, "export") == shown


def test_a_post_without_files(tmp_path: Path) -> None:
    from detect.account.exports.records.post import Post

    plain = record(Post("1", "x", text="=1+1"), [])
    assert plain["score"] is None and plain["disclosure"]["outcome"] == "unclear"


@pytest.mark.parametrize(
    ("done", "total", "seconds", "shown"),
    [
        (0, 12, 3.0, ""),
        (2, 12, 50.0, "0.04 files/s, 0:04:10 left"),
        (300, 10_300, 3.0, "100 files/s, 0:01:40 left"),
        (5, 5, 2.0, "2.5 files/s, 0:00:00 left"),
    ],
)
def test_progress_tells_rate_and_time_left(
    done: int, total: int, seconds: float, shown: str
) -> None:
    assert pace(done, total, seconds) == shown
