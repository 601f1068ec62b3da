"""Where what belongs to the user lies: imported trust lists, registered models."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["user_folder"]


NOWHERE = Path("/nonexistent")
"""Home of users who have none, as Debian writes it: nothing is read from it or written to it. A
folder for temporary files would be no substitute, since others could put trust lists there."""


def user_folder() -> Path:
    """`$DETECT_HOME`, else `detect` in the user's configuration folder. It need not exist.

    A user without a home (a container with `-u 1234` and no `HOME`) has none.
    """
    if home := os.environ.get("DETECT_HOME"):
        return Path(home)
    config = os.environ.get("XDG_CONFIG_HOME")
    try:
        return (Path(config) if config else Path.home() / ".config") / "detect"
    except RuntimeError:
        return NOWHERE / "detect"
