"""Checkpoints are taken over without code and without pickles, and run without a network."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detect import ConfigurationError, WeightsError
from detect.models.checkpoint import Network, copy_checkpoint, read_checkpoint, require_torch
from tests.models import tiny


@pytest.fixture
def copy(picture_checkpoint: Path, tmp_path: Path) -> Path:
    """A checkpoint that a test may spoil."""
    return Path(shutil.copytree(picture_checkpoint, tmp_path / "copy"))


def change(folder: Path, **values: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_only_configuration_and_safetensors_are_taken_over(copy: Path, tmp_path: Path) -> None:
    for name in ("modeling.py", "pytorch_model.bin", "adapter_config.json", "README.md"):
        (copy / name).write_text("x")
    target = tmp_path / "target"
    target.mkdir()
    copy_checkpoint(copy, target)
    assert sorted(p.name for p in target.iterdir()) == [
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
    ]


def test_pickled_weights_are_refused_with_the_way_out(copy: Path, tmp_path: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ConfigurationError, match=r"can run code(.|\n)*save_pretrained"):
        copy_checkpoint(copy, tmp_path)
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_file_is_named(copy: Path, tmp_path: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ConfigurationError, match=name):
        copy_checkpoint(copy, tmp_path)


def test_weights_in_several_files_run_as_in_one(copy: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForImageClassification

    shards, target = tmp_path / "shards", tmp_path / "target"
    shutil.copytree(copy, shards)
    target.mkdir()
    (shards / "model.safetensors").unlink()
    model = AutoModelForImageClassification.from_pretrained(copy)
    model.save_pretrained(shards, max_shard_size="20KB")
    copy_checkpoint(shards, target)
    assert len(list(target.glob("model-*.safetensors"))) > 1
    pixels = tiny.picture(True, 1)
    one, several = (Network(f, "image-classification").picture(pixels) for f in (copy, target))
    assert one == several
    index = json.loads((shards / "model.safetensors.index.json").read_text())
    index["weight_map"]["x"] = "../model-00001-of-00001.safetensors"
    (shards / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ConfigurationError, match="damaged"):
        copy_checkpoint(shards, target)


def test_the_configuration_says_what_it_is(
    picture_checkpoint: Path, sound_checkpoint: Path
) -> None:
    picture, sound = read_checkpoint(picture_checkpoint), read_checkpoint(sound_checkpoint)
    assert (picture.task, picture.labels) == ("image-classification", ("real", "fake"))
    assert (sound.task, sound.labels) == ("audio-classification", ("bonafide", "spoof"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"architectures": ["BertForSequenceClassification"]}, "not an image or audio classifier"),
        ({"architectures": None}, "not an image or audio classifier"),
        ({"quantization_config": {"load_in_4bit": True}}, "quantised"),
        ({"transformers_weights": "pytorch_model.bin"}, "its own weight files"),
        ({"id2label": {"0": "same", "1": "same"}}, "not distinct"),
        ({"model_type": "no-such-network"}, r"config\.json cannot be read"),
    ],
)
def test_other_checkpoints_are_refused(copy: Path, values: dict[str, Any], message: str) -> None:
    change(copy, **values)
    with pytest.raises(ConfigurationError, match=message):
        read_checkpoint(copy)


def test_code_that_comes_with_a_checkpoint_is_never_run(copy: Path, tmp_path: Path) -> None:
    trace = tmp_path / "code-was-run"
    (copy / "evil.py").write_text(f"open({str(trace)!r}, 'w')\nclass Evil: pass\n")
    named = dict.fromkeys(("AutoConfig", "AutoModelForImageClassification"), "evil.Evil")
    change(copy, auto_map=named, model_type="evil")
    with pytest.raises(ConfigurationError):
        read_checkpoint(copy)
    with pytest.raises(WeightsError):
        Network(copy, "image-classification")
    assert not trace.exists()


def test_tensors_that_would_be_random_are_refused(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = copy / "model.safetensors"
    tensors = {k: v for k, v in load_file(path).items() if not k.startswith("classifier")}
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(WeightsError, match="would be random"):
        Network(copy, "image-classification")


def test_damaged_weights_are_refused(copy: Path) -> None:
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="not a network"):
        Network(copy, "image-classification")


def test_another_sample_rate_is_refused(sound_checkpoint: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sound_checkpoint, tmp_path / "copy"))
    path = folder / "preprocessor_config.json"
    path.write_text(path.read_text().replace("16000", "24000"))
    with pytest.raises(WeightsError, match="24000 Hz"):
        Network(folder, "audio-classification")


def test_loading_and_running_opens_no_connection(
    picture_checkpoint: Path, sound_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    read_checkpoint(picture_checkpoint)
    outputs = Network(picture_checkpoint, "image-classification").picture(tiny.picture(True, 1))
    assert outputs[1] > outputs[0]
    Network(sound_checkpoint, "audio-classification").sound(np.zeros(16_000, np.float32))


def test_settings_of_the_libraries_are_left_as_they_were(picture_checkpoint: Path) -> None:
    import torch
    from huggingface_hub import constants
    from transformers.utils import logging

    def state() -> tuple[object, ...]:
        return constants.HF_HUB_OFFLINE, logging.get_verbosity(), torch.get_num_threads()

    before = state()
    network = Network(picture_checkpoint, "image-classification", threads=1)
    network.picture(tiny.picture(False, 1))
    assert state() == before


def test_without_torch_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install '\.\[torch\]'"):
        require_torch()


def test_a_transformers_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "5.10.1")
    with pytest.raises(ConfigurationError, match=r"5\.23 or newer, and 5\.10\.1 is installed"):
        require_torch()
