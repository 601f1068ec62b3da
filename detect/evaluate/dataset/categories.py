"""What kind of picture or sound an item is: by the manifest's columns and by rules of the user's.

An item may be of several kinds. A rule is `column,pattern,category`: where the column of the
manifest matches the pattern (`*` and `?` as in file names), the item is of that category.
"""

from __future__ import annotations

import csv
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.core.text import open_text

__all__ = ["Rule", "categories_of", "read_rules"]

CHINESE = ("zh", "cmn", "mandarin")
TELEPHONE = 8000
"""Samples a second of telephone speech."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Gives a category to every item whose column matches the pattern."""

    column: str
    pattern: str
    category: str


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Reads rules from a CSV file with the columns `column`, `pattern` and `category`.

    Raises:
        ConfigurationError: The file cannot be read, or a line is incomplete; it is named.
    """
    try:
        with open_text(path) as file:
            rows = csv.DictReader(file, strict=True)
            missing = {"column", "pattern", "category"} - set(rows.fieldnames or ())
            if missing:
                raise ConfigurationError(
                    f"{path}: no column {min(missing)!r}; the first line is column,pattern,category"
                )
            found = []
            for row in rows:
                column, pattern, category = (row[k] for k in ("column", "pattern", "category"))
                if not column or not pattern or not category:
                    raise ConfigurationError(f"{path}, line {rows.line_num}: a field is empty")
                found.append(Rule(column, pattern, category))
            return tuple(found)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except (csv.Error, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from None


def categories_of(
    columns: Mapping[str, str], beside: str | None, rules: Sequence[Rule]
) -> tuple[str, ...]:
    """The kinds of an item, sorted.

    From the manifest: `category` (several separated by `;`), `faces` (a count, or yes and no),
    `language` (Chinese becomes Mandarin), `original_sample_rate` (8000 is a telephone), and the
    kind in a label like `music-real`.
    """
    found = {part.strip() for part in columns.get("category", "").split(";") if part.strip()}
    if "faces" in columns:
        found.add("no face" if columns["faces"].lower() in ("0", "no", "false") else "with a face")
    if columns.get("language", "").lower().split("-")[0] in CHINESE:
        found.add("Mandarin")
    if columns.get("original_sample_rate") == str(TELEPHONE):
        found.add("phone")
    if beside:
        found.add(beside)
    found |= {
        rule.category
        for rule in rules
        if fnmatch.fnmatchcase(columns.get(rule.column, ""), rule.pattern)
    }
    return tuple(sorted(found))
