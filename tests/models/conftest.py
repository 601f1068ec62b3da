"""Checkpoints trained once for all tests, and a home of their own for registered models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models import tiny


@pytest.fixture(scope="session")
def voice(samples: Path) -> tiny.Samples:
    """Fifteen seconds of real speech."""
    return tiny.read_voice(samples / "real-voice.ogg")


@pytest.fixture(scope="session")
def picture_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers")
    return tiny.train_picture_checkpoint(tmp_path_factory.mktemp("picture") / "tiny-vit")


@pytest.fixture(scope="session")
def sound_checkpoint(tmp_path_factory: pytest.TempPathFactory, voice: tiny.Samples) -> Path:
    pytest.importorskip("transformers")
    return tiny.train_sound_checkpoint(tmp_path_factory.mktemp("sound") / "tiny-ast", voice)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user folder."""
    monkeypatch.setenv("DETECT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
