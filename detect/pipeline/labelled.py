"""Labelled manifests: files whose truth is known, as a CSV or TSV file."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from detect.core.errors import ConfigurationError
from detect.core.text import open_text, path_of
from detect.pipeline.inputs import printable

__all__ = ["LabelledFile", "first_of_content", "read_labelled"]

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

    Columns are parted by commas, semicolons or tabs. Paths are relative to the folder of the
    manifest. `label` is `real` (also `bona fide`, 0) or `synthetic` (also `ai`, `fake`, `spoof`,
    1); `KIND-real` and `KIND-ai` for files beside the question, such as `music-real`; `cgi` for
    what is neither.

    Raises:
        ConfigurationError: The file cannot be read or a line is wrong; the line is named.
    """
    try:
        with _opened(manifest) as file:
            first = file.readline()
            tabs = "\t" in first
            delimiter = ";" if ";" in first and "," not in first else ","
            file.seek(0)
            # Tabs: what `cut` and spreadsheets write, without quoting of names that hold a quote.
            rows = (
                csv.DictReader(file, strict=True, delimiter="\t", quoting=csv.QUOTE_NONE)
                if tabs
                else csv.DictReader(file, strict=True, delimiter=delimiter)
            )
            columns = set(rows.fieldnames or ())
            if missing := sorted({"path", "label"} - columns):
                names = " and ".join(map(repr, missing))
                found = printable(", ".join(sorted(map(str, columns)))[:100])
                raise ConfigurationError(
                    f"{manifest}: no column {names}; the first line names the columns "
                    f"(path,label,source) in UTF-8, and here it has: {found or 'nothing'}"
                )
            return tuple(_row(manifest, rows.line_num, row, file.encoding) for row in rows)
    except OSError as error:
        raise ConfigurationError(f"{manifest}: {error.strerror}") from None
    except csv.Error as error:
        raise ConfigurationError(f"{manifest}: {error}") from None


def _opened(manifest: Path) -> TextIO:
    try:
        return open_text(manifest)
    except ValueError:  # names of files need not be in any encoding
        return manifest.open(newline="", encoding="utf-8", errors="surrogateescape")


def _row(manifest: Path, line: int, row: dict[str, str | None], encoding: str) -> LabelledFile:
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
        path_of(str(manifest.parent), path, encoding), synthetic, texts.get("source"), beside, texts
    )


def _truth(label: str) -> tuple[bool | None, str | None] | None:
    """Whether a label says synthetic, and of what kind beside the question; None: it is unknown."""
    if label in _TRUTH:
        return _TRUTH[label], None
    if label in _NEITHER:
        return None, label
    kind, _, truth = label.rpartition("-")
    return (_TRUTH[truth], kind) if kind and truth in _TRUTH else None


def first_of_content(manifest: Path, files: Sequence[LabelledFile]) -> list[int]:
    """For each file the number of the first one with the same content; its own if there is none.

    Raises:
        ConfigurationError: Two files of the same content are labelled differently.
    """
    sizes: defaultdict[int, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        path = Path(file.path)
        if path.is_file():
            sizes[path.stat().st_size].append(number)
    first = list(range(len(files)))
    for numbers in (numbers for numbers in sizes.values() if len(numbers) > 1):
        seen: dict[str, int] = {}
        for number in numbers:
            with open(files[number].path, "rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            one, other = files[seen.setdefault(digest, number)], files[number]
            first[number] = seen[digest]
            if (one.synthetic, one.beside) != (other.synthetic, other.beside):
                raise ConfigurationError(
                    f"{manifest}: {printable(one.path)} and {printable(other.path)} have the same "
                    "content and different labels"
                )
    return first
