"""A scan that can be interrupted: reports kept by content in a journal, as those of audits are."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from detect.account.running.cache import config_digest
from detect.account.running.journal import Journal
from detect.account.running.result import report_json
from detect.core.errors import ConfigurationError
from detect.core.report import Report, Thumbnail
from detect.core.serialize import from_plain
from detect.media.source import MediaError, display_name, open_source, sha256_of
from detect.pipeline.scanner import Scanner

__all__ = ["open_scan_journal", "scan_with_journal"]

KEPT = 3
"""Thumbnails kept of a file."""


def open_scan_journal(path: str | os.PathLike[str]) -> Journal:
    """Opens or makes the journal of a scan.

    Raises:
        ConfigurationError: It is no journal, that of an audit, in use, or cannot be written.
    """
    journal = Journal(path)
    try:
        if journal.get("export") is not None:
            raise ConfigurationError(f"{path}: the journal of an audit; name another")
        journal.set(scan="1")
    except BaseException:
        journal.close()
        raise
    return journal


def scan_with_journal(
    scanner: Scanner, sources: Iterable[str | BinaryIO], journal: Journal
) -> Iterator[Report]:
    """As `Scanner.scan_many`; what the journal holds is not done again, the rest is added to it.

    Results are kept by content, and by the digest of code, weights and settings. What could not be
    examined (missing, timed out) is tried again.

    Args:
        scanner: Scores files.
        sources: Paths; streams are scanned and not looked up.
        journal: Of `open_scan_journal`.
    """
    config = config_digest(scanner.versions)
    order: deque[tuple[str, str] | None] = deque()

    def unknown() -> Iterator[str | BinaryIO]:
        for source in sources:
            digest = _digest(source) if isinstance(source, str) else None
            if isinstance(source, str) and digest and journal.has(digest, config):
                order.append((source, digest))
                continue
            order.append(None)
            yield source

    for report in scanner.scan_many(unknown()):
        while order and (known := order.popleft()) is not None:
            yield _restored(journal, *known, config)
        if report.status == "ok" and report.media.sha256:
            shown = report.thumbnails[:KEPT]
            extras = {f"thumbnail-{n}": t.jpeg for n, t in enumerate(shown)}
            summary = {"thumbnails": [(t.pts, t.index) for t in shown]}
            body = report_json(report)
            journal.put(b"", report.media.sha256, config, 1, summary, body, extras)
        yield report
    for known in order:
        if known is not None:
            yield _restored(journal, *known, config)


def _restored(journal: Journal, path: str, digest: str, config: str) -> Report:
    plain = journal.report(digest, config)
    if plain is None:
        raise ConfigurationError(f"{journal.path}: a result is gone from it")
    report = from_plain(Report, {k: v for k, v in plain.items() if k != "schema_version"})
    shown, exact = display_name(os.fsencode(path))
    thumbnails = []
    for number, (pts, index) in enumerate(journal.summary(digest, config)["thumbnails"]):
        jpeg = journal.attachment(digest, config, f"thumbnail-{number}")
        if jpeg is not None:
            thumbnails.append(Thumbnail(jpeg, pts, index))
    return replace(
        report,
        media=replace(report.media, path=shown, path_bytes=exact),
        thumbnails=tuple(thumbnails),
    )


def _digest(path: str) -> str | None:
    try:
        with open_source(os.fsencode(path)) as file:
            return sha256_of(file)
    except (MediaError, UnicodeEncodeError):
        return None  # its report says why
