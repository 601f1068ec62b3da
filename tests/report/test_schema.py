"""The schema accepts what we write and refuses what the contract forbids."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from detect.core.report import Report
from detect.report.schema import load_schema
from tests.report import factory


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = load_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def plain() -> dict[str, Any]:
    return json.loads(factory.cloned_voice().to_json())


@pytest.mark.parametrize("make", factory.ALL.values(), ids=factory.ALL)
def test_every_report_follows_the_schema(validator: Any, make: Callable[[], Report]) -> None:
    validator.validate(json.loads(make().to_json()))


def test_fields_may_be_added(validator: Any, plain: dict[str, Any]) -> None:
    plain["account"] = None
    plain["media"]["camera"] = "X"
    plain["hypotheses"]["face_manipulated"] = dict(plain["hypotheses"]["ai_generated"])
    plain["labels"]["kr"] = dict(plain["labels"]["eu"])
    validator.validate(plain)


def drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        for step in path[:-1]:
            plain = plain[step]
        del plain[path[-1]]

    return change


def put(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(plain: dict[str, Any]) -> None:
        for step in path[:-1]:
            plain = plain[step]
        plain[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        drop("schema_version"),
        drop("media", "sha256"),
        drop("hypotheses", "voice_synthetic"),
        drop("hypotheses", "ai_generated", "decision"),
        drop("labels"),
        drop("verdict", "reasons"),
        put("2", "schema_version"),
        put("fine", "status"),
        put("real", "verdict", "label"),
        put(1.5, "verdict", "probability"),
        put("97%", "verdict", "probability"),
        put("clean", "labels", "cn", "category"),
        put([], "labels", "cn", "reasons"),
        put("yes", "hypotheses", "ai_generated", "decision"),
        put(None, "hypotheses", "voice_synthetic", "decided_by"),
        put(None, "hypotheses", "voice_synthetic", "probability"),
        put("not-applicable", "hypotheses", "voice_synthetic", "status"),
        put("ABC", "media", "sha256"),
        put(None, "media", "sha256"),
        put("denied", "status"),
        put(-1, "timings", "decode"),
        put([{"code": "x", "en": "x"}], "verdict", "conflicts"),
    ],
)
def test_mistakes_are_caught(
    validator: Any, plain: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    broken = copy.deepcopy(plain)
    change(broken)
    assert validator.is_valid(plain)
    assert not validator.is_valid(broken)


def test_unknown_versions_are_refused() -> None:
    for version in ("99", "../schema-1", ""):
        with pytest.raises(LookupError):
            load_schema(version)
