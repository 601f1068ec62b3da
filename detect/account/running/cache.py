"""The digest of everything that can change a result: code, weights, settings, trust lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

__all__ = ["code_digest", "config_digest"]

ROOMS = (
    *("core", "models", "media", "workers", "provenance", "marks", "picture", "voice", "faces"),
    *("detectors", "fusion", "pipeline", "labels"),
)
"""Rooms whose code a result depends on."""
FILES = ("account/running/people.py", "account/running/result.py")
"""More code that does."""


@cache
def code_digest() -> str:
    """Sixteen hexadecimal digits of the code that scores files."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parents[2]
    found = [path for room in ROOMS for path in sorted((package / room).rglob("*"))]
    for path in [*found, *(package / name for name in FILES)]:
        if path.suffix in (".py", ".toml"):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def config_digest(versions: Mapping[str, str]) -> str:
    """Sixteen hexadecimal digits of a configuration.

    Args:
        versions: Of the scanner: settings, operating point, prior, sha256 of the weights.
    """
    from detect.core.home import user_folder

    digest = hashlib.sha256(json.dumps(dict(versions), sort_keys=True).encode())
    digest.update(code_digest().encode())
    for path in sorted((user_folder() / "trust").glob("*")):
        if path.is_file():
            digest.update(path.name.encode("utf-8", "replace") + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
