"""What is missing, and the command that brings it."""

from __future__ import annotations

import pytest

from detect.core.errors import ConfigurationError
from detect.models.extras import require


def test_a_missing_package_and_its_extra_are_named() -> None:
    require("this", "eval", "json")
    with pytest.raises(ConfigurationError, match=r"this needs no_such: pip install '.*\[eval\]'"):
        require("this", "eval", "json", "no_such")


def test_a_package_is_named_as_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="scipy and scikit-learn"):
        require("this", "eval", "scipy", "sklearn")
