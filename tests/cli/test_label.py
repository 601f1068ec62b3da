"""`detect label`: what it prints and its exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from detect.cli.main import main
from tests.provenance.media import LABEL, picture, png

CODE = "001191110102MACQD9K64010000"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["label", *arguments])
    return int(stop.value.code or 0)


@pytest.fixture()
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture(size=(160, 120)))
    return path


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "-j", "eu", "--as-of", "2026-01-01") == 0
    text = capsys.readouterr().out
    assert "UPCOMING" in text and "eu-ai-act-50-4  2026-08-02" in text
    assert "[not verified]" in text and "source:" in text
    assert run("rules", "--language", "zh", "-j", "platform") == 0
    assert "「疑似使用了AI生成技术，请谨慎甄别」" in capsys.readouterr().out
    assert run("rules", "--json", "-j", "cn") == 0
    rules = json.loads(capsys.readouterr().out)
    assert {"id", "in_force", "binds_en", "asks_zh", "source", "verified", "state"} <= set(rules[0])
    assert run("rules", "--as-of", "tomorrow") == 2


def test_write_then_check_then_read(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = photo.read_bytes()
    assert run("check", str(photo)) == 1
    said = capsys.readouterr().out
    assert "detect label write FILE --cn" in said
    assert "Result: 2 problems" in said and "--where-due" in said
    assert run("check", "--where-due", str(photo)) == 0
    assert "Result: nothing to do" in capsys.readouterr().out
    assert run("write", str(photo), "--cn", "--eu", "--producer", CODE) == 0
    assert photo.read_bytes() == before
    labelled = photo.with_name("photo.labelled.jpg")
    assert run("check", str(labelled)) == 0
    capsys.readouterr()
    assert run("check", "--explicit", "-j", "cn", str(labelled)) == 3
    assert "Look or listen for yourself" in capsys.readouterr().out
    assert run("read", str(labelled), "--language", "zh") == 0
    assert "该内容属于人工智能生成合成内容" in capsys.readouterr().out
    assert run("read", str(labelled), "--as-of", "2026-03-01") == 0
    said = capsys.readouterr().out
    assert "「该内容属于人工智能生成合成内容」 This content is AI-generated" in said
    assert "Douyin「作品含AI生成内容」" in said
    assert "European Union: not in force" in said
    assert run("write", str(photo), "--cn") == 2, "the output is there"
    assert "--overwrite" in capsys.readouterr().err


def test_a_malformed_label_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(png(AIGC=LABEL.replace('"1"', '"AIGC"')))
    assert run("check", "-j", "cn", "--json", str(path)) == 1
    [found] = json.loads(capsys.readouterr().out)
    assert found["problems"] == ["cn-implicit-label-value", "cn-implicit"][:1]
    assert found["labels"]["cn"]["category"] == "suspected"
    assert run("write", str(path), "--cn") == 2
    assert "Art. 10" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["bad.png"]


def test_wrong_usage(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write", str(photo)) == 2
    assert "--cn" in capsys.readouterr().err
    assert run("write", str(photo), "--cn", "-o", str(photo)) == 2
    assert run("write", str(photo), "--cn", "--sign", str(photo)) == 2
    assert run("write", str(photo), "--cn", "--text", "AI生成") == 2


def test_what_cannot_be_read_is_not_conforming(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_text("no picture")
    assert run("check", str(path)) == 3
    assert run("write", str(path), "--cn") == 3
    assert [p.name for p in tmp_path.iterdir()] == ["x.jpg"]


def test_an_explicit_label_that_was_drawn_is_read_and_conforms(tmp_path: Path) -> None:
    path, out = tmp_path / "a.png", tmp_path / "b.png"
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(path)
    assert run("write", str(path), "--cn", "--producer", CODE, "--explicit", "-o", str(out)) == 0
    assert run("check", "-j", "cn", "--explicit", str(out)) == 0
