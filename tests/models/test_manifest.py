"""Weights are what the manifest says, or they are not opened."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from detect import WeightsError
from detect.models.calibration import Calibration
from detect.models.manifest import find_weights, load_manifest
from detect.models.runtime import open_session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = b"a network"
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "net.onnx").write_bytes(content)
    (tmp_path / "manifest.toml").write_text(
        f"""schema = 1
[[model]]
id = "m"
version = "1.0.0"
role = "classifier"
hypothesis = "ai_generated"
licence = "MIT"
origin = "a test"
[[model.file]]
key = "network"
path = "m/net.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size = {len(content)}
"""
    )
    return tmp_path


def test_intact_file_is_read(folder: Path) -> None:
    assert load_manifest(folder)["m"].read("network") == b"a network"


def test_flipped_byte_is_refused_before_parsing(folder: Path) -> None:
    (folder / "m" / "net.onnx").write_bytes(b"a netwOrk")
    with pytest.raises(WeightsError, match="sha256"):
        open_session(load_manifest(folder)["m"], "network")


def test_missing_file_says_what_to_do(folder: Path) -> None:
    (folder / "m" / "net.onnx").unlink()
    with pytest.raises(WeightsError, match="install the package again"):
        load_manifest(folder)["m"].verify()


def test_intact_file_that_is_no_network_is_refused(folder: Path) -> None:
    with pytest.raises(WeightsError, match="not a network"):
        open_session(load_manifest(folder)["m"], "network")


def test_path_out_of_the_folder_is_refused(folder: Path) -> None:
    text = (folder / "manifest.toml").read_text()
    (folder / "manifest.toml").write_text(text.replace("m/net.onnx", "../net.onnx"))
    with pytest.raises(WeightsError, match="leaves the weights folder"):
        load_manifest(folder)


def test_unknown_model_names_the_declared_ones(folder: Path) -> None:
    with pytest.raises(WeightsError, match="declared are m"):
        load_manifest(folder)["other"]


def test_shipped_weights_are_all_declared_and_fit_the_budget() -> None:
    manifest = load_manifest()
    root = find_weights()
    declared = {f.path for m in manifest.models for f in m.files.values()}
    declared |= {m.declared["card"] for m in manifest.models}
    found = {p.relative_to(root) for p in root.rglob("*") if p.is_file()}
    undeclared = {
        str(p)
        for p in found
        if p.suffix in {".onnx", ".safetensors", ".bin", ".json", ".pt"} and str(p) not in declared
    }
    assert not undeclared
    assert sum((root / p).stat().st_size for p in found) < 160e6
    for model in manifest.models:
        model.verify()
        assert (root / model.declared["card"]).is_file()


def test_calibration_clips_and_decides() -> None:
    calibration = Calibration.parse(
        {
            "method": "platt",
            "slope": 2.0,
            "intercept": -1.0,
            "clip": [-4, 5],
            "operating_points": {"balanced": {"positive": 1.0, "negative": -1.0}},
            "fitted_on": "a test",
        }
    )
    assert calibration.llr(1.0) == 1.0
    beyond = [calibration.llr(score) for score in (-100.0, -4.0, -3.0, 4.0, 5.0, 100.0)]
    assert beyond == sorted(beyond)
    assert len(set(beyond)) == 6
    assert beyond[0] == pytest.approx(-4.0, abs=0.011)
    assert beyond[-1] == pytest.approx(5.0, abs=0.011)
    point = calibration.operating_points["balanced"]
    assert [point.decide(v) for v in (1.0, 0.0, -1.0)] == [True, None, False]


@pytest.mark.parametrize("broken", [{}, {"method": "magic"}, {"method": "platt", "slope": "x"}])
def test_broken_calibration_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(WeightsError):
        Calibration.parse(broken)


def test_weights_lie_beside_the_package_or_inside_it() -> None:
    assert find_weights().name in {"weights", "_weights"}
