"""The journal of an audit: an SQLite file that survives the death of its writer at any moment.

Every result is one transaction in write-ahead-log mode: what was committed is there after a
`kill -9`, what was not is done again. Results are kept by the content of the file and by the digest
of everything that can change one (code, weights, settings), so that nothing is scored twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from detect.account.post import PlatformLabel, Post, Problem, Profile, merge
from detect.core.errors import ConfigurationError

__all__ = ["Item", "Journal"]

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


@dataclass(frozen=True, slots=True)
class Item:
    """A file of a post and what became of it.

    Attributes:
        path: Relative to the export, exact bytes.
        role: As in `MediaRef`.
        sha256: Of its content, None when it was not read.
        summary: What the report needs of its result; None when there is no result yet.
        failure: `status` and `reason` when it could not even be read.
    """

    path: bytes
    role: str
    sha256: str | None
    summary: dict[str, Any] | None
    failure: dict[str, str] | None


class Journal:
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

    def _locked(self) -> int:
        beside = self.path.with_name(self.path.name + ".lock")
        try:
            handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise ConfigurationError(f"cannot write {beside}: {error.strerror}") from None
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

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and lets others use it."""
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

    # -- what the export says -----------------------------------------------------------------

    def index(self, found: Iterable[Post | Profile | Problem], root: str) -> None:
        """Replaces posts, items, profiles and problems by those of the export, in one transaction.

        Files whose size or time of change is another one lose what was known of their content.
        """
        db = self._db
        with self.transaction():
            for table in ("posts", "items", "problems", "profiles"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            for one in found:
                if isinstance(one, Post):
                    self._index_post(one)
                elif isinstance(one, Profile):
                    db.execute(
                        "INSERT OR IGNORE INTO profiles (body) VALUES (?)", (_dump(asdict(one)),)
                    )
                else:
                    shown = one.path.encode("utf-8", "backslashreplace").decode()
                    db.execute(
                        "INSERT INTO problems (path, reason) VALUES (?, ?)", (shown, one.reason)
                    )
            self._index_files(root)

    def _index_post(self, post: Post) -> None:
        db = self._db
        row = db.execute(
            "SELECT number, body FROM posts WHERE platform = ? AND id = ?", (post.platform, post.id)
        ).fetchone()
        if row is None:
            cursor = db.execute(
                "INSERT INTO posts (platform, id, time, body) VALUES (?, ?, ?, ?)",
                (post.platform, post.id, post.time, _body(post)),
            )
            number, known = cursor.lastrowid, 0
        else:
            number = row[0]
            whole = merge(_post(row[1]), post)
            db.execute(
                "UPDATE posts SET time = ?, body = ? WHERE number = ?",
                (whole.time, _body(whole), number),
            )
            (known,) = db.execute("SELECT count(*) FROM items WHERE post = ?", (number,)).fetchone()
        for media in post.media:
            path = os.fsencode(media.path)
            twice = db.execute(
                "SELECT 1 FROM items WHERE post = ? AND path = ?", (number, path)
            ).fetchone()
            if twice is None:
                db.execute(
                    "INSERT INTO items VALUES (?, ?, ?, ?)", (number, known, path, media.role)
                )
                known += 1

    def _index_files(self, root: str) -> None:
        db, top = self._db, os.fsencode(root)
        paths = db.execute(
            "SELECT DISTINCT i.path, f.stamp FROM items i LEFT JOIN files f ON f.path = i.path "
            "WHERE i.role = 'media'"
        ).fetchall()
        for path, known in paths:
            try:
                facts = os.stat(os.path.join(top, path))
                stamp = f"{facts.st_size}:{facts.st_mtime_ns}"
            except OSError:
                stamp = ""
            if stamp != known:
                db.execute(
                    "INSERT OR REPLACE INTO files (path, stamp) VALUES (?, ?)", (path, stamp)
                )

    def profiles(self) -> Iterator[Profile]:
        """What the export says of accounts, in order."""
        for (body,) in self._db.execute("SELECT body FROM profiles ORDER BY number"):
            yield Profile(**json.loads(body))

    def problems(self) -> Iterator[Problem]:
        """What could not be used, in order."""
        for row in self._db.execute("SELECT path, reason FROM problems ORDER BY number"):
            yield Problem(*row)

    def post_keys(self) -> Iterator[tuple[int, str, str, str | None]]:
        """Number, platform, id and time of every post."""
        yield from self._db.execute("SELECT number, platform, id, time FROM posts ORDER BY number")

    def rank(self, numbers: Iterable[int]) -> None:
        """Stores the order in which posts are drawn."""
        with self.transaction():
            self._db.executemany(
                "UPDATE posts SET rank = ? WHERE number = ?",
                ((rank, number) for rank, number in enumerate(numbers)),
            )

    def posts(self, first: int) -> Iterator[tuple[int, Post]]:
        """Number and content of the first posts in the order of drawing, by time, then id."""
        cursor = self._db.execute(
            "SELECT number, body FROM posts WHERE rank < ? "
            "ORDER BY time IS NULL, time, platform, id",
            (first,),
        )
        for number, body in cursor:
            yield number, _post(body)

    # -- results --------------------------------------------------------------------------------

    def pending(self, config: str, first: int) -> list[tuple[bytes, str | None]]:
        """Path and known digest of files of the first posts without a result, in drawing order."""
        return self._db.execute(
            "SELECT i.path, f.sha256 FROM posts p JOIN items i ON i.post = p.number "
            "JOIN files f ON f.path = i.path "
            "LEFT JOIN results r ON r.sha256 = f.sha256 AND r.config = ?1 "
            "WHERE i.role = 'media' AND p.rank < ?2 AND r.sha256 IS NULL "
            "AND NOT (f.failure IS NOT NULL AND f.config = ?1) "
            "GROUP BY i.path ORDER BY min(p.rank), min(i.position), i.path",
            (config, first),
        ).fetchall()

    def has(self, sha256: str, config: str) -> bool:
        """Whether there is a result for this content."""
        row = self._db.execute(
            "SELECT 1 FROM results WHERE sha256 = ? AND config = ?", (sha256, config)
        ).fetchone()
        return row is not None

    def set_digest(self, path: bytes, sha256: str) -> None:
        """Remembers the content of a file."""
        with self.transaction():
            self._db.execute("UPDATE files SET sha256 = ? WHERE path = ?", (sha256, path))

    def set_failure(self, path: bytes, config: str, failure: Mapping[str, str]) -> None:
        """Remembers that a file could not be read."""
        with self.transaction():
            self._db.execute(
                "UPDATE files SET config = ?, failure = ? WHERE path = ?",
                (config, _dump(failure), path),
            )

    def put(
        self,
        path: bytes,
        sha256: str,
        config: str,
        run: int,
        summary: Mapping[str, Any],
        report: str,
        extras: Mapping[str, bytes],
    ) -> None:
        """Commits the result of one content. A second result of the same content is not taken."""
        with self.transaction():
            self._db.execute("UPDATE files SET sha256 = ? WHERE path = ?", (sha256, path))
            cursor = self._db.execute(
                "INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?)",
                (sha256, config, run, _dump(summary), zlib.compress(report.encode(), 6)),
            )
            if cursor.rowcount:
                self._db.executemany(
                    "INSERT INTO extras VALUES (?, ?, ?, ?)",
                    [(sha256, config, name, body) for name, body in extras.items()],
                )

    def items(self, post: int, config: str) -> list[Item]:
        """The files of a post with their results, in order."""
        rows = self._db.execute(
            "SELECT i.path, i.role, f.sha256, r.summary, f.failure, f.config FROM items i "
            "LEFT JOIN files f ON f.path = i.path "
            "LEFT JOIN results r ON r.sha256 = f.sha256 AND r.config = ? "
            "WHERE i.post = ? ORDER BY i.position",
            (config, post),
        )
        return [
            Item(
                path,
                role,
                sha256,
                json.loads(summary) if summary else None,
                json.loads(failure) if failure and failed == config else None,
            )
            for path, role, sha256, summary, failure, failed in rows
        ]

    def report(self, sha256: str, config: str) -> dict[str, Any] | None:
        """The whole report on a content, as `detect scan --json` writes it but for timings."""
        row = self._db.execute(
            "SELECT report FROM results WHERE sha256 = ? AND config = ?", (sha256, config)
        ).fetchone()
        plain: dict[str, Any] | None = json.loads(zlib.decompress(row[0])) if row else None
        return plain

    def attachment(self, sha256: str, config: str, name: str) -> bytes | None:
        """Something kept beside a result, for example `thumbnail`."""
        row = self._db.execute(
            "SELECT body FROM extras WHERE sha256 = ? AND config = ? AND name = ?",
            (sha256, config, name),
        ).fetchone()
        return row[0] if row else None


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


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _body(post: Post) -> str:
    plain = asdict(post)
    del plain["media"]
    for key in ("sidecar", "id"):
        if plain[key] is not None:
            plain[key] = plain[key].encode("utf-8", "backslashreplace").decode()
    return _dump(plain)


def _post(body: str) -> Post:
    plain = json.loads(body)
    plain["labels"] = tuple(PlatformLabel(**label) for label in plain["labels"])
    for key in ("hashtags", "paid", "shop"):
        plain[key] = tuple(plain[key])
    return Post(**plain, media=())
