"""`detect eval`: output, files, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluate.make import write_pictures

pytest.importorskip("sklearn")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detect", "eval", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=280)


def test_images_prints_no_average_without_its_sources(tmp_path: Path) -> None:
    manifest = write_pictures(tmp_path, each=1)
    done = run("images", str(manifest), "--folds", "0", "--workers", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in ("AUC", "ECE", "False positives by source", "Recall by generator", "broken.png"):
        assert words in done.stdout
    assert "ai source 2" in done.stdout and "\x1b" not in done.stdout
    folder = tmp_path / "detect-eval-images"
    assert {"report.md", "report.html", "report.json"} <= {p.name for p in folder.iterdir()}
    again = run("images", str(manifest), "--folds", "0", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["summaries"].keys() == {"clean", "web", "hard"}


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        ("path,label,source\na.png,real,x\nb.png,ai,y\nc.png,ai,z\n", (), "1 source of real"),
        ("path,label\na.png,real\n", (), "has no source"),
        ("label\nreal\n", (), "no column 'path'"),
        ("", ("--folds", "1"), "--folds 1"),
        ("", ("--protocol", "guess"), "guess"),
    ],
)
def test_wrong_use_exits_with_2(
    tmp_path: Path, text: str, options: tuple[str, ...], complaint: str
) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(text, encoding="utf-8")
    done = run("images", str(manifest), *options, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not done.stdout


def test_a_complaint_about_a_hostile_name_moves_nothing_on_the_terminal(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,label\na\x1b]0;owned\x07\u202egnp.png,real\n", encoding="utf-8")
    done = run("images", str(manifest), cwd=tmp_path)
    assert done.returncode == 2
    assert "a\\x1b]0;owned\\x07\\u202egnp.png has no source" in done.stderr
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr
