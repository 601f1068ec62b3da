"""Where what belongs to the user lies: imported trust lists, registered models."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["user_folder"]


def user_folder() -> Path:
    """`$DETECT_HOME`, else `detect` in the user's configuration folder. It need not exist."""
    if home := os.environ.get("DETECT_HOME"):
        return Path(home)
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "detect"
