"""Answers of workers are checked; what cannot be decoded is an error, never "no picture"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detect
from detect.core.media import Media
from detect.pipeline.extraction import Extracted, _read, _Spooled
from detect.pipeline.scanner import _ask
from detect.workers.pool import Answer

HEADER: dict[str, Any] = {
    "status": "ok",
    "reason": None,
    "media": {"path": "a", "kind": "image"},
    "provenance": {},
    "notes": [],
    "frames": [{"pts": None, "index": 0, "shot": 0, "weight": 1.0}],
    "audio": [{"rate": 16000, "start": 0.0}],
    "timings": {"read": 0.1},
}
ARRAYS: list[Any] = [np.zeros((8, 8, 3), np.uint8), np.zeros(100, np.float32)]


def read(header: dict[str, Any], arrays: list[Any]) -> Extracted:
    return _read(Answer(header=header, arrays=arrays), _Spooled(b"a"))


def test_an_honest_answer_is_taken() -> None:
    assert read(HEADER, ARRAYS).status == "ok"


@pytest.mark.parametrize(
    ("change", "arrays"),
    [
        ({"status": "pwned"}, ARRAYS),
        ({"reason": ["x"]}, ARRAYS),
        ({"timings": ["x"]}, ARRAYS),
        ({"timings": {"read": float("nan")}}, ARRAYS),
        ({"notes": [1]}, ARRAYS),
        ({"frames": [{"pts": None, "index": 0, "shot": 0, "weight": "x"}]}, ARRAYS),
        ({"audio": [{"rate": 0, "start": 0.0}]}, ARRAYS),
        ({"media": {"path": "a", "kind": "car"}}, ARRAYS),
        ({"more": 1}, ARRAYS),
        ({}, [*ARRAYS, ARRAYS[0]]),
        ({}, ARRAYS[:1]),
        ({}, [ARRAYS[0].astype(np.float32), ARRAYS[1]]),
        ({}, [ARRAYS[0][..., 0], ARRAYS[1]]),
    ],
)
def test_a_lying_answer_is_a_crash_of_one_file(change: dict[str, Any], arrays: list[Any]) -> None:
    assert read({**HEADER, **change}, arrays).status == "crashed"


class Broken:
    """A classifier that fails."""

    id, version, hypothesis = "broken", "1", "ai_generated"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def examine(self, *_: object) -> detect.Finding:
        raise self.error


def test_failure_on_one_file_is_a_finding() -> None:
    finding = _ask(Broken(RuntimeError()), Extracted(Media("a"), "ok"))  # type: ignore[arg-type]
    assert (finding.status, finding.reason) == ("error", "model-error")


def test_missing_weights_end_the_run() -> None:
    with pytest.raises(detect.WeightsError):
        _ask(Broken(detect.WeightsError("gone")), Extracted(Media("a"), "ok"))  # type: ignore[arg-type]


def test_undecodable_picture_is_an_error() -> None:
    file = Extracted(Media("a", kind="video"), "ok", notes=("picture-undecodable",))
    finding = _ask(Broken(RuntimeError()), file)  # type: ignore[arg-type]
    assert (finding.status, finding.reason) == ("error", "picture-undecodable")


def test_impossible_name_is_missing(tmp_path: Path) -> None:
    assert detect.scan(str(tmp_path / "\ud800.jpg")).status == "missing"
