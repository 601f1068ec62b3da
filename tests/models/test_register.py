"""Bring your own model: from a folder to a vote in the fusion."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from detect import ConfigurationError, Report, Scanner, Settings, WeightsError
from detect.models.user import load_user_models
from detect.pipeline.register import register
from tests.models import tiny

SETTINGS = Settings(workers=1, threads=1)


def png(synthetic: bool, seed: int = 99) -> bytes:
    target = io.BytesIO()
    Image.fromarray(tiny.picture(synthetic, seed)).save(target, "PNG")
    return target.getvalue()


def wav(folder: Path, voice: tiny.Samples, synthetic: bool) -> Path:
    path = folder / f"{synthetic}.wav"
    tiny.write_sound(path, tiny.sound(voice, synthetic, 99))
    return path


def llrs(report: Report, hypothesis: str) -> list[float]:
    return [
        f.llr
        for f in report.findings
        if f.hypothesis == hypothesis and f.status == "ok" and f.llr is not None
    ]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory, voice: tiny.Samples) -> Path:
    return tiny.write_sounds(tmp_path_factory.mktemp("sounds"), voice)


@pytest.mark.usefixtures("home")
def test_a_picture_model_votes(picture_checkpoint: Path, pictures: Path) -> None:
    with Scanner(SETTINGS) as scanner:
        before = scanner.scan(png(True))
    done = register(
        str(picture_checkpoint), "mine", pictures, licence="Apache-2.0", settings=SETTINGS
    )
    assert done.guessed
    assert done.skipped == ()
    assert done.model.hypothesis == "ai_generated"
    assert done.model.licence == "Apache-2.0"
    assert done.model.measured["auc"] > 0.95
    assert done.fit.held_out == "whole sources"
    with Scanner(SETTINGS) as scanner:
        after, real = scanner.scan_many([png(True), png(False)])
    own, shipped = (
        next(f for f in r.findings if f.detector == name)
        for r, name in ((after, "mine"), (before, "vision-v3"))
    )
    assert own.decision is True
    assert own.version == done.model.version == after.versions["mine"]
    assert own.llr is not None and shipped.llr is not None
    assert after.hypotheses["ai_generated"].llr == pytest.approx((own.llr + shipped.llr) / 2)
    assert before.hypotheses["ai_generated"].llr == pytest.approx(shipped.llr)
    assert next(f for f in real.findings if f.detector == "mine").decision is False
    assert next(f for f in real.findings if f.detector == "mine").llr < 0  # type: ignore[operator]


@pytest.mark.usefixtures("home")
def test_a_sound_model_votes(
    sound_checkpoint: Path, sounds: Path, voice: tiny.Samples, tmp_path: Path
) -> None:
    stated = {"spoof": "voice_synthetic"}
    done = register(str(sound_checkpoint), "ears", sounds, labels=stated, settings=SETTINGS)
    assert not done.guessed
    assert done.model.hypothesis == "voice_synthetic"
    with Scanner(SETTINGS) as scanner:
        made, real, picture = scanner.scan_many(
            [wav(tmp_path, voice, True), wav(tmp_path, voice, False), png(True)]
        )
    for report, synthetic in ((made, True), (real, False)):
        finding = next(f for f in report.findings if f.detector == "ears")
        assert finding.decision is synthetic
        assert finding.spans
        votes = llrs(report, "voice_synthetic")
        assert finding.llr in votes
        assert report.hypotheses["voice_synthetic"].llr == pytest.approx(sum(votes) / len(votes))
    silent = next(f for f in picture.findings if f.detector == "ears")
    assert (silent.status, silent.reason) == ("not-applicable", "no-audio")


@pytest.mark.usefixtures("home")
def test_settings_choose_who_votes(picture_checkpoint: Path, pictures: Path) -> None:
    for model_id in ("one", "two"):
        register(str(picture_checkpoint), model_id, pictures, settings=SETTINGS)
    with Scanner(Settings(workers=1, models=("two",))) as scanner:
        names = {f.detector for f in scanner.scan(png(True)).findings}
    assert {"one", "two"} & names == {"two"}
    wrong = Scanner(Settings(workers=1, models=("tow",)))
    with wrong, pytest.raises(ConfigurationError, match="did you mean 'two'"):
        wrong.scan(png(True))


@pytest.mark.usefixtures("home")
def test_a_flipped_byte_ends_the_scan(picture_checkpoint: Path, pictures: Path) -> None:
    path = (
        register(str(picture_checkpoint), "mine", pictures, settings=SETTINGS).model.root
        / "model.safetensors"
    )
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with Scanner(SETTINGS) as scanner, pytest.raises(WeightsError, match="not the registered file"):
        scanner.scan(png(True))


def test_a_model_the_wrong_way_round_is_refused(
    picture_checkpoint: Path, pictures: Path, home: Path
) -> None:
    turned = {"real": "ai_generated"}
    with pytest.raises(ConfigurationError, match="the wrong way round"):
        register(str(picture_checkpoint), "mine", pictures, labels=turned, settings=SETTINGS)
    assert list((home / "models").iterdir()) == []


def test_files_that_give_no_score_are_told(
    picture_checkpoint: Path, pictures: Path, home: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(pictures.parent, tmp_path / "copy"))
    (folder / "real-0.png").write_bytes(b"no picture")
    (folder / "real-1.png").unlink()
    done = register(str(picture_checkpoint), "mine", folder / "manifest.csv", settings=SETTINGS)
    assert [why for _, why in done.skipped] == ["unsupported", "missing"]
    rows = list(csv.reader((folder / "manifest.csv").read_text().splitlines()))
    with (folder / "few.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows[:30])
    with pytest.raises(ConfigurationError, match=r"at least 20 of each.*2 files gave no score"):
        register(str(picture_checkpoint), "few", folder / "few.csv", settings=SETTINGS)
    assert [m.id for m in load_user_models()] == ["mine"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path\na.png\n", "no column 'label'"),
        ("Path,Label\na.png,real\n", "and here it has: Label, Path"),
        ("path,label\na.png,maybe\n", "line 2: label 'maybe'"),
        ("path,label\n,real\n", "line 2: no path"),
        ("", "no column"),
        ("path,label\n", "0 real and 0 synthetic"),
    ],
)
@pytest.mark.usefixtures("home")
def test_a_wrong_manifest_is_refused(
    picture_checkpoint: Path, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        register(str(picture_checkpoint), "mine", path, settings=SETTINGS)


@pytest.mark.parametrize(
    ("origin", "model_id", "message"),
    [
        ("no-such-folder", "mine", "neither a folder nor a hub name"),
        ("owner/model", "mine", "full commit hash"),
        (".", "mine", "no transformers checkpoint"),
        (".", "Mine!", "cannot be the id"),
        (".", "vision-v3", "shipped model"),
    ],
)
@pytest.mark.usefixtures("home")
def test_wrong_use_is_refused(pictures: Path, origin: str, model_id: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        register(origin, model_id, pictures, settings=SETTINGS)
