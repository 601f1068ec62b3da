"""Values survive the way through JSON; wrong ones are refused."""

from __future__ import annotations

import json
import math

import pytest

from detect.core.finding import Evidence, Finding, Span
from detect.core.provenance import C2paManifest, Declaration, Provenance
from detect.core.serialize import from_plain, to_plain
from detect.core.settings import Settings

EVIDENCE = Evidence("c", "en", "zh", untrusted="\x1b[31m<img>")


@pytest.mark.parametrize(
    "value",
    [
        Finding("d", "1", "ai_generated", llr=1.5, evidence=(EVIDENCE,), spans=(Span(0, 1),)),
        Provenance(
            "valid",
            manifests=(C2paManifest("m", "active", actions=("a",)),),
            declarations=(Declaration("c2pa", "captured", "trusted", EVIDENCE),),
        ),
        Settings(models=("a", "b")),
    ],
)
def test_round_trip(value: object) -> None:
    plain = json.loads(json.dumps(to_plain(value), allow_nan=False))
    assert from_plain(type(value), plain) == value


def test_nan_and_lone_surrogates_become_valid_json() -> None:
    plain = to_plain({"a": math.nan, "b": "x\udcff"})
    assert plain == {"a": None, "b": "x\\udcff"}
    json.dumps(plain, allow_nan=False).encode("utf-8")


@pytest.mark.parametrize(
    "plain",
    [
        {"detector": "d"},
        {"detector": "d", "version": 1},
        {"detector": "d", "version": "1", "status": "fine"},
        {"detector": "d", "version": "1", "extra": 1},
        {"detector": "d", "version": "1", "spans": [{"start": "0", "end": 1.0}]},
        [],
    ],
)
def test_wrong_answers_are_refused(plain: object) -> None:
    with pytest.raises(ValueError):
        from_plain(Finding, plain)
