"""Scores that agree between runtimes: finer activations on the processor, torch for a GPU."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from detect.core.errors import ConfigurationError, WeightsError
from detect.models import device, runtime
from detect.models.calibration import Calibration
from detect.models.device import choose_device
from detect.models.exact import with_fine_activations
from detect.models.manifest import Manifest, load_manifest
from detect.models.subgraph import subgraph
from detect.picture.clip import ClipEncoder, centre_square, normalise
from detect.picture.vision import VisionDetector, golden_picture

NAMES = ("gan-face.jpg", "camera-portrait.jpg", "camera-still-life.webp")
AGREE = 1e-2
"""Largest difference between runtimes, as a log-likelihood ratio."""


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest()


@pytest.fixture(scope="module")
def pictures(samples: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(samples / name).convert("RGB")) for name in NAMES]


@pytest.fixture(scope="module")
def exact(manifest: Manifest, pictures: list[np.ndarray]) -> list[float]:
    return VisionDetector(manifest, threads=1, precision="exact").scores(pictures)


def llr_per_score(manifest: Manifest) -> float:
    return Calibration.parse_json(manifest[VisionDetector.id].read("calibration")).slope


@pytest.fixture
def on_torch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The path of a GPU, with torch on the processor."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from detect.models import torch_runtime

    real = torch_runtime.open_torch_session

    def on_processor(*arguments: object, device: str, **more: Sequence[str]) -> object:
        assert device == "cuda"
        return real(*arguments, device="cpu", **more)

    monkeypatch.setattr(torch_runtime, "open_torch_session", on_processor)
    monkeypatch.setattr("detect.picture.clip.choose_device", lambda wanted: "cuda")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("on_torch")
def test_torch_gives_the_same_scores(
    manifest: Manifest, pictures: list[np.ndarray], exact: list[float]
) -> None:
    slope = llr_per_score(manifest)
    found = VisionDetector(manifest, threads=1).scores(pictures)
    assert [slope * score for score in found] == pytest.approx(
        [slope * score for score in exact], abs=AGREE
    )


@pytest.mark.usefixtures("on_torch")
def test_on_torch_pictures_do_not_influence_each_other(
    manifest: Manifest, pictures: list[np.ndarray]
) -> None:
    encoder = ClipEncoder(manifest, [2])
    prepared = [normalise(centre_square(pixels)) for pixels in pictures]
    together = encoder._run_together(prepared)
    alone = [encoder._run_together([one])[0] for one in prepared]
    assert np.allclose(together, alone, atol=1e-3)


def test_exact_scores_do_not_depend_on_how_the_graph_is_run(
    manifest: Manifest, pictures: list[np.ndarray]
) -> None:
    outputs = ["tokens_8"]
    content = subgraph(manifest["clip-vit-b16"].read("network"), outputs)

    def tokens(network: bytes, level: onnxruntime.GraphOptimizationLevel) -> np.ndarray:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(network, options, ["CPUExecutionProvider"])
        prepared = normalise(centre_square(pictures[0]))
        return session.run(outputs, {"pixel_values": prepared})[0][0, 0]

    levels = onnxruntime.GraphOptimizationLevel
    finer = with_fine_activations(content)
    exact = tokens(finer, levels.ORT_ENABLE_ALL)
    coarse = tokens(content, levels.ORT_ENABLE_ALL)

    def apart(other: np.ndarray) -> float:
        return float(np.linalg.norm(other - exact) / np.linalg.norm(exact))

    assert apart(tokens(finer, levels.ORT_DISABLE_ALL)) < 1e-3
    assert apart(coarse) > 10 * apart(tokens(finer, levels.ORT_DISABLE_ALL))


def test_exact_scores_are_had_where_8_bit_sums_overflow(
    manifest: Manifest,
    pictures: list[np.ndarray],
    exact: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "sums_saturate", lambda: True)
    slope = llr_per_score(manifest)
    found = VisionDetector(manifest, threads=1, precision="exact").scores(pictures)
    assert [slope * score for score in found] == pytest.approx(
        [slope * score for score in exact], abs=AGREE
    )


def test_exact_and_fast_tell_the_same_story(manifest: Manifest) -> None:
    fast = VisionDetector(manifest, threads=1).score(golden_picture())
    exact = VisionDetector(manifest, threads=1, precision="exact").score(golden_picture())
    assert fast != exact
    assert math.isclose(fast, exact, abs_tol=1.5)


def test_something_that_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no graph"):
        with_fine_activations(b"")


def test_without_a_driver_auto_is_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_DRIVERS", ("/nowhere/at/all",))
    device._chosen.cache_clear()
    assert choose_device("auto") == "cpu"
    device._chosen.cache_clear()


def test_a_gpu_that_is_not_there_is_an_error_that_says_what_to_do() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ConfigurationError, match="--device auto or cpu"):
        choose_device("cuda")


def test_without_the_extra_auto_is_the_processor_and_cuda_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(device, "_DRIVERS", (str(tmp_path),))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    device._chosen.cache_clear()
    assert choose_device("auto") == "cpu"
    with pytest.raises(ConfigurationError, match=r"transformers: pip install '.*\[torch\]'"):
        choose_device("cuda")
    device._chosen.cache_clear()


def test_a_network_of_another_kind_is_refused(manifest: Manifest) -> None:
    pytest.importorskip("transformers")
    from detect.models.torch_runtime import open_torch_session

    with pytest.raises(WeightsError, match="not a network"):
        open_torch_session(manifest["speaker-v1"], "network", device="cpu")
