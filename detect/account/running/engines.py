"""Engines by their names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from detect.account.running.engine import Engine, LocalEngine
from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.models.manifest import load_manifest

if TYPE_CHECKING:
    from detect.detectors.base import Classifier

__all__ = ["open_engine"]


def open_engine(
    name: str,
    settings: Settings,
    *,
    weights: str | os.PathLike[str] | None = None,
    classifiers: Sequence[Classifier] | None = None,
    ray_address: str | None = None,
) -> Engine:
    """An engine by its name: `local` or `ray`.

    Args:
        name: Of the engine.
        settings: Of the scanner.
        weights: Another folder of weights than the shipped one.
        classifiers: Who looks at the files; the models when None.
        ray_address: Of a running Ray cluster.

    Raises:
        ConfigurationError: No such engine, or what it needs is not installed.
        WeightsError: The folder holds no manifest.
    """
    manifest = None if weights is None else load_manifest(Path(weights).absolute())
    if name == "ray":
        from detect.account.running.ray_engine import RayEngine

        return RayEngine(settings, manifest=manifest, classifiers=classifiers, address=ray_address)
    if name != "local":
        raise ConfigurationError(f"no engine is called {name!r}; there are local and ray")
    if ray_address is not None:
        raise ConfigurationError("the address of a Ray cluster is for the engine ray")
    return LocalEngine(settings, manifest=manifest, classifiers=classifiers)
