"""Plain values as TOML, which the standard library only reads."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["write_toml"]


def write_toml(table: Mapping[str, Any]) -> str:
    """A TOML document.

    Args:
        table: Text, booleans, finite numbers, lists of those, tables and lists of tables.

    Raises:
        TypeError: A value has no form in TOML.
    """
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain, nested = [], []
    for key, value in table.items():
        here = (*path, key)
        name = ".".join(map(_text, here))
        if isinstance(value, Mapping):
            nested += ["", f"[{name}]", *_lines(value, here)]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for item in value:
                nested += ["", f"[[{name}]]", *_lines(item, here)]
        else:
            plain.append(f"{_text(key)} = {_value(value)}")
    return plain + nested


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value, bare=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"{value!r:.80} has no form in TOML")


def _text(text: str, *, bare: bool = True) -> str:
    if bare and text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    # JSON escapes are TOML escapes, but DEL must be escaped too and surrogates are not allowed.
    clean = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007F")
