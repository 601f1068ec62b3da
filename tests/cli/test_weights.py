"""`detect weights`: add, list, verify, show, remove, and what goes wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from detect.cli.main import main
from detect.models.manifest import load_manifest
from tests.models import tiny


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    return tiny.train_picture_checkpoint(folder, ("LABEL_0", "LABEL_1"))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_pictures(tmp_path_factory.mktemp("labelled"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DETECT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Run:
    """Calls the command and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["weights", *arguments])
        out, err = self._capsys.readouterr()
        assert isinstance(stop.value.code, int)
        return stop.value.code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], home: Path) -> Run:
    return Run(capsys)


def test_a_model_comes_and_goes(run: Run, checkpoint: Path, labelled: Path, home: Path) -> None:
    add = ("add", str(checkpoint), "--id", "mine", "--calibrate", str(labelled), "--licence", "MIT")
    code, out, err = run(*add)
    assert (code, out) == (2, "")
    assert "which labels mean synthetic" in err
    add += ("--map", "LABEL_1=ai_generated")
    code, out, err = run(*add)
    assert (code, err) == (0, "")
    assert "labels (as stated): LABEL_0 = real, LABEL_1 = ai_generated" in out
    assert "low-false-alarm: false alarms 0 of 24 real" in out
    assert "AUC 1.000" in out or "AUC 0.9" in out
    assert "note: 24 real items cannot show" in out
    assert str(home / "models" / "mine") in out

    code, out, _ = run("list", "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert code == 0
    assert set(rows) == {m.id for m in load_manifest().models} | {"mine"}
    assert (rows["mine"]["licence"], rows["mine"]["hypothesis"]) == ("MIT", "ai_generated")
    assert "mine" in run("list")[1]

    code, out, _ = run("show", "mine")
    shown = json.loads(out)
    assert shown["labels"] == {"LABEL_0": "real", "LABEL_1": "ai_generated"}
    assert shown["calibration"]["measured"]["at"]["low-false-alarm"]["real"] == 24

    code, out, err = run("verify")
    assert (code, err) == (0, "")
    assert f"ok       mine {shown['version']}" in out

    code, _, err = run(*add)
    assert code == 2
    assert "--replace" in err
    assert run(*add, "--replace")[0] == 0

    assert run("remove", "mine")[:2] == (0, "mine: removed\n")
    assert run("remove", "mine")[0] == 2
    assert list((home / "models").iterdir()) == []


def test_a_flipped_byte_is_exit_code_4(
    run: Run, checkpoint: Path, labelled: Path, home: Path, tmp_path: Path
) -> None:
    stated = ("--map", "LABEL_1=ai_generated")
    run("add", str(checkpoint), "--id", "mine", "--calibrate", str(labelled), *stated)
    path = home / "models" / "mine" / "config.json"
    path.write_bytes(path.read_bytes().replace(b"vit", b"vis"))
    code, out, err = run("verify")
    assert code == 4
    assert "CORRUPT  mine: " in out
    assert "1 model(s) are missing or corrupt" in err


def test_pickled_weights_are_exit_code_2(
    run: Run, checkpoint: Path, labelled: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    code, _, err = run("add", str(folder), "--id", "mine", "--calibrate", str(labelled))
    assert code == 2
    assert "never read" in err
    assert "save_pretrained" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "x"), "--id"),
        (("add", "owner/x", "--id", "a", "--calibrate", "no.csv"), "no.csv"),
        (("remove", "../x"), "no model of yours"),
    ],
)
def test_wrong_use_is_exit_code_2(run: Run, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err


def test_an_unknown_model_is_wrong_usage(run: Run) -> None:
    code, _, err = run("show", "no-such-model")
    assert code == 2
    assert "no model 'no-such-model'" in err
