"""One table feeds file, environment and flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect import ConfigurationError, Settings, load_settings


def test_precedence_is_flag_environment_file_default(tmp_path: Path) -> None:
    file = tmp_path / "detect.toml"
    file.write_text("prior = 0.1\nworkers = 3\ntimeout = 9\n")
    environment = {"DETECT_PRIOR": "0.2", "DETECT_WORKERS": "4"}
    settings = load_settings({"prior": 0.3, "workers": None}, file=file, environment=environment)
    assert (settings.prior, settings.workers, settings.timeout) == (0.3, 4, 9.0)
    assert settings.profile == Settings().profile


def test_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "detect.toml"
    file.write_text("operating-pint = 'balanced'\n")
    with pytest.raises(ConfigurationError, match="operating_point"):
        load_settings(file=file, environment={})


@pytest.mark.parametrize(
    "content",
    [
        "prior = 2",
        "prior = 'much'",
        "operating_point = 'lenient'",
        "workers = 0",
        "workers = 2.9",
        "prior = [",
    ],
)
def test_wrong_values_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "detect.toml"
    file.write_text(content)
    with pytest.raises(ConfigurationError):
        load_settings(file=file, environment={})


def test_dashes_and_lists_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "detect.toml"
    file.write_text("operating-point = 'balanced'\nmodels = ['mine', 'yours']\n")
    settings = load_settings(file=file, environment={})
    assert settings.operating_point == "balanced"
    assert settings.models == ("mine", "yours")


def test_digest_changes_with_what_can_change_a_result_only() -> None:
    assert Settings(workers=1).digest() == Settings(workers=4).digest()
    assert Settings(prior=0.1).digest() != Settings().digest()


def test_unknown_variable_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="DETECT_PRIOR"):
        load_settings(environment={"DETECT_PRIORR": "0.1"})
    load_settings(environment={"DETECT_HOME": "/somewhere", "DETECT_CORPUS": "/else"})
