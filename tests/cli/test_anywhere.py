"""The command where a container, a service or a pipe starts it: no home, closed streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from detect.core.home import NOWHERE, user_folder

COMMAND = f'"{sys.executable}" -m detect scan "$FILE"'


def run(line: str, samples: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "FILE": str(samples / "gan-face-iptc.jpg"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(samples: Path, closed: str) -> None:
    done = run(f"{COMMAND} {closed}", samples)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_closed_standard_input_holds_nothing(samples: Path) -> None:
    done = run(f'"{sys.executable}" -m detect scan - <&-', samples)
    assert done.returncode == 3
    assert "empty" in done.stdout


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DETECT_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    assert user_folder() == NOWHERE / "detect"
    assert not NOWHERE.exists()
