"""The file behind an audit: SQLite in write-ahead-log mode, which outlives its writer's death.

What was committed is there after a `kill -9`, what was not is done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Self

from detect.core.errors import ConfigurationError
from detect.core.processes.forks import leak, renew_in_child

__all__ = ["JournalFile"]

APPLICATION = 0x64746A31
"""SQLite's `application_id` of our journals."""
VERSION = 1

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE posts (
    number INTEGER PRIMARY KEY, platform TEXT NOT NULL, id TEXT NOT NULL, time TEXT,
    rank INTEGER, body TEXT NOT NULL, UNIQUE (platform, id));
CREATE TABLE items (
    post INTEGER NOT NULL, position INTEGER NOT NULL, path BLOB NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (post, position)) WITHOUT ROWID;
CREATE TABLE files (
    path BLOB PRIMARY KEY, stamp TEXT, sha256 TEXT, config TEXT, failure TEXT) WITHOUT ROWID;
CREATE TABLE results (
    sha256 TEXT NOT NULL, config TEXT NOT NULL, run INTEGER NOT NULL, summary TEXT NOT NULL,
    report BLOB NOT NULL, PRIMARY KEY (sha256, config)) WITHOUT ROWID;
CREATE TABLE extras (
    sha256 TEXT NOT NULL, config TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (sha256, config, name)) WITHOUT ROWID;
CREATE TABLE problems (number INTEGER PRIMARY KEY, path TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE profiles (number INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
CREATE INDEX posts_by_rank ON posts (rank);
"""


class JournalFile:
    """One journal file; a context manager. Only one can have it open for writing.

    Args:
        path: The file; made when it is not there.
        writing: False: only read, beside others.

    Raises:
        ConfigurationError: It is no journal, is in use, or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, writing: bool = True) -> None:
        self.path = Path(path)
        self._writing = writing
        if not writing and not self.path.is_file():
            raise ConfigurationError(f"{self.path}: there is no such journal")
        self._lock = self._locked() if writing else -1
        try:
            self._db = self._opened()
        except BaseException:
            if writing:
                os.close(self._lock)
            raise
        renew_in_child(self)

    def after_fork(self) -> None:
        """The connection stays with the parent: SQLite knows no forks. The lock is let go of."""
        db = self.__dict__.get("_db")
        if db is None or isinstance(db, _Elsewhere):
            return
        leak(db)
        self._db = _Elsewhere(self.path)  # type: ignore[assignment]
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _locked(self) -> int:
        beside = self.path.with_name(self.path.name + ".lock")
        try:
            handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            why = f"cannot write {beside}: {error.strerror}; name a place for the journal"
            raise ConfigurationError(why) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise ConfigurationError(
                f"{self.path}: another audit is using this journal; wait for it or name another"
            ) from None
        return handle

    def _opened(self) -> sqlite3.Connection:
        db = None
        try:
            db = sqlite3.connect(self.path, isolation_level=None)
            if not self._writing:
                db.execute("PRAGMA query_only = 1")
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if application != APPLICATION and tables:
                raise ConfigurationError(f"{self.path}: not a journal of detect audit")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if tables and version != VERSION:
                raise ConfigurationError(
                    f"{self.path}: a journal of another version of detect; use a new file"
                )
            db.execute("PRAGMA cache_size = -8000")
            if not self._writing:
                return db
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA secure_delete = ON")
            if not tables:
                with _transaction(db):
                    for statement in _TABLES.split(";"):
                        if statement.strip():
                            db.execute(statement)
                    db.execute(f"PRAGMA application_id = {APPLICATION}")
                    db.execute(f"PRAGMA user_version = {VERSION}")
            return db
        except sqlite3.Error as error:
            if db is not None:
                db.close()
            raise ConfigurationError(f"{self.path}: {error}") from None
        except BaseException:
            if db is not None:
                db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and lets others use it."""
        if isinstance(self._db, _Elsewhere):
            return
        self._db.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing.

        Raises:
            ConfigurationError: The disk is full or cannot be written; nothing was changed.
        """
        try:
            with _transaction(self._db):
                yield
        except sqlite3.OperationalError as error:
            raise ConfigurationError(
                f"{self.path}: {error}; what is in the journal is kept, run again to go on"
            ) from None

    # -- facts about the run ------------------------------------------------------------------

    def get(self, key: str) -> str | None:
        """A fact about the audit, None when it is not known."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set(self, **facts: str) -> None:
        """Remembers facts about the audit."""
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def discard(self, *names: str) -> None:
        """Deletes attachments of all results, so that they cannot be read back from the file."""
        marks = ", ".join("?" * len(names))
        with self.transaction():
            self._db.execute(f"DELETE FROM extras WHERE name IN ({marks})", names)  # noqa: S608
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget(self) -> None:
        """Empties the journal."""
        with self.transaction():
            for table in ("meta", "posts", "items", "files", "results", "extras", "problems",
                          "profiles"):  # fmt: skip
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608


class _Elsewhere:
    """Stands for a connection of the parent."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getattr__(self, name: str) -> NoReturn:
        raise ConfigurationError(f"{self._path}: was opened before a fork; open it again")


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
