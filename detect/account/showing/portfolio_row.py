"""One account of a portfolio: what its row holds, and how risky it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from detect.account.judging.disclosure import GAP
from detect.account.judging.findings import Findings
from detect.account.showing.words import advice, words
from detect.media.source import display_name

__all__ = ["COLUMNS", "RISKS", "order", "relative", "risk_of", "row_of", "shown", "unread"]

Risk = Literal["high", "medium", "open", "low", "unread"]
RISKS: tuple[Risk, ...] = ("high", "medium", "open", "low", "unread")
"""Most worrying first; `risk_of` says what each means."""

COLUMNS = (
    "risk", "account", "name", "platform", "followers", "tier", "posts", "examined", "share",
    "share_low", "share_high", "content", "content_probability", "content_leaning", "persona",
    "persona_probability", "persona_leaning", "undisclosed", "label_removed", "declared_in_file",
    "paid", "paid_undisclosed", "selling", "disclosed", "over_disclosed",
    "unclear", "no_sign", "change", "change_time", "change_earliest", "change_latest", "problems",
    "status", "reason", "what_to_do", "audited_at", "export", "journal", "page",
)  # fmt: skip

WIDE = 0.5
"""Upper end of the share's interval from which an account stays open."""


def risk_of(row: Mapping[str, Any]) -> Risk:
    """How an account is sorted.

    `high`: a paid post carries evidence of AI and does not say so. `medium`: a post that is not
    known to be paid does. Where only the classifier says so, such posts count when the lower end
    of the interval leaves at least one synthetic post in the account: fewer are its false alarms.
    `open`: nothing of that kind, but the interval reaches beyond one half, a synthetic persona or
    generated content is stated, or more than half of the posts stay unclear. `low`: none of this.
    `unread`: no post could be examined.
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
    virtual = virtual or row["content"] in ("ai-generated", "mixed")
    if unsure or virtual or row.get("declared_in_file") or row["unclear"] * 2 > row["examined"]:
        return "open"
    return "low"


def order(row: Mapping[str, Any]) -> tuple[Any, ...]:
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


def row_of(done: Findings, root: str, journal: Path, page: Path | None) -> dict[str, Any]:
    """The row of an account that was audited."""
    summary = done.summary()
    account, persona, change = summary["account"], summary["persona"], summary["change"]
    content = summary["content"]
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
        "content": content["outcome"],
        "content_probability": content["probability"],
        "content_leaning": content["leaning"],
        "persona": persona["outcome"],
        "persona_probability": persona["probabilities"].get(persona["leaning"]),
        "persona_leaning": persona["leaning"],
        "undisclosed": every["undisclosed"],
        "label_removed": every["label-removed"],
        "declared_in_file": every["declared-in-file"],
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
        "why": next(iter([r for r in (persona["withheld"], *persona["reasons"]) if r]), None),
        "audited_at": summary["audited_at"],
        "export": shown(root),
        "journal": str(journal),
        "page": None if page is None else str(page),
    }
    return {"risk": risk_of(row), **row}


def unread(root: str, journal: Path, reason: str) -> dict[str, Any]:
    """The row of an export that could not be read."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    kept = str(journal) if journal.exists() else None
    return {
        **row, "risk": "unread", "account": _short(root), "status": "unread",
        "reason": reason, "export": shown(root), "journal": kept, "advice": words("do.empty"),
    }  # fmt: skip


def shown(root: str) -> str:
    """A path as it may be shown."""
    return display_name(os.fsencode(root))[0]


def _short(root: str) -> str:
    return display_name(os.fsencode(os.path.basename(root) or root))[0]


def relative(page: str | None, target: Path) -> str | None:
    """Where a page lies, as seen from a file."""
    if page is None:
        return None
    return os.path.relpath(os.path.abspath(page), os.path.dirname(os.path.abspath(target)))
