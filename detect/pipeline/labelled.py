"""Labelled manifests: files whose truth is known, as a CSV or TSV file."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from detect.core.errors import ConfigurationError

__all__ = ["LabelledFile", "read_labelled"]

_TRUTH = {
    **dict.fromkeys(("real", "0", "bona fide", "bona-fide", "bonafide", "human"), False),
    **dict.fromkeys(("synthetic", "1", "ai", "ai-generated", "generated", "fake", "spoof"), True),
}
_NEITHER = ("cgi", "rendered", "other")


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One file and what it is.

    Attributes:
        path: Where it lies.
        synthetic: True for synthetic, False for real, None for what is neither (`cgi`).
        source: The camera, collection or generator it came from, None when not stated.
        beside: The kind of a file that the question is not about (`music` of the label
            `music-real`), None for an ordinary one.
        columns: Everything that the manifest says of it, as text; empty cells are left out.
    """

    path: str
    synthetic: bool | None
    source: str | None = None
    beside: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def read_labelled(manifest: Path) -> tuple[LabelledFile, ...]:
    """Reads a CSV or TSV file with a header that names `path`, `label` and, if wanted, `source`.

    Paths are relative to the folder of the manifest. `label` is `real` (also `bona fide`, 0) or
    `synthetic` (also `ai`, `fake`, `spoof`, 1); `KIND-real` and `KIND-ai` for files beside the
    question, such as `music-real`; `cgi` for what is neither.

    Raises:
        ConfigurationError: The file cannot be read or a line is wrong; the line is named.
    """
    try:
        # Names of files need not be UTF-8.
        with manifest.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            tabs = "\t" in file.readline()
            file.seek(0)
            # Tabs: what `cut` and spreadsheets write, without quoting of names that hold a quote.
            rows = (
                csv.DictReader(file, strict=True, delimiter="\t", quoting=csv.QUOTE_NONE)
                if tabs
                else csv.DictReader(file, strict=True)
            )
            columns = set(rows.fieldnames or ())
            if missing := {"path", "label"} - columns:
                raise ConfigurationError(
                    f"{manifest}: no column {min(missing)!r}; the first line names the columns: "
                    "path,label,source"
                )
            return tuple(_row(manifest, rows.line_num, row) for row in rows)
    except OSError as error:
        raise ConfigurationError(f"{manifest}: {error.strerror}") from None
    except csv.Error as error:
        raise ConfigurationError(f"{manifest}: {error}") from None


def _row(manifest: Path, line: int, row: dict[str, str | None]) -> LabelledFile:
    path, label = row["path"], (row["label"] or "").strip().lower()
    if not path:
        raise ConfigurationError(f"{manifest}, line {line}: no path")
    known = _truth(label)
    if known is None:
        raise ConfigurationError(
            f"{manifest}, line {line}: label {row['label']!r} is not real, synthetic, 0 or 1"
        )
    texts = {
        name: value.strip()
        for name, value in row.items()
        if isinstance(name, str) and isinstance(value, str) and value.strip()
    }
    synthetic, beside = known
    return LabelledFile(
        os.path.join(manifest.parent, path), synthetic, texts.get("source"), beside, texts
    )


def _truth(label: str) -> tuple[bool | None, str | None] | None:
    """Whether a label says synthetic, and of what kind beside the question; None: it is unknown."""
    if label in _TRUTH:
        return _TRUTH[label], None
    if label in _NEITHER:
        return None, label
    kind, _, truth = label.rpartition("-")
    return (_TRUTH[truth], kind) if kind and truth in _TRUTH else None
