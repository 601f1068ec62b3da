"""Rows of a SQLite file: read only, as it lies there, within bounds."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from detect.account.exports.records.sidecar import SidecarError

__all__ = ["sqlite_rows"]

MOST_TABLES = 64
MOST_ROWS = 500_000
LONGEST_CELL = 2**20
_MAGIC = b"SQLite format 3\0"
_SECONDS = 60.0
_STEPS = 10_000


def sqlite_rows(path: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and row of every table, by the names of columns; views and virtual tables are left out.

    The file is opened `immutable`: nothing is written beside it, no journal of it is played back.

    Raises:
        SidecarError: It is no SQLite file, is damaged, or is larger than the bounds.
    """
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise SidecarError("no SQLite file")
    address = "file:" + quote(os.path.abspath(path)) + "?mode=ro&immutable=1"
    try:
        db = sqlite3.connect(address, uri=True)
    except sqlite3.Error as error:
        raise SidecarError(f"damaged SQLite file: {error}") from None
    try:
        yield from _rows(db)
    except (sqlite3.Error, OverflowError, MemoryError, UnicodeError) as error:
        raise SidecarError(f"damaged SQLite file: {error}") from None
    finally:
        db.close()


def _rows(db: sqlite3.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    until = time.monotonic() + _SECONDS
    db.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
    db.text_factory = lambda raw: raw.decode("utf-8", "replace")
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    tables = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name LIMIT ?",
        (MOST_TABLES + 1,),
    ).fetchall()
    if len(tables) > MOST_TABLES:
        raise SidecarError(f"more than {MOST_TABLES} tables")
    seen = 0
    for (name,) in tables:
        quoted = '"' + str(name).replace('"', '""') + '"'
        cursor = db.execute(f"SELECT * FROM {quoted}")  # noqa: S608
        columns = [str(column[0]) for column in cursor.description]
        for row in cursor:
            seen += 1
            if seen > MOST_ROWS:
                raise SidecarError(f"more than {MOST_ROWS} rows")
            yield str(name), dict(zip(columns, row, strict=False))
