"""The rules as data."""

from __future__ import annotations

import datetime as dt

from detect.core.provenance import Provenance
from detect.labels import grade
from detect.labels.rules import JURISDICTIONS, load_rules, select_rules


def test_every_rule_names_its_source_and_whom_it_binds() -> None:
    rules = load_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.jurisdiction in JURISDICTIONS
        assert rule.source and rule.binds_en and rule.trigger_en and rule.asks_en, rule.id
        assert rule.title_zh and rule.binds_zh and rule.trigger_zh and rule.asks_zh, rule.id
        assert rule.kind != "draft" or rule.in_force is None, rule.id


def test_the_laws_and_platforms_that_must_be_there() -> None:
    ids = {rule.id for rule in load_rules()}
    articles = {f"cn-measures-{n}" for n in ("4", "5", "6-1", "6-2", "6-3", "6-4", "9", "10")}
    clauses = {f"cn-gb45438-{n}" for n in ("5.2", "5.3", "5.4", "e")}
    others = {
        "cn-digital-human-draft", "eu-ai-act-50-2", "eu-ai-act-50-4", "eu-code-of-practice",
        "us-ny-gbl-396-b", "us-ca-sb942-latent", "us-ca-ab853-platforms", "in-it-rules-2026",
        "kr-ai-basic-act-31",
    }  # fmt: skip
    platforms = {
        f"platform-{name}"
        for name in (
            "douyin", "xiaohongshu", "bilibili", "weibo", "kuaishou", "tiktok", "youtube", "meta"
        )
    }  # fmt: skip
    assert articles | clauses | others | platforms <= ids


def test_the_day_decides_which_apply() -> None:
    early = {rule.id for rule in select_rules(as_of=dt.date(2025, 12, 1))}
    late = {rule.id for rule in select_rules(as_of=dt.date(2027, 1, 1))}
    assert "cn-measures-5" in early and "eu-ai-act-50-2" not in early
    assert {"eu-ai-act-50-2", "us-ca-ab853-platforms"} <= late
    assert not any("draft" in id for id in late)


def test_a_grade_knows_the_day() -> None:
    labels = grade({}, Provenance(), as_of=dt.date(2026, 1, 1))
    assert labels["cn"].category == "none-found"
    assert labels["eu"].category == "not-in-force"
    assert labels["eu"].extra["in_force"] == "2026-06-10"
    assert labels["us-ny"].category == "not-in-force"
    states = {rule.id: rule.state for rule in labels["us-ca"].rules}
    assert states["us-ca-sb942-latent"] == "upcoming"


def test_what_is_not_verified_says_so() -> None:
    doubtful = {rule.id for rule in load_rules() if not rule.verified}
    assert {"cn-measures-6-4", "cn-gb45438-5.3", "us-no-fakes", "platform-xiaohongshu"} <= doubtful
