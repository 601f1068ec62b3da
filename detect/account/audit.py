"""The audit of one account: run it, and read what its journal amounts to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from detect.account.exports.place import accounts_inside
from detect.account.judging.findings import Findings
from detect.account.running.engine import Engine
from detect.account.running.engines import open_engine
from detect.account.running.journal import Journal
from detect.account.running.people import FACE, PEOPLE
from detect.account.running.runner import Plan, Progress, run_audit
from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.media.source import display_name

if TYPE_CHECKING:
    from detect.detectors.base import Classifier

__all__ = ["Audit", "audit"]

SCHEMA_VERSION = "1"
STRATA = 36
"""Most periods of the timeline: months, else quarters, else years."""


def audit(
    export: str | os.PathLike[str],
    *,
    journal: str | os.PathLike[str],
    resume: bool = True,
    settings: Settings | None = None,
    sample: int | None = None,
    margin: float | None = None,
    engine: Engine | Literal["local", "ray"] = "local",
    ray_address: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    classifiers: Sequence[Classifier] | None = None,
    progress: Progress | None = None,
    started: datetime | None = None,
) -> Audit:
    """Audits a whole account from an export, offline; goes on where an earlier run ended.

    Args:
        export: Folder of gallery-dl, instaloader or yt-dlp, a manifest (CSV, JSON Lines), or a
            folder of files. Kinds may be mixed.
        journal: File that holds everything; made when it is not there.
        resume: False: start over.
        settings: Defaults to `Settings()`.
        sample: Examine that many posts, spread over time; 0: all. A later run may extend it.
        margin: Examine so many posts that sampling leaves this 90 % margin, 0.06 for 6 points.
        engine: Who scores: `local`, the scanner of this machine, or `ray`, the same on a Ray
            cluster; the report is the same. The settings `workers` say how many.
        ray_address: Of a running Ray cluster whose nodes see the export at the same path; what
            `RAY_ADDRESS` says, else a cluster of this process's own, when None.
        weights: Another folder of weights than the shipped one.
        classifiers: Who looks at the files, picklable for Ray; the shipped models when None.
        progress: Called after every file with the number done and the number to do.
        started: Time of the audit; now when None, and always that of the first run.

    Returns:
        The audit, which reads from the journal file when it is asked for something.

    Raises:
        ConfigurationError: No such export, or a folder of several; the journal is in use, belongs
            to another export or cannot be written; a sample or margin out of range; Ray is not
            installed, or there is no cluster at the address.
        WeightsError: Weights are missing or corrupt.
    """
    if sample is not None and margin is not None:
        raise ConfigurationError("give a sample or a margin, not both")
    settings = settings or Settings()
    if inside := accounts_inside(export):
        names = ", ".join(display_name(os.fsencode(os.path.basename(one)))[0] for one in inside[:4])
        raise ConfigurationError(
            f"a folder of {len(inside)} exports ({names}{', ...' if len(inside) > 4 else ''}), not "
            "of one account; audit each of them, or all with detect portfolio"
        )
    plan: Plan = sample if margin is None else float(margin)
    with Journal(journal) as book:
        worker = (
            engine
            if not isinstance(engine, str)
            else open_engine(
                engine,
                settings,
                weights=weights,
                classifiers=classifiers,
                ray_address=ray_address,
            )
        )
        try:
            if not settings.biometrics:
                book.discard(PEOPLE, FACE)
            run_audit(
                export, book, worker, resume=resume, plan=plan, progress=progress, started=started
            )
        finally:
            worker.close()
    return Audit(journal, settings=settings, weights=weights)


class Audit(Findings):
    """What a journal amounts to, and how it is written down: see `Findings`."""

    def write_json(self, path: str | os.PathLike[str]) -> None:
        """Writes the report (schema: `detect/report/audit-schema-1.json`).

        Raises:
            ConfigurationError: It cannot be written there.
        """
        from detect.account.showing.output import json_pieces
        from detect.report.atomic import write_atomic

        write_atomic(path, json_pieces(self))

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes one line a post, for a spreadsheet; no cell of it is a formula.

        Raises:
            ConfigurationError: It cannot be written there.
        """
        from detect.account.showing.output import csv_pieces
        from detect.report.atomic import write_atomic

        write_atomic(path, csv_pieces(self))

    def write_html(
        self,
        path: str | os.PathLike[str],
        *,
        language: Literal["en", "zh"] = "en",
        privacy: bool = False,
        files: bool = True,
    ) -> None:
        """Writes one self-contained page, and pages of the files it shows in a folder beside it.

        Args:
            path: Where to; the folder is named after the journal's content, so that the same
                journal gives the same page under every name.
            language: The one pages open in; the other is a click away.
            privacy: Pixelate faces and thumbnails; leave out handles of others.
            files: Write the pages of files; the page links to them.

        Raises:
            ConfigurationError: It cannot be written there.
        """
        from detect.account.showing.page import write_page

        write_page(self, Path(path), language=language, privacy=privacy, files=files)
