"""The weight manifest: what ships, where it came from, and the sha256 that it must have."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from detect.core.errors import WeightsError

__all__ = ["Manifest", "Model", "WeightFile", "find_weights", "load_manifest"]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model.

    Attributes:
        key: Name by which code asks for it, for example `network`.
        path: Relative to the weights folder.
        sha256: Full hexadecimal digest.
        size: Bytes.
    """

    key: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Model:
    """One declared model.

    Attributes:
        id: Name, with its generation: `vision-v3`.
        version: Version of the weights.
        role: `backbone`, `gate`, `classifier` or `watermark`.
        hypothesis: What a classifier's score is about, else None.
        licence: SPDX expression.
        origin: Package or script it came from.
        uses: Ids of models it needs.
        files: Its files by key.
        root: The weights folder.
        declared: The whole manifest entry (preprocessing, classes, golden score).
    """

    id: str
    version: str
    role: str
    hypothesis: str | None
    licence: str
    origin: str
    uses: tuple[str, ...]
    files: Mapping[str, WeightFile]
    root: Path = field(repr=False)
    declared: Mapping[str, Any] = field(repr=False)

    def path(self, key: str) -> Path:
        """Where a file of the model lies.

        Raises:
            WeightsError: The model declares no such file.
        """
        try:
            return self.root / self.files[key].path
        except KeyError:
            raise WeightsError(f"{self.id}: no file {key!r} is declared") from None

    def read(self, key: str) -> bytes:
        """Content of a file, after its size and sha256 were checked: nothing is parsed before.

        Raises:
            WeightsError: Missing or corrupt.
        """
        path, declared = self.path(key), self.files[key]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise WeightsError(
                f"{self.id}: {path} cannot be read ({error.strerror}); install the package again"
            ) from None
        found = hashlib.sha256(content).hexdigest()
        if len(content) != declared.size or found != declared.sha256:
            raise WeightsError(
                f"{self.id}: {path} is not the declared file (sha256 {found[:12]}..., expected "
                f"{declared.sha256[:12]}...); install the package again"
            )
        return content

    def verify(self) -> None:
        """Checks every file.

        Raises:
            WeightsError: One is missing or corrupt.
        """
        for key in self.files:
            self.read(key)

    @property
    def digest(self) -> str:
        """One sha256 over the digests of all files."""
        joined = "".join(self.files[key].sha256 for key in sorted(self.files))
        return hashlib.sha256(joined.encode()).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """All declared models, in file order."""

    root: Path
    models: tuple[Model, ...]

    @cached_property
    def _by_id(self) -> dict[str, Model]:
        return {model.id: model for model in self.models}

    def __getitem__(self, model_id: str) -> Model:
        try:
            return self._by_id[model_id]
        except KeyError:
            raise WeightsError(
                f"no model {model_id!r}; declared are {', '.join(self._by_id) or 'none'}"
            ) from None

    def __contains__(self, model_id: object) -> bool:
        return model_id in self._by_id


def find_weights() -> Path:
    """The weights folder: inside the installed package, or beside it in a checkout.

    Raises:
        WeightsError: Neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for root in (package / "_weights", package.parent / "weights"):
        if (root / "manifest.toml").is_file():
            return root
    raise WeightsError(f"no weights beside {package}; install the package again")


def load_manifest(root: Path | None = None) -> Manifest:
    """Reads `manifest.toml`.

    Args:
        root: Weights folder; found by itself when None.

    Raises:
        WeightsError: The manifest is missing or wrong.
    """
    root = root or find_weights()
    path = root / "manifest.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return Manifest(root, tuple(_model(root, entry) for entry in content.get("model", [])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path}: {type(error).__name__}: {error}") from error


def _model(root: Path, entry: Mapping[str, Any]) -> Model:
    files = {}
    for item in entry["file"]:
        relative = PurePosixPath(item["path"])
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"{item['path']!r} leaves the weights folder")
        files[item["key"]] = WeightFile(
            item["key"], str(relative), item["sha256"].lower(), int(item["size"])
        )
    return Model(
        id=entry["id"],
        version=entry["version"],
        role=entry["role"],
        hypothesis=entry.get("hypothesis"),
        licence=entry["licence"],
        origin=entry["origin"],
        uses=tuple(entry.get("uses", ())),
        files=files,
        root=root,
        declared=entry,
    )
