"""The run: index the export, draw, score what has no result yet, commit each result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from detect.account.exports.export import read_export
from detect.account.running.cache import config_digest
from detect.account.running.engine import Engine
from detect.account.running.journal import Journal
from detect.account.running.result import report_json, summarise
from detect.account.running.sampling import draw_order, size_for
from detect.core.errors import ConfigurationError
from detect.media.source import MediaError, display_name, open_source, sha256_of

__all__ = ["Plan", "Progress", "run_audit"]

Progress = Callable[[int, int], None]
"""Called with the number of files done and of files to do."""

Plan = int | float | None
"""Posts to examine (a whole number), the margin to reach (below 1), or None: what the journal says,
all of them in a new one. 0: all of them."""


def run_audit(
    export: str | os.PathLike[str],
    journal: Journal,
    engine: Engine,
    *,
    resume: bool = True,
    plan: Plan = None,
    progress: Progress | None = None,
    started: datetime | None = None,
) -> None:
    """Brings a journal up to date with an export.

    Args:
        export: Folder or manifest.
        journal: Open; what it holds already is not done again.
        engine: Scores files.
        resume: False: empty the journal first; that of another export is never emptied.
        plan: How many posts.
        progress: Told after every file.
        started: The time of the audit, kept from the first run on; now when None.

    Raises:
        ConfigurationError: No such export, or the journal belongs to another one.
    """
    root = os.path.realpath(os.fspath(export))
    known = journal.get("export")
    named = os.fsencode(root).hex()
    if known is not None and known != named:
        shown = display_name(bytes.fromhex(known))[0]
        raise ConfigurationError(
            f"{journal.path}: the journal of another export, {shown}; it was not touched, name "
            "another journal"
        )
    if journal.get("scan") is not None:
        raise ConfigurationError(f"{journal.path}: the journal of a scan; name another")
    if not resume:
        journal.forget()
    base = root if os.path.isdir(root) else os.path.dirname(root)
    journal.index(read_export(root), base)
    order = draw_order(journal.post_keys())
    journal.rank(order)
    config = config_digest(engine.versions)
    number = int(journal.get("runs") or 0) + 1
    moment = (started or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with journal.transaction():
        journal.set(
            export=named,
            config=config,
            runs=str(number),
            started=journal.get("started") or moment,
            planned=str(_planned(journal, plan, len(order))),
            versions=json.dumps(dict(engine.versions), sort_keys=True),
        )
    _score(journal, engine, base, config, number, progress)


def _planned(journal: Journal, plan: Plan, total: int) -> int:
    if plan is None:
        known = int(journal.get("planned") or 0)
    elif plan < 0 or (isinstance(plan, float) and plan >= 1):
        raise ConfigurationError("a sample is a number of posts, a margin a share below 1")
    elif isinstance(plan, float):
        known = size_for(plan, total)
    else:
        known = plan
    return known if known < total else 0


def _score(
    journal: Journal,
    engine: Engine,
    base: str,
    config: str,
    number: int,
    progress: Progress | None,
) -> None:
    planned = int(journal.get("planned") or 0)
    pending = journal.pending(config, planned or 2**62)
    top = os.fsencode(base)
    day = date.fromisoformat((journal.get("started") or "")[:10])
    sent: dict[str, tuple[bytes, str]] = {}
    on_the_way: set[str] = set()
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, len(pending))

    def paths() -> Iterator[str]:
        for path, known in pending:
            full = os.path.join(top, path)
            try:
                digest = known or _digest(full)
            except MediaError as error:
                journal.set_failure(path, config, {"status": error.status, "reason": str(error)})
                told()
                continue
            if not known:
                journal.set_digest(path, digest)
            if digest in on_the_way or journal.has(digest, config):
                told()
                continue
            on_the_way.add(digest)
            shown = os.fsdecode(full)
            sent[shown] = path, digest
            yield shown

    for scored in engine.score(paths()):
        path, digest = sent.pop(scored.path)
        report = scored.report
        journal.put(
            path,
            report.media.sha256 or digest,  # of what was read, should the file have changed since
            config,
            number,
            summarise(report, day),
            report_json(report),
            scored.extras,
        )
        on_the_way.discard(digest)
        told()


def _digest(path: bytes) -> str:
    with open_source(path) as file:
        return sha256_of(file)
