"""Rows of an Excel file: its cells' text alone, unpacked within bounds.

By the standard library rather than openpyxl, whose reader holds all shared strings and whose bounds
are not ours to set; formulas, styles, links and macros are never looked at.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from detect.account.exports.records.sidecar import SidecarError

__all__ = ["xlsx_rows"]

MOST_SHEETS = 64
MOST_ROWS = 200_000
MOST_CELLS = 4_000_000
LARGEST_PART = 128 * 2**20
LARGEST_FILE = 64 * 2**20
MOST_TEXT = 64 * 2**20
MOST_COLUMNS = 1024
_CHUNK = 1 << 16
_SHEET = re.compile(r"xl/worksheets/sheet(\d{1,4})\.xml")
_COLUMN = re.compile(r"([A-Z]{1,3})\d+")


def xlsx_rows(path: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Sheet and row of every sheet, by the names in the sheet's first row.

    Raises:
        SidecarError: It is no Excel file, is damaged, or is larger than the bounds.
    """
    try:
        with open(path, "rb") as file:
            if file.seek(0, 2) > LARGEST_FILE:
                raise SidecarError(f"larger than {LARGEST_FILE} bytes")
            with zipfile.ZipFile(file) as parts:
                yield from _rows(parts)
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, EOFError, OSError,
        NotImplementedError,
        RuntimeError, UnicodeError, ValueError,
    ) as error:  # fmt: skip
        raise SidecarError(f"damaged Excel file: {type(error).__name__}") from None


def _rows(parts: zipfile.ZipFile) -> Iterator[tuple[str, dict[str, Any]]]:
    names = parts.namelist()
    sheets = sorted((n for n in names if _SHEET.fullmatch(n)), key=lambda n: (len(n), n))
    if not sheets or len(sheets) > MOST_SHEETS:
        raise SidecarError("an Excel file without sheets, or with too many")
    shared: list[str] = []
    if "xl/sharedStrings.xml" in names:
        shared = _Strings().read(parts, "xl/sharedStrings.xml")
    for name in sheets:
        rows = _Sheet(shared).read(parts, name)
        if not rows:
            continue
        head = {place: str(value).strip() for place, value in rows[0].items()}
        for row in rows[1:]:
            yield name, {title: row.get(place, "") for place, title in head.items()}


class _Part:
    """One XML part, parsed in pieces; a document type ends it, so that there are no entities."""

    def __init__(self) -> None:
        self.text: list[str] | None = None
        self.size = 0

    def parse(self, parts: zipfile.ZipFile, name: str) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda tag, attrs: self.start(tag.rsplit(" ", 1)[-1], attrs)
        parser.EndElementHandler = lambda tag: self.end(tag.rsplit(" ", 1)[-1])
        parser.CharacterDataHandler = self.characters
        total = 0
        with parts.open(name) as part:
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > LARGEST_PART:
                    raise SidecarError(f"a part larger than {LARGEST_PART} bytes")
                parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def characters(self, text: str) -> None:
        """Text of the element that is open."""
        if self.text is not None:
            self.size += len(text)
            if self.size > MOST_TEXT:
                raise SidecarError(f"more than {MOST_TEXT} characters")
            self.text.append(text)


class _Strings(_Part):
    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self.pieces: list[str] = []
        self.phonetic = False

    def read(self, parts: zipfile.ZipFile, name: str) -> list[str]:
        self.parse(parts, name)
        return self.strings

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self.pieces = []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t" and not self.phonetic:
            self.text = self.pieces

    def end(self, tag: str) -> None:
        if tag == "t":
            self.text = None
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "si":
            if len(self.strings) >= MOST_CELLS:
                raise SidecarError(f"more than {MOST_CELLS} cells")
            self.strings.append("".join(self.pieces))


class _Sheet(_Part):
    def __init__(self, shared: list[str]) -> None:
        super().__init__()
        self.shared = shared
        self.rows: list[dict[int, str]] = []
        self.kind = ""
        self.place = 0
        self.pieces: list[str] = []
        self.cells = 0

    def read(self, parts: zipfile.ZipFile, name: str) -> list[dict[int, str]]:
        self.parse(parts, name)
        return [row for row in self.rows if row]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            if len(self.rows) >= MOST_ROWS:
                raise SidecarError(f"more than {MOST_ROWS} rows")
            self.rows.append({})
            self.place = -1
        elif tag == "c":
            self.kind = attributes.get("t", "")
            match = _COLUMN.fullmatch(attributes.get("r", ""))
            self.place = _number(match[1]) if match else self.place + 1
            self.pieces = []
        elif tag in ("v", "t"):
            self.text = self.pieces

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self.text = None
        elif tag == "c" and self.pieces and self.rows and 0 <= self.place < MOST_COLUMNS:
            self.cells += 1
            if self.cells > MOST_CELLS:
                raise SidecarError(f"more than {MOST_CELLS} cells")
            value = "".join(self.pieces)
            if self.kind == "s":
                number = int(value)
                value = self.shared[number] if 0 <= number < len(self.shared) else ""
            self.rows[-1][self.place] = value


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _refuse(*_: object) -> None:
    raise SidecarError("a document type in an Excel file")
