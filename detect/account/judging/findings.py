"""What the journal of an account amounts to."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from detect.account.exports.records.post import Problem, Profile
from detect.account.judging.account import combine_profiles
from detect.account.judging.cues import find_cues
from detect.account.judging.disclosure import OUTCOMES
from detect.account.judging.influence import tier_of
from detect.account.judging.record import Facts, gather, record
from detect.account.judging.who import People, read_persona
from detect.account.running.journal import Journal
from detect.account.running.sampling import margin_of
from detect.account.weighing.change import ChangePoint, find_change
from detect.account.weighing.content import Content, judge_content
from detect.account.weighing.estimate import Share, estimate_share, predictive_value
from detect.account.weighing.rates import Rates, read_rates
from detect.account.weighing.scores import PostScore
from detect.account.weighing.spread import Spreads, read_spreads
from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.media.source import display_name
from detect.models.manifest import load_manifest

__all__ = ["Findings"]

SCHEMA_VERSION = "1"
STRATA = 36
"""Most periods of the timeline: months, else quarters, else years."""


class Findings:
    """What a journal amounts to. Everything follows from the journal alone, byte for byte.

    Args:
        journal: The file.
        settings: Prior and operating point, for what the report says about them.
        weights: Where the weights lie whose error rates are used.

    Raises:
        ConfigurationError: No finished index is in the journal.
    """

    def __init__(
        self,
        journal: str | os.PathLike[str],
        *,
        settings: Settings | None = None,
        weights: str | os.PathLike[str] | None = None,
    ) -> None:
        self.journal = Path(journal)
        self._settings = settings or Settings()
        self._weights = weights
        with Journal(self.journal, writing=False) as book:
            config = book.get("config")
            if config is None:
                raise ConfigurationError(f"{self.journal}: this journal holds no audit yet")
            self.config = config
            self.started = book.get("started") or ""
            self.export = display_name(bytes.fromhex(book.get("export") or ""))[0]
            self.versions: dict[str, str] = json.loads(book.get("versions") or "{}")
            self._profiles = list(book.profiles())
            self.problems: tuple[Problem, ...] = tuple(book.problems())
            self.total = sum(1 for _ in book.post_keys())
            self.planned = int(book.get("planned") or 0)

    def posts(self) -> Iterator[dict[str, Any]]:
        """One plain record a post that was drawn, in time order, as the JSON report holds them."""
        with Journal(self.journal, writing=False) as book:
            for number, post in book.posts(self.planned or 2**62):
                yield record(post, book.items(number, self.config))

    @cached_property
    def _facts(self) -> Facts:
        return gather(self.posts())

    @cached_property
    def profile(self) -> Profile:
        """The account: platform, handle, name, biography, followers."""
        return combine_profiles(self._facts.handles, self._profiles)

    @cached_property
    def rates(self) -> dict[str, Rates]:
        """Error rates of the picture classifier by kind of post, where its weights state them."""
        point = self.versions.get("operating_point", self._settings.operating_point)
        found = {k: read_rates(self._calibration, point, k) for k in ("image", "video")}
        return {kind: rates for kind, rates in found.items() if rates is not None}

    @cached_property
    def _calibration(self) -> bytes:
        """That of the picture classifier that scored the account."""
        root = None if self._weights is None else Path(self._weights).absolute()
        for model in load_manifest(root).models:
            if model.hypothesis == "ai_generated" and f"{model.id}" in self.versions:
                return model.read("calibration")
        return b"{}"

    @cached_property
    def shares(self) -> tuple[Share, tuple[Share, ...]] | None:
        """Share of synthetic posts, in all and by period; None when it cannot be estimated."""
        if not self.rates:
            return None
        facts = self._facts
        name = _period(facts.months)
        drawn: Counter[str] = Counter()
        for month, number in facts.months.items():
            drawn[name(month)] += number
        scored: dict[str, list[PostScore]] = {}
        for score in facts.scores:
            scored.setdefault(name((score.time or "")[:7]), []).append(score)
        grow = self.total / max(sum(drawn.values()), 1)
        strata = [
            (label or "undated", round(drawn[label] * grow), scored.get(label, []))
            for label in sorted(drawn, key=lambda x: (x == "", x))
        ]
        return estimate_share(strata, self.rates)

    @cached_property
    def change(self) -> ChangePoint | None:
        """The change point; None with too few posts that have a time and a score."""
        return find_change(self._facts.scores, self.rates) if self.rates else None

    @cached_property
    def spreads(self) -> dict[str, Spreads]:
        """How evidence is spread over sources by kind of post, where the weights state it."""
        found = {kind: read_spreads(self._calibration, kind) for kind in ("image", "video")}
        return {kind: spreads for kind, spreads in found.items() if spreads is not None}

    @cached_property
    def content(self) -> Content:
        """How the account's content is made."""
        facts = self._facts
        return judge_content(
            facts.scores,
            self.spreads,
            posts=facts.shown,
            declared=facts.declared,
            looked=facts.looked,
            drawn=facts.drawn,
        )

    @cached_property
    def people(self) -> People:
        """Who is behind the account, and on what grounds."""
        with Journal(self.journal, writing=False) as book:
            return read_persona(
                book,
                self.config,
                self.planned or 2**62,
                self.profile,
                self.rates,
                compared=self.versions.get("biometrics") == "on",
            )

    def summary(self) -> dict[str, Any]:
        """The report without its posts, as plain values."""
        facts = self._facts
        cues = find_cues(f"{self.profile.name or ''}\n{self.profile.bio or ''}")
        prior = float(self.versions.get("prior", self._settings.prior))
        image = self.rates.get("image")
        examined = facts.posts
        whole = self.shares[0] if self.shares else None
        return {
            "schema_version": SCHEMA_VERSION,
            "audited_at": self.started,
            "export": self.export,
            "account": {
                **asdict(self.profile),
                "tier": tier_of(self.profile.followers),
                "cues": [asdict(cue) for cue in cues],
                "handles": [
                    {"platform": p, "handle": h, "posts": n}
                    for (p, h), n in sorted(
                        facts.handles.items(), key=lambda x: (-x[1], x[0][0], x[0][1] or "")
                    )
                ],
            },
            "sampling": {
                "posts": self.total,
                "examined": examined,
                "margin": margin_of(examined, self.total),
            },
            "content": asdict(self.content),
            "persona": self.people.plain,
            "counts": {
                "paid": facts.paid,
                "selling": facts.selling,
                "scored": dict(sorted(Counter(score.kind for score in facts.scores).items())),
                "media": dict(sorted(facts.statuses.items())),
                "readers": dict(sorted(facts.readers.items())),
                "platform_labels": dict(sorted(facts.labels.items())),
            },
            "disclosure": {
                "all": {name: facts.outcomes[name] for name in OUTCOMES},
                "paid": {name: facts.paid_outcomes[name] for name in OUTCOMES},
                "firm": {who: facts.firm[who] for who in ("all", "paid")},
                "label_unknown": {who: facts.unseen[who] for who in ("all", "gap")},
            },
            "estimate": None
            if whole is None
            else {
                "share": asdict(whole),
                "periods": [asdict(share) for share in (self.shares or (whole, ()))[1]],
                "error_rates": {
                    kind: {
                        "sensitivity": rates.sensitivity,
                        "false_positive_rate": rates.false_positive_rate,
                        "real_sources": len(rates.real),
                        "ai_sources": len(rates.ai),
                        "fitted_on": rates.fitted_on,
                    }
                    for kind, rates in self.rates.items()
                },
            },
            "change": None if self.change is None else asdict(self.change),
            "predictive_value": None
            if image is None
            else {"prior": prior, **asdict(predictive_value(image, prior))},
            "problems": [asdict(problem) for problem in self.problems],
            "versions": {**self.versions, "config": self.config},
        }

    def report(self, sha256: str) -> dict[str, Any] | None:
        """The whole report on one file, as `detect scan --json` writes it but for timings."""
        with Journal(self.journal, writing=False) as book:
            return book.report(sha256, self.config)

    def attachment(self, sha256: str, name: str) -> bytes | None:
        """Something kept beside a result, for example `thumbnail` (JPEG)."""
        with Journal(self.journal, writing=False) as book:
            return book.attachment(sha256, self.config, name)


def _period(months: Counter[str]) -> Callable[[str], str]:
    """How the months of an account are grouped into at most `STRATA` periods."""

    def quarter(month: str) -> str:
        return f"{month[:4]}-Q{(int(month[5:7]) + 2) // 3}" if month else ""

    if len(months) <= STRATA:
        return lambda month: month
    if len({quarter(m) for m in months}) <= STRATA:
        return quarter
    return lambda month: month[:4]
