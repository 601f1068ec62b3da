"""The rules as data: which apply on a day, whom they bind, what they ask, where that stands."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from detect.core.serialize import from_plain

__all__ = ["JURISDICTIONS", "Rule", "RuleState", "find_rule", "load_rules", "select_rules"]

RuleState = Literal["in-force", "upcoming", "draft"]
JURISDICTIONS = ("cn", "eu", "us-ny", "us-ca", "us", "in", "kr", "platform")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: Stable id, `cn-measures-6-1`.
        jurisdiction: One of `JURISDICTIONS`.
        kind: `law`, `standard`, `code` (voluntary), `draft` or `platform`.
        title_en: Name and clause.
        title_zh: The same in Chinese.
        binds_en: Whom it binds.
        binds_zh: The same in Chinese.
        trigger_en: What triggers it.
        trigger_zh: The same in Chinese.
        asks_en: What it asks.
        asks_zh: The same in Chinese.
        asks_for: What of it a file can show: `implicit`, `explicit`, `machine-readable`, `signed`,
            `disclosure`.
        source: Where that was read.
        verified: It was read in the secondary source that is named; no text of law was opened at
            its primary address.
        in_force: First day (ISO 8601), None for a draft or where the day is not known.
        wording: Notes a platform shows, by case.
    """

    id: str
    jurisdiction: str
    kind: Literal["law", "standard", "code", "draft", "platform"]
    title_en: str
    title_zh: str
    binds_en: str
    binds_zh: str
    trigger_en: str
    trigger_zh: str
    asks_en: str
    asks_zh: str
    asks_for: tuple[str, ...]
    source: str
    verified: bool
    in_force: str | None = None
    wording: dict[str, str] = field(default_factory=dict)

    def state(self, as_of: dt.date) -> RuleState:
        """Whether it applies on a day."""
        if self.kind == "draft":
            return "draft"
        if self.in_force is None or dt.date.fromisoformat(self.in_force) <= as_of:
            return "in-force"
        return "upcoming"


@lru_cache(maxsize=1)
def load_rules() -> tuple[Rule, ...]:
    """All rules, in the order of the file."""
    text = files("detect.labels").joinpath("rules.toml").read_text(encoding="utf-8")
    return tuple(from_plain(Rule, _plain(item)) for item in tomllib.loads(text)["rule"])


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in item.items()}


def find_rule(id: str) -> Rule:
    """The rule of that id.

    Raises:
        KeyError: There is none.
    """
    for rule in load_rules():
        if rule.id == id:
            return rule
    raise KeyError(id)


def select_rules(
    jurisdictions: Iterable[str] = (), *, as_of: dt.date | None = None
) -> tuple[Rule, ...]:
    """Rules by jurisdiction and day.

    Args:
        jurisdictions: All when empty.
        as_of: Only those in force on that day; all when None.
    """
    wanted = set(jurisdictions) or set(JURISDICTIONS)
    return tuple(
        rule
        for rule in load_rules()
        if rule.jurisdiction in wanted and (as_of is None or rule.state(as_of) == "in-force")
    )
