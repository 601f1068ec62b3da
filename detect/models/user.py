"""The user's own models: where they lie, what is declared of them, and their sha256.

Each is a folder `models/<id>` in the user's folder that holds the files of a `transformers`
checkpoint and a `model.toml`. Nothing in it is parsed before every file matched its size and
sha256, and a file that is not declared is refused as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from detect.core.errors import ConfigurationError, WeightsError
from detect.core.finding import Hypothesis
from detect.core.home import user_folder
from detect.models.calibration import Calibration
from detect.models.manifest import WeightFile
from detect.models.toml import write_toml

__all__ = [
    "HYPOTHESES",
    "Task",
    "UserModel",
    "check_id",
    "declare_files",
    "load_user_model",
    "load_user_models",
    "models_folder",
    "remove_model",
    "staging",
    "store_model",
    "user_model_ids",
]

Task = Literal["image-classification", "audio-classification"]

HYPOTHESES: dict[Task, Hypothesis] = {
    "image-classification": "ai_generated",
    "audio-classification": "voice_synthetic",
}
"""What the score of a model is about, by its task."""

DECLARATION = "model.toml"
SCHEMA = 1
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class UserModel:
    """One registered model.

    Attributes:
        id: Name, chosen by the user.
        task: What kind of checkpoint it is.
        labels: For each label of the checkpoint, the hypothesis that it speaks for, or `real`.
        licence: SPDX expression, as the user stated it.
        origin: Folder or hub name with revision.
        files: Its files.
        calibration: None only while it is being calibrated.
        measured: What the calibration measured, plain values.
        root: The folder of the model.
    """

    id: str
    task: Task
    labels: Mapping[str, str]
    licence: str
    origin: str
    files: tuple[WeightFile, ...]
    calibration: Calibration | None
    measured: Mapping[str, Any] = field(repr=False)
    root: Path = field(repr=False)

    @property
    def hypothesis(self) -> Hypothesis:
        """What its score is about."""
        return HYPOTHESES[self.task]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(f.size for f in self.files)

    @property
    def digest(self) -> str:
        """One sha256 over everything that is declared: it changes with any file or number."""
        canonical = json.dumps(self._content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def version(self) -> str:
        """The first twelve digits of `digest`."""
        return self.digest[:12]

    def verify(self) -> None:
        """Checks every file, and that there is no other.

        Raises:
            WeightsError: A file is missing, corrupt or not declared.
        """
        again = f"add the model again with 'detect weights add ... --id {self.id} --replace'"
        for declared in self.files:
            path = self.root / declared.path
            try:
                found, size = _sha256(path)
            except OSError as error:
                raise WeightsError(
                    f"{self.id}: {path} cannot be read ({error.strerror}); {again}"
                ) from None
            if size != declared.size or found != declared.sha256:
                raise WeightsError(
                    f"{self.id}: {path} is not the registered file (sha256 {found[:12]}..., "
                    f"expected {declared.sha256[:12]}...); {again}"
                )
        known = {DECLARATION, *(f.path for f in self.files)}
        for entry in sorted(os.listdir(self.root)):
            if entry not in known:
                raise WeightsError(f"{self.id}: {self.root / entry} is not declared; {again}")

    def to_plain(self) -> dict[str, Any]:
        """Everything that is declared, as plain values."""
        return {"version": self.version, "sha256": self.digest, **self._content()}

    def _content(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "schema": SCHEMA,
            "id": self.id,
            "task": self.task,
            "hypothesis": self.hypothesis,
            "licence": self.licence,
            "origin": self.origin,
            "labels": dict(self.labels),
            "file": [{"path": f.path, "sha256": f.sha256, "size": f.size} for f in self.files],
        }
        if self.calibration is not None:
            plain["calibration"] = {
                "method": "platt",
                "slope": self.calibration.slope,
                "intercept": self.calibration.intercept,
                "clip": list(self.calibration.clip),
                "fitted_on": self.calibration.fitted_on,
                "operating_points": {
                    name: {"positive": point.positive, "negative": point.negative}
                    for name, point in self.calibration.operating_points.items()
                },
                "measured": dict(self.measured),
            }
        return plain


def models_folder() -> Path:
    """Where registered models lie. The folder need not exist."""
    return user_folder() / "models"


def check_id(model_id: str) -> str:
    """The id itself when it can be the name of a folder.

    Raises:
        ConfigurationError: It cannot.
    """
    if not _ID.fullmatch(model_id):
        raise ConfigurationError(
            f"{model_id!r} cannot be the id of a model: lower-case letters, digits, '.', '_' and "
            "'-' only, at most 64"
        )
    return model_id


def user_model_ids() -> tuple[str, ...]:
    """Ids of the registered models, sorted; none is read."""
    try:
        entries = sorted(os.listdir(models_folder()))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(e for e in entries if _ID.fullmatch(e) and (models_folder() / e).is_dir())


def load_user_models() -> tuple[UserModel, ...]:
    """All registered models, by id.

    Raises:
        WeightsError: A declaration is missing or damaged.
    """
    return tuple(load_user_model(model_id) for model_id in user_model_ids())


def load_user_model(model_id: str) -> UserModel:
    """Reads the declaration of one registered model; its files are not opened.

    Raises:
        WeightsError: The declaration is missing or damaged.
    """
    root = models_folder() / model_id
    path = root / DECLARATION
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
        if plain["schema"] != SCHEMA:
            raise ValueError(f"schema {plain['schema']!r} is not known to this version")
        if plain["id"] != model_id or plain["task"] not in get_args(Task):
            raise ValueError("wrong id or task")
        calibration = plain["calibration"]
        model = UserModel(
            id=model_id,
            task=plain["task"],
            labels={str(k): str(v) for k, v in plain["labels"].items()},
            licence=str(plain["licence"]),
            origin=str(plain["origin"]),
            files=tuple(_file(item) for item in plain["file"]),
            calibration=Calibration.parse(calibration),
            measured=calibration["measured"],
            root=root,
        )
        if model.digest != plain["sha256"] or model.version != plain["version"]:
            raise ValueError("it does not match its own sha256")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, WeightsError) as error:
        raise WeightsError(
            f"{path} is damaged ({error}); add the model again with --replace, or remove it with "
            f"'detect weights remove {model_id}'"
        ) from None
    return model


@contextlib.contextmanager
def staging() -> Iterator[Path]:
    """A temporary folder beside the registered models; what is left in it is deleted.

    Raises:
        ConfigurationError: It cannot be made.
    """
    folder = models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}") from None
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def store_model(model: UserModel, *, replace: bool = False) -> UserModel:
    """Moves a model out of `staging` to its place, all of it or nothing.

    Args:
        model: Calibrated, with the temporary folder as its root.
        replace: Put it in the place of a registered model of that id.

    Returns:
        The model at its place.

    Raises:
        ConfigurationError: The id is taken, or the folder cannot be written.
    """
    place = models_folder() / model.id
    if place.exists() and not replace:
        raise ConfigurationError(f"a model {model.id!r} is registered; --replace overwrites it")
    try:
        path = model.root / DECLARATION
        path.write_text(write_toml(model.to_plain()), encoding="utf-8")
        for entry in model.root.iterdir():
            _sync(entry)
        with staging() as aside:
            if place.exists():
                place.rename(aside / "old")
            try:
                model.root.rename(place)
            except OSError:
                if (aside / "old").exists():
                    (aside / "old").rename(place)
                raise
        _sync(place.parent)
    except OSError as error:
        raise ConfigurationError(f"{place} cannot be written: {error.strerror}") from None
    return load_user_model(model.id)


def remove_model(model_id: str) -> None:
    """Forgets a registered model and deletes its files.

    Raises:
        ConfigurationError: There is none of that id, or it cannot be removed.
    """
    known = user_model_ids()
    if model_id not in known:
        raise ConfigurationError(
            f"no model of yours is called {model_id!r} ({', '.join(known) or 'none is registered'})"
        )
    try:
        with staging() as aside:
            (models_folder() / model_id).rename(aside / "old")
    except OSError as error:
        raise ConfigurationError(f"{model_id} cannot be removed: {error.strerror}") from None


def declare_files(root: Path) -> tuple[WeightFile, ...]:
    """Every file in a folder, with size and sha256, by name."""
    found = []
    for path in sorted(root.iterdir()):
        digest, size = _sha256(path)
        found.append(WeightFile(path.name, path.name, digest, size))
    return tuple(found)


def _file(item: Mapping[str, Any]) -> WeightFile:
    name = str(item["path"])
    if not _FILE.fullmatch(name):
        raise ValueError(f"{name!r} leaves the folder")
    return WeightFile(name, name, str(item["sha256"]), int(item["size"]))


def _sha256(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
