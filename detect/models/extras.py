"""Extras: packages that parts of the toolkit need beyond the base installation."""

from __future__ import annotations

import importlib.util

from detect.core.errors import ConfigurationError

__all__ = ["require"]

_PACKAGES = {"sklearn": "scikit-learn"}
"""Packages whose module has another name."""


def require(what: str, extra: str, *modules: str) -> None:
    """Checks that modules are installed, without importing them.

    Args:
        what: What needs them, the subject of a sentence.
        extra: The extra of this package that brings them.
        modules: Names to import.

    Raises:
        ConfigurationError: One is missing; the message says how to get it.
    """
    missing = [_PACKAGES.get(n, n) for n in modules if importlib.util.find_spec(n) is None]
    if missing:
        raise ConfigurationError(
            f"{what} needs {' and '.join(missing)}: pip install 'detect-synthetic[{extra}]'"
        )
