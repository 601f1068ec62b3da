"""`detect scan` on folders as people have them: totals, tables, journals, what is left out."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from detect.account.running.journal import Journal
from detect.cli.main import _run
from detect.core.errors import ConfigurationError
from detect.pipeline.selection import Ahead, Selection
from tests.account.fake import account


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    """Three pictures, one of them twice and one under a wrong name, and what lies around."""
    top = tmp_path / "uploads"
    (top / "more").mkdir(parents=True)
    shutil.copy(samples / "camera-portrait.jpg", top / "a.jpg")
    shutil.copy(samples / "camera-portrait.jpg", top / "more" / "again.jpg")
    shutil.copy(samples / "silence.wav", top / "lie.jpg")
    (top / "notes.txt").write_text("words")
    (top / "empty.md").write_text("")
    (top / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    return top


def paths(text: str) -> list[str]:
    return [Path(json.loads(line)["media"]["path"]).name for line in text.splitlines()]


def test_what_is_no_medium_is_counted_and_not_listed(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _run(["scan", "--profile", "fast", "-r", str(folder)])
    out = capfd.readouterr().out
    assert "3 other files were not media: 1 .DS_Store, 1 md, 1 txt" in out
    rows = [line for line in out.splitlines() if str(folder) in line]
    assert any(str(folder / "more" / "again.jpg") in r and "same as" in r for r in rows)
    assert any("named .jpg, but it is WAV" in row for row in rows)
    assert out.count("not examined") + out.count("Not examined") <= 2  # its row, and one count


def test_all_files_and_named_files_are_rows(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["scan", "--jsonl", "--profile", "fast"]
    _run([*arguments, "--all-files", "-r", str(folder)])
    assert len(paths(capfd.readouterr().out)) == 6
    assert _run([*arguments, str(folder / "notes.txt")]) == 3
    assert paths(capfd.readouterr().out) == ["notes.txt"]


@pytest.mark.parametrize(
    ("more", "names"),
    [
        (["--include", "a*"], ["a.jpg", "again.jpg"]),
        (["--exclude", "more"], ["a.jpg", "lie.jpg"]),
        (["--include", "more/*"], ["again.jpg"]),
    ],
)
def test_patterns(folder: Path, more: list[str], names: list[str]) -> None:
    patterns = {"include": (), "exclude": ()} | {more[0][2:]: (more[1],)}
    found = Selection(**patterns).walk(str(folder))  # type: ignore[arg-type]
    assert [Path(path).name for path in found] == names


def test_the_total_is_known_before_the_end() -> None:
    ahead = Ahead(range(10), step=3)
    assert ahead.total is None
    totals = []
    for _ in ahead:
        totals.append(ahead.total)
    assert totals[-1] == 10 and totals.index(10) < 5


def test_a_pipe_is_not_read_ahead() -> None:
    taken: list[int] = []
    ahead = Ahead((taken.append(n) or n for n in range(5)), step=0)
    next(ahead)
    assert taken == [0]


def test_csv_has_one_row_a_file_and_no_formula(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "a.jpg", folder / "=cmd|1.jpg")
    table = tmp_path / "table.csv"
    _run(["scan", "--profile", "fast", "--csv", str(table), "--jurisdiction", "eu",
          "-r", str(folder)])  # fmt: skip
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    assert "label_eu" in rows[0] and "label_cn" not in rows[0]
    found = {Path(row["path"]).name: row for row in rows}
    assert found["lie.jpg"]["misnamed"] == "yes" and found["lie.jpg"]["why"]
    assert found["again.jpg"]["same_as"]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


def test_an_interrupted_scan_goes_on(folder: Path, tmp_path: Path, capfd: object) -> None:
    journal = tmp_path / "scan.db"
    arguments = ["scan", "--jsonl", "--profile", "fast", "--journal", str(journal)]
    _run([*arguments, str(folder / "a.jpg")])
    first = json.loads(capfd.readouterr().out)  # type: ignore[attr-defined]
    _run([*arguments, "-r", str(folder)])
    reports = [json.loads(x) for x in capfd.readouterr().out.splitlines()]  # type: ignore[attr-defined]
    assert [Path(r["media"]["path"]).name for r in reports] == ["a.jpg", "lie.jpg", "again.jpg"]
    assert [r["timings"] == {} for r in reports] == [True, False, True]  # two were not done again
    for report in (first, reports[0]):
        del report["timings"]
    assert reports[0] == first


def test_journals_of_something_else_are_refused(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from detect.account.audit import audit
    from tests.account.fake import Brightness

    book = tmp_path / "audit.db"
    export = account(tmp_path / "ann", 2)
    audit(export, journal=book, classifiers=[Brightness()])
    assert _run(["scan", "--journal", str(book), "-r", str(folder)]) == 2
    assert "no-resume" not in capfd.readouterr().err
    assert _run(["scan", "--journal", str(tmp_path / "s.db"), str(folder / "lie.jpg")]) == 0
    with pytest.raises(ConfigurationError, match="a scan"):
        audit(export, journal=tmp_path / "s.db", classifiers=[Brightness()], resume=False)
    with Journal(tmp_path / "s.db") as kept:
        assert kept.get("scan") == "1"


def test_jurisdictions_are_narrowed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _run(["scan", "--jsonl", "--profile", "fast", "--jurisdiction", "eu", "--jurisdiction", "cn",
          str(folder / "a.jpg")])  # fmt: skip
    assert set(json.loads(capfd.readouterr().out)["labels"]) == {"cn", "eu"}


def test_an_empty_folder_is_not_clean(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _run(["scan", "-r", str(tmp_path)]) == 3
    assert "no media file was found" in capfd.readouterr().err


def test_a_file_in_place_of_a_command(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _run([str(folder / "a.jpg")]) == 2
    assert f"detect scan {folder / 'a.jpg'}" in capfd.readouterr().err
    assert _run([str(folder)]) == 2
    assert "detect scan -r" in capfd.readouterr().err


def test_jurisdictions_are_those_of_the_labels(samples: Path) -> None:
    import detect
    from detect.cli.scan import JURISDICTIONS

    assert tuple(detect.scan(samples / "silence.wav").labels) == JURISDICTIONS
