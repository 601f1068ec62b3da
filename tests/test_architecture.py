"""Dependencies point one way, as ARCHITECTURE.md says: between rooms and between modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from detect.account.running.cache import FILES, ROOMS

PACKAGE = Path(__file__).resolve().parent.parent / "detect"
MOST = 16
"""Files in one folder, so that one look at it is enough."""

_EXAMINERS = {"provenance", "marks", "picture", "voice", "faces"}
_BELOW_PIPELINE = {"core", "media", "models", "workers", "detectors", *_EXAMINERS}
MAY_IMPORT = {
    "core": set(),
    "models": {"core"},
    "media": {"core"},
    "workers": {"core", "media"},
    "provenance": {"core", "media"},
    "picture": {"core", "models", "faces"},
    "voice": {"core", "models"},
    "faces": {"core", "models"},
    "marks": {"core", "models", "voice"},
    "detectors": {"core", "models", "picture", "voice"},
    "fusion": {"core"},
    "labels": {"core"},
    "report": {"core", "fusion", "labels"},
    "pipeline": {*_BELOW_PIPELINE, "fusion", "labels", "report"},
    "labelling": {"core", "media", "workers", "provenance", "labels", "report", "pipeline"},
    "account": {"core", "media", "models", "detectors", "labels", "report", "pipeline"},
    "evaluate": {"core", "media", "models", "detectors", "picture", "voice", "report", "pipeline"},
}
MAY_IMPORT["cli"] = set(MAY_IMPORT)

INSIDE = {
    "account.exports": set(),
    "account.running": {"account.exports"},
    "account.weighing": set(),
    "account.judging": {"account.exports", "account.running", "account.weighing"},
    "account.showing": {
        "account.exports",
        "account.running",
        "account.weighing",
        "account.judging",
    },
}
"""The floors of the account's room; `audit` and `portfolio` stand on top of them."""


def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "_weights" not in parts:
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """Modules of the package that a file imports, anywhere in it, for types alone too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.partition(".")[0] == "detect")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("detect"):
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in MODULES else node.module or ""


GRAPH = {name: set(imports(path)) - {name} for name, path in MODULES.items()}


def assert_acyclic(graph: Mapping[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_no_circle_of_modules() -> None:
    assert_acyclic(GRAPH)


def test_no_circle_of_folders() -> None:
    """A folder stands on its subfolders, or beside them, never both ways."""
    folder = {n: n if p.name == "__init__.py" else n.rpartition(".")[0] for n, p in MODULES.items()}
    graph: dict[str, set[str]] = {place: set() for place in folder.values()}
    for name, targets in GRAPH.items():
        if name != "detect":
            graph[folder[name]] |= {folder[t] for t in targets} - {folder[name]}
    assert_acyclic(graph)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_room_imports_only_what_lies_below(room: str) -> None:
    for name, targets in GRAPH.items():
        if name.split(".")[1:2] == [room]:
            above = {t.split(".")[1] if "." in t else "the top" for t in targets}
            assert not above - MAY_IMPORT[room] - {room}, f"{name} imports {sorted(above)}"


@pytest.mark.parametrize("floor", sorted(INSIDE))
def test_floor_of_the_account_stands_on_those_below(floor: str) -> None:
    for name, targets in GRAPH.items():
        if name.startswith(f"detect.{floor}."):
            within = {
                ".".join(t.split(".")[1:3]) for t in targets if t.startswith("detect.account")
            }
            assert not within - INSIDE[floor] - {floor}, f"{name} imports {sorted(within)}"


def test_every_module_is_in_a_room() -> None:
    loose = {p.name for p in PACKAGE.glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and not p.name.startswith("_")}
    assert rooms == set(MAY_IMPORT)


def test_results_are_tied_to_all_the_code_they_come_from() -> None:
    assert set(ROOMS) == MAY_IMPORT["pipeline"] - {"report"} | {"pipeline"}
    assert all((PACKAGE / name).is_file() for name in FILES)


@pytest.mark.parametrize("top", ["detect", "scripts"])
def test_no_folder_is_crowded(top: str) -> None:
    root = PACKAGE.parent / top
    for folder in [root, *(p for p in root.rglob("*") if p.is_dir())]:
        if not folder.name.startswith("_"):
            files = [p.name for p in folder.iterdir() if p.is_file() and p.suffix == ".py"]
            assert len(files) <= MOST, f"{folder.relative_to(root.parent)} holds {len(files)} files"


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
    for path in MODULES.values():
        text = path.read_text(encoding="utf-8")
        assert not [f for f in forbidden if f in text], path
