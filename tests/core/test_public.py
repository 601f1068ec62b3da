"""The public surface: names, laziness, errors."""

from __future__ import annotations

import subprocess
import sys

import detect
from detect.core import errors

HEAVY = {
    "PIL",
    "av",
    "c2pa",
    "cv2",
    "jinja2",
    "librosa",
    "numpy",
    "onnxruntime",
    "rich",
    "scipy",
    "sklearn",
    "torch",
    "torchvision",
    "transformers",
}


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


def test_import_loads_nothing_heavy() -> None:
    assert not loaded_after("import detect") & (HEAVY | {"click", "asyncio", "importlib_metadata"})


def test_help_loads_nothing_heavy() -> None:
    statement = "from detect.cli.main import _run; _run(['--help'])"
    assert not loaded_after(statement) & HEAVY


def test_scan_help_loads_nothing_heavy() -> None:
    statement = "from detect.cli.main import _run; _run(['scan', '--help'])"
    assert not loaded_after(statement) & HEAVY


def test_every_public_name_arrives() -> None:
    assert sorted(detect.__all__) == detect.__all__
    for name in detect.__all__:
        assert getattr(detect, name) is not None
    assert set(dir(detect)) == set(detect.__all__)


def test_error_tree_is_the_one_that_is_drawn() -> None:
    assert errors.__doc__ is not None
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), detect.DetectError)
        assert name in errors.__doc__
