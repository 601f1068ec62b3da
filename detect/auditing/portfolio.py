"""Many accounts: one audit each, one line each, sorted by risk."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from detect.account.disclosure import GAP
from detect.auditing.audit import Audit, audit
from detect.auditing.engine import Engine, Scored, open_engine
from detect.auditing.output import cell, line
from detect.auditing.words import advice, words
from detect.core.errors import ConfigurationError, DetectError, WeightsError
from detect.core.settings import Settings, load_settings
from detect.media.source import display_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detect.detectors.base import Classifier
    from detect.models.manifest import Manifest
    from detect.report.words import Language

__all__ = ["COLUMNS", "RISKS", "Portfolio", "Watch", "journal_name", "portfolio", "risk_of"]

Risk = Literal["high", "medium", "open", "low", "unread"]
RISKS: tuple[Risk, ...] = ("high", "medium", "open", "low", "unread")
"""Most worrying first; `risk_of` says what each means."""

Watch = Callable[[int, int, str, int, int], None]
"""Called with the number of the account, how many there are, its export, files done and to do."""

COLUMNS = (
    "risk", "account", "name", "platform", "followers", "tier", "posts", "examined", "share",
    "share_low", "share_high", "persona", "persona_probability", "persona_leaning", "undisclosed",
    "label_removed", "paid", "paid_undisclosed", "selling", "disclosed", "over_disclosed",
    "unclear", "no_sign", "change", "change_time", "change_earliest", "change_latest", "problems",
    "status", "reason", "what_to_do", "audited_at", "export", "journal", "page",
)  # fmt: skip

WIDE = 0.5
"""Upper end of the share's interval from which an account stays open."""


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
        settings: Defaults to `load_settings()`.
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
    settings = settings or load_settings()
    if sample is not None and margin is not None:
        raise ConfigurationError("give a sample or a margin, not both")
    home = _folder(journals)
    shown = None if pages is None else _folder(pages)
    roots = list(dict.fromkeys(os.path.realpath(os.fspath(e)) for e in exports))
    worker = engine
    if isinstance(worker, str):
        manifest = _manifest(weights)
        worker = open_engine(
            worker, settings, manifest=manifest, classifiers=classifiers, ray_address=ray_address
        )
    rows = []
    try:
        for number, root in enumerate(roots, 1):
            name, tell = _shown(root), None
            if progress is not None:
                tell = partial(progress, number, len(roots), name)
            journal = home / f"{journal_name(root)}.audit.db"
            if not os.path.exists(root):
                rows.append(_unread(root, journal, "there is no such folder or file"))
                continue
            try:
                done = audit(
                    root, journal=journal, resume=resume, settings=settings, sample=sample,
                    margin=margin, engine=_Kept(worker), weights=weights, progress=tell,
                    started=started,
                )  # fmt: skip
                page = None
                if shown is not None and done.total:
                    page = shown / f"{journal_name(root)}.html"
                if page is not None:
                    done.write_html(page, language=language, privacy=privacy)
                rows.append(_row(done, root, journal, page))
            except WeightsError:
                raise
            except (DetectError, OSError, sqlite3.Error) as error:
                rows.append(_unread(root, journal, str(error)))
    finally:
        worker.close()
    return Portfolio(tuple(sorted(rows, key=_order)))


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
        from detect.auditing.portfolio_page import html_pieces
        from detect.report.atomic import write_atomic

        write_atomic(path, html_pieces(self, Path(path), language))


def risk_of(row: Mapping[str, Any]) -> Risk:
    """How an account is sorted.

    `high`: a paid post carries evidence of AI and does not say so. `medium`: a post that is not
    known to be paid does. Where only the classifier says so, such posts count when the lower end
    of the interval leaves at least one synthetic post in the account: fewer are its false alarms.
    `open`: nothing of that kind, but the interval reaches beyond one half, a synthetic persona is
    stated, or more than half of the posts stay unclear. `low`: none of this. `unread`: no post
    could be examined.
    """
    if row["status"] != "ok":
        return "unread"
    low = row["share_low"]
    believed = low is None or low * row["posts"] >= 1
    if row["paid_undisclosed"] if believed else row["paid_firm"]:
        return "high"
    if row["undisclosed"] + row["label_removed"] if believed else row["firm"]:
        return "medium"
    unsure = row["share_high"] is None or row["share_high"] > WIDE
    virtual = row["persona"] in ("ai-persona", "cgi-virtual-human")
    if unsure or virtual or row["unclear"] * 2 > row["examined"]:
        return "open"
    return "low"


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """By risk, then paid posts in question, then all of them, then the share's lower end."""
    if row["status"] != "ok":
        return (RISKS.index(row["risk"]), 0, 0, 0, row["export"])
    return (
        RISKS.index(row["risk"]),
        -row["paid_undisclosed"],
        -(row["undisclosed"] + row["label_removed"]),
        -(row["share_low"] or 0.0),
        row["export"],
    )


def _row(done: Audit, root: str, journal: Path, page: Path | None) -> dict[str, Any]:
    summary = done.summary()
    account, persona, change = summary["account"], summary["persona"], summary["change"]
    every, paid = summary["disclosure"]["all"], summary["disclosure"]["paid"]
    share = summary["estimate"]["share"]["share"] if summary["estimate"] else {}
    stated = change if change and change["stated"] else {}
    seen = summary["counts"]["media"].get("ok", 0)
    reason = None
    if not summary["sampling"]["posts"]:
        reason = "no post was found in it"
    elif not seen:
        reason = "none of its files could be examined"
    row = {
        "account": account["handle"] or account["name"] or _short(root),
        "name": account["name"],
        "platform": account["platform"],
        "followers": account["followers"],
        "tier": account["tier"],
        "posts": summary["sampling"]["posts"],
        "examined": summary["sampling"]["examined"],
        "share": share.get("value"),
        "share_low": share.get("low"),
        "share_high": share.get("high"),
        "persona": persona["outcome"],
        "persona_probability": persona["probabilities"].get(persona["leaning"]),
        "persona_leaning": persona["leaning"],
        "undisclosed": every["undisclosed"],
        "label_removed": every["label-removed"],
        "firm": summary["disclosure"]["firm"]["all"],
        "paid": summary["counts"]["paid"],
        "paid_undisclosed": sum(paid[name] for name in GAP),
        "paid_firm": summary["disclosure"]["firm"]["paid"],
        "selling": summary["counts"]["selling"],
        "disclosed": every["disclosed"],
        "over_disclosed": every["over-disclosed"],
        "unclear": every["unclear"],
        "no_sign": every["no-sign"],
        "change": stated.get("direction"),
        "change_time": stated.get("time"),
        "change_earliest": stated.get("earliest"),
        "change_latest": stated.get("latest"),
        "problems": len(summary["problems"]),
        "status": "ok" if reason is None else "empty",
        "reason": reason,
        "what_to_do": advice(summary).en,
        "advice": advice(summary),
        "audited_at": summary["audited_at"],
        "export": _shown(root),
        "journal": str(journal),
        "page": None if page is None else str(page),
    }
    return {"risk": risk_of(row), **row}


def _unread(root: str, journal: Path, reason: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    kept = str(journal) if journal.exists() else None
    return {
        **row, "risk": "unread", "account": _short(root), "status": "unread",
        "reason": reason, "export": _shown(root), "journal": kept, "advice": words("do.empty"),
    }  # fmt: skip


def _manifest(weights: str | os.PathLike[str] | None) -> Manifest | None:
    from detect.models.manifest import load_manifest

    return load_manifest(Path(weights).absolute()) if weights is not None else None


def relative(page: str | None, target: Path) -> str | None:
    """Where a page lies, as seen from a file."""
    if page is None:
        return None
    return os.path.relpath(os.path.abspath(page), os.path.dirname(os.path.abspath(target)))


def journal_name(root: str) -> str:
    """Name of an account's files: that of its export and eight digits of where it lies."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", os.path.basename(root))[:60].strip("._") or "account"
    return f"{plain}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:8]}"


def _shown(root: str) -> str:
    return display_name(os.fsencode(root))[0]


def _short(root: str) -> str:
    return display_name(os.fsencode(os.path.basename(root) or root))[0]


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
