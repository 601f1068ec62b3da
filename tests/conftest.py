"""Fixtures for material outside the checkout; tests that need it say so when they skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # for tests that import onnxruntime themselves

CHECKOUT = Path(__file__).resolve().parent.parent


def _folder(variable: str, name: str) -> Path:
    """A folder of its own variable, else beside the corpus."""
    corpus = os.environ.get("DETECT_CORPUS")
    shared = Path(corpus).absolute().parent if corpus else CHECKOUT.parent / "shared"
    path = Path(os.environ.get(variable, shared / name))
    if not path.is_dir():
        pytest.skip(f"{path} is not there; set {variable} to the folder")
    return path


@pytest.fixture(scope="session")
def samples() -> Path:
    """Media that the project ships."""
    return CHECKOUT / "samples"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Labelled pictures, speech and video."""
    return _folder("DETECT_CORPUS", "corpus")


@pytest.fixture(scope="session")
def provenance() -> Path:
    """Files with real credentials and labels."""
    return _folder("DETECT_PROVENANCE", "provenance")


@pytest.fixture(scope="session")
def hostile() -> Path:
    """Files that crash decoders."""
    return _folder("DETECT_HOSTILE", "hostile")
