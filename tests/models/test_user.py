"""Registered models are stored whole, checked before use, and removed whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from detect import ConfigurationError, WeightsError
from detect.models.calibration import Calibration, OperatingPoint
from detect.models.user import (
    UserModel,
    check_id,
    declare_files,
    load_user_model,
    load_user_models,
    models_folder,
    remove_model,
    staging,
    store_model,
    user_model_ids,
)

CALIBRATION = Calibration(
    1.5, -0.25, (-2.0, 3.0), {"low-false-alarm": OperatingPoint(2.0, -1e-7)}, "a 'test' \u4e2d\x7f"
)


pytestmark = pytest.mark.usefixtures("home")


def store(
    model_id: str = "mine", *, replace: bool = False, weights: bytes = b"w" * 99
) -> UserModel:
    with staging() as root:
        (root / "config.json").write_bytes(b"{}")
        (root / "model.safetensors").write_bytes(weights)
        model = UserModel(
            id=model_id,
            task="image-classification",
            labels={"f\u00e4ke \x1b": "ai_generated", "real": "real"},
            licence="MIT",
            origin='folder "x"',
            files=declare_files(root),
            calibration=CALIBRATION,
            measured={"auc": 0.75, "at": {"low-false-alarm": {"real": 20}}, "notes": ["a\nb"]},
            root=root,
        )
        return store_model(model, replace=replace)


def test_what_is_stored_comes_back() -> None:
    stored = store()
    assert load_user_models() == (stored,)
    assert stored.calibration == CALIBRATION
    assert stored.labels == {"f\u00e4ke \x1b": "ai_generated", "real": "real"}
    assert stored.hypothesis == "ai_generated"
    assert stored.size == 101
    assert stored.measured["notes"] == ["a\nb"]
    stored.verify()


def test_nothing_is_left_beside_the_model(home: Path) -> None:
    store()
    assert [p.name for p in (home / "models").iterdir()] == ["mine"]


def test_one_flipped_byte_is_refused() -> None:
    path = store().root / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="not the registered file"):
        load_user_model("mine").verify()


def test_a_missing_or_a_new_file_is_refused() -> None:
    model = store()
    (model.root / "adapter_config.json").write_text("{}")
    with pytest.raises(WeightsError, match="not declared"):
        model.verify()
    (model.root / "adapter_config.json").unlink()
    (model.root / "config.json").unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        model.verify()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('licence = "MIT"', 'licence = "MIX"'),
        ("slope = 1.5", "slope = 2.5"),
        ('path = "config.json"', 'path = "../config.json"'),
        ('method = "platt"', 'method = "other"'),
        ("size = 99", "size = "),
    ],
)
def test_a_changed_declaration_is_refused(old: str, new: str) -> None:
    path = store().root / "model.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(WeightsError, match=r"model\.toml is damaged"):
        load_user_models()


def test_the_version_changes_with_every_part() -> None:
    first = store()
    assert store(replace=True).version == first.version
    assert store(replace=True, weights=b"other").version != first.version
    assert dataclasses.replace(first, licence="BSD-2-Clause").version != first.version


def test_a_taken_id_is_kept_unless_told_otherwise() -> None:
    before = store()
    with pytest.raises(ConfigurationError, match="--replace"):
        store(weights=b"other")
    assert load_user_model("mine") == before
    after = store(replace=True, weights=b"other")
    assert load_user_models() == (after,)


def test_a_removed_model_is_gone(home: Path) -> None:
    store()
    (models_folder() / "mine" / "model.toml").write_text("damaged")
    remove_model("mine")
    assert user_model_ids() == ()
    assert list((home / "models").iterdir()) == []
    with pytest.raises(ConfigurationError, match="none is registered"):
        remove_model("mine")


def test_without_a_folder_there_are_no_models(home: Path) -> None:
    assert user_model_ids() == ()
    assert not home.exists()


@pytest.mark.parametrize("model_id", ["", "../up", "Upper", "a/b", ".hidden", "x" * 65, "a b"])
def test_an_id_that_is_no_folder_name_is_refused(model_id: str) -> None:
    with pytest.raises(ConfigurationError):
        check_id(model_id)
