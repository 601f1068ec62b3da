"""Fetches a checkpoint from the Hugging Face hub: once, by name and full revision, when asked."""

from __future__ import annotations

import importlib
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from detect.core.errors import ConfigurationError
from detect.models.checkpoint import ALLOWED, require_torch

__all__ = ["fetch", "is_hub_name"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_REVISION = re.compile(r"[0-9a-f]{40}")
TIMEOUT = 20.0
"""Seconds to wait for the first answer."""


def is_hub_name(name: str) -> bool:
    """Whether `name` has the form `owner/model`."""
    return bool(_NAME.fullmatch(name))


def fetch(name: str, revision: str | None, target: Path) -> None:
    """Downloads the configuration and safetensors files of one revision.

    Args:
        name: `owner/model`.
        revision: Full commit hash: a name such as `main` can mean something else tomorrow.
        target: Existing folder.

    Raises:
        ConfigurationError: No full revision, no network, or no such model.
    """
    if revision is None or not _REVISION.fullmatch(revision):
        raise ConfigurationError(
            f"{name} is a hub name and needs --revision with a full commit hash (40 hexadecimal "
            "digits), so that the weights are the same everywhere and for ever"
        )
    require_torch()
    hub: Any = importlib.import_module("huggingface_hub")
    if not sys.stderr.isatty():
        importlib.import_module("huggingface_hub.utils").disable_progress_bars()
    try:
        listed = hub.HfApi().model_info(name, revision=revision, timeout=TIMEOUT)
        names = [item.rfilename for item in listed.siblings]
        wanted = [n for n in names if any(fnmatchcase(n, allowed) for allowed in ALLOWED)]
        if "config.json" in wanted and not any(n.endswith(".safetensors") for n in wanted):
            raise ConfigurationError(
                f"{name} has no model.safetensors at {revision[:12]}, only "
                f"{', '.join(sorted(names)[:8])}; weights in pickle formats are never read"
            )
        for wanted_file in wanted:
            hub.hf_hub_download(name, wanted_file, revision=revision, local_dir=target)
    except ConfigurationError:
        raise
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigurationError(
            f"{name} at {revision[:12]} cannot be fetched from the hub ({first[:200]}). Without a "
            "network, download it elsewhere and give the folder"
        ) from None
