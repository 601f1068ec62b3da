"""One post of an audit as plain values, and what a pass over all of them counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from detect.account.exports.records.post import Post
from detect.account.judging.cues import find_cues
from detect.account.judging.disclosure import GAP, disclose, duties
from detect.account.judging.influence import is_paid, is_selling
from detect.account.running.journal import Item
from detect.account.weighing.scores import PostScore, answer_of
from detect.media.source import display_name

__all__ = ["Facts", "gather", "record"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What one pass over the posts finds.

    Attributes:
        posts: How many there are.
        paid: Those that are paid for.
        selling: Those that sell something.
        outcomes: Posts by outcome of disclosure.
        paid_outcomes: The same for paid posts.
        firm: Posts that disclose nothing although their file, a mark or a label that was switched
            off says AI, which is more than a classifier's word: `all` and `paid`.
        unseen: Posts whose export keeps no platform label: `all`, and `gap`, those of them that
            disclose nothing else although the evidence says AI.
        labels: Posts by platform label.
        readers: Posts by reader.
        statuses: Files by status.
        handles: Posts by platform and handle.
        months: Posts by month, empty for those without a time.
        scores: The classifiers' answers, in time order.
        shown: Posts with an examined picture or video.
        declared: Of these, posts that platform label, words or file call AI-generated.
        looked: Pictures that were looked at for how they are made.
        drawn: Of these, drawn or rendered ones.
    """

    posts: int
    paid: int
    selling: int
    outcomes: Counter[str] = field(default_factory=Counter)
    paid_outcomes: Counter[str] = field(default_factory=Counter)
    firm: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    readers: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    handles: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    scores: list[PostScore] = field(default_factory=list)
    shown: int = 0
    declared: int = 0
    looked: int = 0
    drawn: int = 0


def gather(records: Iterable[Mapping[str, Any]]) -> Facts:
    """Counts over posts.

    Args:
        records: As `record` makes them, in time order.
    """
    totals: Counter[str] = Counter()
    facts = Facts(0, 0, 0)
    for one in records:
        outcome = one["disclosure"]["outcome"]
        facts.outcomes[outcome] += 1
        facts.paid_outcomes[outcome] += bool(one["paid"])
        if outcome in GAP and _firm(one["disclosure"]):
            facts.firm.update(all=1, paid=one["paid"])
        if not one["labels_kept"]:
            facts.unseen.update(all=1, gap=outcome in GAP)
        totals.update(["posts"], paid=one["paid"], selling=one["selling"])
        facts.statuses.update(item["status"] for item in one["media"])
        facts.labels.update(label["code"] for label in one["platform_labels"])
        facts.readers[one["reader"]] += 1
        facts.handles[one["platform"], one["handle"]] += 1
        facts.months[(one["time"] or "")[:7]] += 1
        if one["score"] is not None:
            facts.scores.append(PostScore(one["time"], **one["score"]))
        seen = [item for item in one["media"] if item["kind"] in ("image", "video")]
        answers = [item["drawn"] for item in seen if item["drawn"] is not None]
        totals.update(looked=len(answers), drawn=sum(answers), shown=bool(seen))
        matrix = one["disclosure"]["matrix"]
        said = any(matrix[source] for source in ("platform", "text", "file"))
        totals.update(declared=bool(seen) and said)
    return replace(
        facts,
        posts=totals["posts"],
        paid=totals["paid"],
        selling=totals["selling"],
        shown=totals["shown"],
        declared=totals["declared"],
        looked=totals["looked"],
        drawn=totals["drawn"],
    )


def _firm(disclosure: Mapping[str, Any]) -> bool:
    said = set(disclosure["basis"]) & {"file", "mark"}
    return bool(said or disclosure["matrix"]["removed"])


def record(post: Post, items: Sequence[Item]) -> dict[str, Any]:
    """One post with everything that is known about it, as plain values of the JSON report.

    Args:
        post: From the journal, without its files.
        items: Its files with their results.
    """
    cues = find_cues(post.text, post.hashtags)
    results = [i.summary for i in items if i.summary is not None and i.role == "media"]
    found = disclose(post, cues, results)
    paid = is_paid(post, cues)
    score = answer_of(results, post.time)
    return {
        "id": post.id,
        "platform": post.platform,
        "handle": post.handle,
        "time": post.time,
        "url": post.url,
        "text": post.text,
        "hashtags": list(post.hashtags),
        "counts": dict(sorted(post.counts.items())),
        "reader": post.reader,
        "sidecar": post.sidecar,
        "platform_labels": [asdict(label) for label in post.labels],
        "labels_kept": post.labels_kept,
        "unread": post.unread,
        "cues": [asdict(cue) for cue in cues],
        "paid": paid,
        "paid_by": list(post.paid),
        "selling": is_selling(post, cues),
        "disclosure": {
            "outcome": found.outcome,
            "by": list(found.by),
            "basis": list(found.basis),
            "matrix": {
                k: list(v) if isinstance(v, tuple) else v for k, v in asdict(found.matrix).items()
            },
        },
        "duties": duties(found, results, paid=paid),
        "score": None
        if score is None
        else {"kind": score.kind, "llr": score.llr, "answer": score.answer},
        "media": [_media(item) for item in items],
    }


def _media(item: Item) -> dict[str, Any]:
    path, exact = display_name(item.path)
    known = item.summary or item.failure or {}
    status = known.get("status")
    if status is None:
        status = "pending" if item.role == "media" else "not-scored"
    picture = (item.summary or {}).get("picture") or {}
    voice = (item.summary or {}).get("voice") or {}
    return {
        "path": path,
        "path_bytes": exact,
        "role": item.role,
        "sha256": item.sha256,
        "status": status,
        "reason": known.get("reason"),
        "kind": known.get("kind"),
        "verdict": known.get("label"),
        "probability": known.get("probability"),
        "picture_llr": picture.get("llr"),
        "voice_llr": voice.get("llr"),
        "drawn": ((item.summary or {}).get("depiction") or {}).get("decision"),
    }
