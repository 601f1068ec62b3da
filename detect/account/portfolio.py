"""Many accounts: one audit each, one line each, sorted by risk."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from detect.account.audit import audit
from detect.account.exports.place import journal_name
from detect.account.running.engine import Engine, Scored
from detect.account.running.engines import open_engine
from detect.account.showing.portfolio_row import COLUMNS, order, relative, row_of, shown, unread
from detect.core.errors import ConfigurationError, DetectError, WeightsError
from detect.core.settings import Settings
from detect.report.tables.table_csv import cell, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detect.detectors.base import Classifier
    from detect.report.words import Language

__all__ = ["Portfolio", "Watch", "portfolio"]

Watch = Callable[[int, int, str, int, int], None]
"""Called with the number of the account, how many there are, its export, files done and to do."""


def portfolio(
    exports: Iterable[str | os.PathLike[str]],
    *,
    journals: str | os.PathLike[str],
    pages: str | os.PathLike[str] | None = None,
    resume: bool = True,
    settings: Settings | None = None,
    sample: int | None = None,
    margin: float | None = None,
    engine: Engine | Literal["local", "ray"] = "local",
    ray_address: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    classifiers: Sequence[Classifier] | None = None,
    language: Language = "en",
    privacy: bool = False,
    progress: Watch | None = None,
    started: datetime | None = None,
) -> Portfolio:
    """Audits many accounts, one after the other; goes on where an earlier run ended.

    Args:
        exports: As `audit` takes them; the same one twice counts once.
        journals: Folder with a journal for each account; made when it is not there.
        pages: Folder for the page of each account; none are written when None.
        resume: False: start over.
        settings: Defaults to `Settings()`.
        sample: Posts of each account to examine, see `audit`.
        margin: Margin to reach for each account, see `audit`.
        engine: Who scores; see `audit`. One engine serves all accounts and is closed at the end.
        ray_address: Of a running Ray cluster; see `audit`.
        weights: Another folder of weights than the shipped one.
        classifiers: Who looks at the files; the shipped models when None.
        language: The one that pages open in.
        privacy: Pixelate the pictures of pages.
        progress: Told after every file.
        started: Time of new audits; now when None.

    Returns:
        One row an account, sorted by risk. An export that cannot be read is a row that says why.

    Raises:
        ConfigurationError: A folder cannot be made, or a sample or margin is out of range.
        WeightsError: Weights are missing or corrupt.
    """
    settings = settings or Settings()
    if sample is not None and margin is not None:
        raise ConfigurationError("give a sample or a margin, not both")
    if (sample or 0) < 0 or not 0 < (0.5 if margin is None else margin) < 1:
        raise ConfigurationError("a sample is a number of posts, a margin a share below 1")
    home = _folder(journals)
    page_folder = None if pages is None else _folder(pages)
    roots = list(dict.fromkeys(os.path.realpath(os.fspath(e)) for e in exports))
    worker = engine
    if isinstance(worker, str):
        worker = open_engine(
            worker, settings, weights=weights, classifiers=classifiers, ray_address=ray_address
        )
    rows = []
    try:
        for number, root in enumerate(roots, 1):
            name, tell = shown(root), None
            if progress is not None:
                tell = partial(progress, number, len(roots), name)
            journal = home / f"{journal_name(root)}.audit.db"
            if not os.path.exists(root):
                rows.append(unread(root, journal, "there is no such folder or file"))
                continue
            try:
                done = audit(
                    root, journal=journal, resume=resume, settings=settings, sample=sample,
                    margin=margin, engine=_Kept(worker), weights=weights, progress=tell,
                    started=started,
                )  # fmt: skip
                page = None
                if page_folder is not None and done.total:
                    page = page_folder / f"{journal_name(root)}.html"
                if page is not None:
                    done.write_html(page, language=language, privacy=privacy)
                rows.append(row_of(done, root, journal, page))
            except WeightsError:
                raise
            except (DetectError, OSError, sqlite3.Error) as error:
                rows.append(unread(root, journal, str(error)))
            except Exception as error:  # one account that nobody foresaw costs one row
                rows.append(unread(root, journal, f"not understood: {type(error).__name__}"))
    finally:
        worker.close()
    return Portfolio(tuple(sorted(rows, key=order)))


@dataclass(frozen=True)
class Portfolio:
    """Accounts by risk.

    Attributes:
        rows: Values by the names of `COLUMNS`, the riskiest account first. `share` and its ends,
            and `persona_probability`, are shares of one; what is not known is None. Beside them
            `firm` and `paid_firm`: posts whose gap rests on more than a classifier.
    """

    rows: tuple[Mapping[str, Any], ...]

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes one line an account, for a spreadsheet; no cell of it is a formula.

        Raises:
            ConfigurationError: It cannot be written there.
        """
        from detect.report.atomic import write_atomic

        write_atomic(path, self._lines(Path(path)))

    def _lines(self, path: Path) -> Iterator[str]:
        yield "\ufeff" + line(COLUMNS)
        for row in self.rows:
            plain = {**row, "page": relative(row["page"], path)}
            yield line([cell(plain[name]) for name in COLUMNS])

    def write_html(self, path: str | os.PathLike[str], *, language: Language = "en") -> None:
        """Writes one self-contained page, with links to the pages of the accounts where there are.

        Raises:
            ConfigurationError: It cannot be written there.
        """
        from detect.account.showing.portfolio_page import html_pieces
        from detect.report.atomic import write_atomic

        write_atomic(path, html_pieces(self.rows, Path(path), language))


def _folder(path: str | os.PathLike[str]) -> Path:
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot make {folder}: {error.strerror}") from None
    return folder


@dataclass(frozen=True, slots=True)
class _Kept:
    """An engine that stays open from one account to the next."""

    engine: Engine

    @property
    def versions(self) -> Mapping[str, str]:
        return self.engine.versions

    def score(self, paths: Iterable[str]) -> Iterator[Scored]:
        return self.engine.score(paths)

    def close(self) -> None:
        """Left to whoever made the engine."""
