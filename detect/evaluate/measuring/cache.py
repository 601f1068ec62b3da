"""What was computed of each file, kept on disk, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detect.core.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Cache"]

FORMAT = "1"


class Cache:
    """One small `.npz` for each file; nothing in it is ever unpickled.

    An entry belongs to a path with its size and time of change, and to the identity of the work.

    Args:
        folder: Made when it is not there; None keeps nothing.
        identity: Everything else that the answers depend on: models, conditions, settings.

    Raises:
        ConfigurationError: The folder cannot be made.
    """

    def __init__(self, folder: Path | None, identity: Sequence[str]) -> None:
        self._folder = folder
        self._identity = "\n".join((FORMAT, *identity))
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ConfigurationError(f"{folder}: {error.strerror}") from None

    def get(self, path: str) -> tuple[Any, npt.NDArray[np.float16] | None] | None:
        """What was put for a file, or None."""
        entry = self._entry(path)
        if entry is None or not entry.is_file():
            return None
        import numpy as np

        try:
            with np.load(entry, allow_pickle=False) as stored:
                facts = json.loads(stored["facts"].tobytes())
                return facts, stored.get("features")
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # cut short or not ours: computed again

    def put(self, path: str, facts: Any, features: npt.NDArray[np.float16] | None) -> None:
        """Keeps plain facts and an array; it appears whole or not at all."""
        entry = self._entry(path)
        if entry is None:
            return
        import numpy as np

        arrays: dict[str, npt.NDArray[Any]] = {
            "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)
        }
        if features is not None:
            arrays["features"] = features
        partial = entry.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with partial.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
            partial.replace(entry)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise ConfigurationError(f"{entry.parent}: {error.strerror}") from None

    def _entry(self, path: str) -> Path | None:
        if self._folder is None:
            return None
        try:
            state = os.stat(path)
            exact = os.fsencode(os.path.abspath(path))
        except (OSError, ValueError):
            return None
        key = hashlib.sha256(
            exact + f"\n{state.st_size}\n{state.st_mtime_ns}\n{self._identity}".encode()
        )
        return self._folder / f"{key.hexdigest()[:32]}.npz"
