"""Labelled manifests: files whose truth is known, as a CSV file."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from detect.core.errors import ConfigurationError

__all__ = ["LabelledFile", "read_labelled"]

_TRUTH = {"real": False, "0": False, "synthetic": True, "1": True}


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One file and what it is.

    Attributes:
        path: Where it lies.
        synthetic: True for synthetic, False for real.
        source: The camera, collection or generator it came from, None when not stated.
    """

    path: str
    synthetic: bool
    source: str | None = None


def read_labelled(manifest: Path) -> tuple[LabelledFile, ...]:
    """Reads a CSV file with a header that names `path`, `label` and, if wanted, `source`.

    Paths are relative to the folder of the manifest; `label` is `real` or `synthetic`, or 0 or 1.

    Raises:
        ConfigurationError: The file cannot be read or a line is wrong; the line is named.
    """
    try:
        # Names of files need not be UTF-8.
        with manifest.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file, strict=True)
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
    if label not in _TRUTH:
        raise ConfigurationError(
            f"{manifest}, line {line}: label {row['label']!r} is not real, synthetic, 0 or 1"
        )
    source = (row.get("source") or "").strip() or None
    return LabelledFile(os.path.join(manifest.parent, path), _TRUTH[label], source)
