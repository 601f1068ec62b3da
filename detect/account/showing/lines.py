"""The summary of an account at a terminal, in one language."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from detect.account.judging.disclosure import GAP
from detect.account.showing.page import post_address
from detect.account.showing.view import concern
from detect.account.showing.words import (
    advice,
    content_note,
    label_caveat,
    share_caveat,
    title,
    words,
)
from detect.report.text import clean, percent

if TYPE_CHECKING:
    from detect.account.judging.findings import Findings
    from detect.report.words import Language

__all__ = ["account_lines"]

LINKS = 3
"""Posts whose address is printed."""
_HANDLES = 8


def account_lines(
    audit: Findings, language: Language, *, privacy: bool
) -> tuple[list[str], list[str]]:
    """What is printed of an audit, and notes for standard error.

    Args:
        audit: The audit.
        language: Of all words.
        privacy: No addresses of posts.
    """

    def say(key: str, **facts: Any) -> str:
        return words(key).say(language).format(**facts)

    summary = audit.summary()
    account, estimate, change = summary["account"], summary["estimate"], summary["change"]
    tier = ""
    if account["tier"]:
        tier = "，" if language == "zh" else ", "
        named = words(f"tier.{account['tier']}").say(language)
        tier += say("line.followers", number=f"{account['followers']:,}", tier=named)
    name = clean(title(account, os.path.basename(summary["export"])), 100)
    lines = [say("line.on", name=name, platform=clean(account["platform"], 40), tier=tier)]
    handles = [one for one in account["handles"] if one["handle"]]
    if len(handles) > 1:
        shown = [
            say(
                "line.handle",
                handle=clean(one["handle"], 40),
                platform=clean(one["platform"], 40),
                posts=one["posts"],
            )
            for one in handles[:_HANDLES]
        ]
        shown += ["..."] if len(handles) > _HANDLES else []
        lines.append(say("line.together", shown=("、" if language == "zh" else ", ").join(shown)))
    sampling = summary["sampling"]
    drawn = say("line.examined", examined=sampling["examined"], posts=sampling["posts"])
    if sampling["margin"] and sampling["posts"]:
        drawn += say("line.margin", points=f"{sampling['margin'] * 100:.0f}")
    lines.append(drawn)
    content = summary["content"]
    said = words(f"content.{content['outcome']}").say(language)
    if content["outcome"] == "undecided" and content["leaning"]:
        said += say("line.leaning", leaning=words(f"content.{content['leaning']}").say(language))
    sure = content["probability"]
    key = "line.content" if sure is None else "line.content-chance"
    lines.append(say(key, said=said, chance=percent(sure or 0.0)))
    lines.append(f"  - {content_note(summary).say(language)}")
    persona = summary["persona"]
    said = words(f"persona.{persona['outcome']}").say(language)
    if persona["outcome"] == "undecided":
        leaning = words("persona." + persona["leaning"]).say(language)
        said += say("line.leaning", leaning=leaning)
    chance = percent(persona["probabilities"][persona["leaning"]])
    lines.append(say("line.who", said=said, chance=chance))
    for reason in [persona["withheld"], *persona["reasons"]]:
        if reason is not None:
            lines.append(f"  - {clean(reason[language], 300)}")
    caveat = share_caveat(summary)
    if estimate:
        share = {k: percent(v) for k, v in estimate["share"]["share"].items()}
        lines.append(say("line.share", **share))
        lines += [f"  - {caveat.say(language)}"] if caveat else []
    elif caveat:
        lines.append(say("line.no-share", why=caveat.say(language)))
    if change and change["stated"]:
        days = {key: change[key][:10] for key in ("time", "earliest", "latest")}
        key = "line.change-date" if days["earliest"] == days["latest"] else "line.change"
        turned = words(f"change.{change['direction']}").say(language)
        lines.append(say(key, direction=turned, **days))
    for who in ("all", "paid"):
        listed = [
            say("line.count", number=n, outcome=words(f"outcome.{k}").say(language))
            for k, n in summary["disclosure"][who].items()
            if n
        ]
        if listed:
            joined = ("，" if language == "zh" else ", ").join(listed)
            lines.append(say(f"line.{who}", listed=joined))
    if (note := label_caveat(summary)) is not None:
        lines.append(say("line.note", said=note.say(language)))
    lines.append(say("line.do", said=advice(summary).say(language)))
    if not privacy and (urls := _addresses(audit)):
        lines.append(say("line.look", urls=" ".join(urls)))
    notes = []
    if summary["problems"]:
        notes.append(say("line.not-used", number=len(summary["problems"])))
    notes.append(say("line.journal", path=clean(str(audit.journal), 400)))
    return lines, notes


def _addresses(audit: Findings) -> list[str]:
    """Addresses of the posts of most concern."""
    asked = [
        post
        for post in audit.posts()
        if post["disclosure"]["outcome"] in (*GAP, "declared-in-file") and post_address(post["url"])
    ]
    return [clean(post["url"], 300) for post in sorted(asked, key=concern)[:LINKS]]
