"""Dependencies point one way, as ARCHITECTURE.md says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "detect"

MAY_IMPORT = {
    "core": set(),
    "models": {"core"},
    "media": {"core"},
    "detectors": {"core", "models", "media"},
    "fusion": {"core"},
    "labels": {"core"},
    "report": {"core", "fusion", "labels"},
    "pipeline": {"core", "models", "media", "detectors", "fusion", "labels", "report"},
    "marking": {"core", "media", "detectors", "labels", "report", "pipeline"},
    "account": {"core", "media", "labels"},
    "auditing": {"core", "models", "media", "detectors", "labels", "report", "pipeline", "account"},
    "evaluate": {"core", "models", "media", "detectors", "report", "pipeline"},
    "cli": {
        "core",
        "models",
        "media",
        "detectors",
        "fusion",
        "labels",
        "report",
        "pipeline",
        "marking",
        "account",
        "auditing",
        "evaluate",
    },
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("detect."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("detect.")}
    return found


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_room_imports_only_what_lies_below(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        above = imports(path) - MAY_IMPORT[room] - {room}
        assert not above, f"{path.relative_to(PACKAGE)} imports {sorted(above)}"


def test_every_module_is_in_a_room() -> None:
    loose = {p.name for p in PACKAGE.glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and not p.name.startswith("_")}
    assert rooms == set(MAY_IMPORT)


def test_nothing_unpickles_and_cv2_never_sees_a_path() -> None:
    forbidden = (
        "pickle.load",
        "torch.load(",
        "joblib.load",
        "cv2.imread",
        "cv2.VideoCapture",
        "torchvision.io",
        "trust_remote_code=True",
        "extractall(",
    )
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [f for f in forbidden if f in text], path
