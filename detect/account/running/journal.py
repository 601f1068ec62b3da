"""The journal of an audit: posts of an export, and results by the content of files.

Every result is one transaction. Results are kept by the content of the file and by the digest of
everything that can change one (code, weights, settings), so that nothing is scored twice.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from detect.account.exports.records.post import PlatformLabel, Post, Problem, Profile, merge
from detect.account.running.journal_file import JournalFile

__all__ = ["Item", "Journal"]


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


class Journal(JournalFile):
    """One journal; a context manager. See `JournalFile` for opening it."""

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
                    shown, reason = (
                        words.encode("utf-8", "backslashreplace").decode()
                        for words in (one.path, one.reason)
                    )
                    db.execute("INSERT INTO problems (path, reason) VALUES (?, ?)", (shown, reason))
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

    def summary(self, sha256: str, config: str) -> dict[str, Any]:
        """What is kept of a result beside its report."""
        row = self._db.execute(
            "SELECT summary FROM results WHERE sha256 = ? AND config = ?", (sha256, config)
        ).fetchone()
        plain: dict[str, Any] = json.loads(row[0])
        return plain

    def attachment(self, sha256: str, config: str, name: str) -> bytes | None:
        """Something kept beside a result, for example `thumbnail`."""
        row = self._db.execute(
            "SELECT body FROM extras WHERE sha256 = ? AND config = ? AND name = ?",
            (sha256, config, name),
        ).fetchone()
        return row[0] if row else None


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
