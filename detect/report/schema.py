"""The JSON Schema of a report, for tools that read `detect scan --json` and `--jsonl`."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from detect.core.report import SCHEMA_VERSION

__all__ = ["load_audit_schema", "load_schema"]


def load_schema(version: str = SCHEMA_VERSION) -> dict[str, Any]:
    """The schema (JSON Schema, draft 2020-12) of one schema version.

    Raises:
        LookupError: This release knows no such version.
    """
    file = resources.files("detect.report") / f"schema-{version}.json"
    if not version.isdigit() or not file.is_file():
        raise LookupError(f"no report schema of version {version!r}")
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def load_audit_schema(version: str = "1") -> dict[str, Any]:
    """The schema of the report on an account, `detect audit --json`.

    Raises:
        LookupError: This release knows no such version.
    """
    file = resources.files("detect.report") / f"audit-schema-{version}.json"
    if not version.isdigit() or not file.is_file():
        raise LookupError(f"no audit schema of version {version!r}")
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema
