"""Words that disclose, that name a virtual human, that sell; and words that do not."""

from __future__ import annotations

import time

import pytest

from detect.account.judging.cues import find_cues
from detect.account.judging.influence import tier_of


@pytest.mark.parametrize(
    "text",
    [
        "Made with AI",
        "AI-generated image",
        "created using Midjourney v7",
        "本视频由AI生成",
        "画面由人工智能合成",
        "AI绘画",
        "Bild mit KI erstellt",
        "KI-generiert",
        "Image générée par l'IA",
        "vidéo créée avec intelligence artificielle",
        "Imagen creada con inteligencia artificial",
        "Foto hecha con IA",
        "immagine generata con l'intelligenza artificiale",
        "Imagem gerada por IA",
        "gemaakt met AI",
        "AIで生成",
        "AI로 제작",
    ],
)
def test_disclosure(text: str) -> None:
    assert "disclosure" in {c.kind for c in find_cues(text)}


@pytest.mark.parametrize(
    "text",
    [
        "no AI used, not AI-generated",
        "This is NOT AI generated!",
        "非AI生成",
        "没有AI合成",
        "ohne KI erstellt, keine KI-Bilder",
        "sans image IA",
        "hand made with love in Mainz",
        "I said: retail therapy",
        "aim high, train hard",
        "nada de ia, puro talento",
    ],
)
def test_no_disclosure(text: str) -> None:
    assert "disclosure" not in {c.kind for c in find_cues(text)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("虚拟人 · 数字人", "virtual-human"),
        ("AI博主小艾", "virtual-human"),
        ("Virtual influencer based in LA", "virtual-human"),
        ("CGI artist & model", "virtual-human"),
        ("digital human", "virtual-human"),
        ("VTuber debut", "virtual-human"),
        ("直播间带货", "selling"),
        ("use my code LUNA", "selling"),
        ("20% off today", "selling"),
        ("link in bio", "selling"),
        ("Paid partnership with X", "paid"),
        ("Anzeige | Werbung", "paid"),
        ("Collaboration commerciale", "paid"),
        ("本期视频由某某赞助", "paid"),
    ],
)
def test_other_kinds(text: str, kind: str) -> None:
    assert kind in {c.kind for c in find_cues(text)}


def test_hashtags() -> None:
    kinds = {c.kind for c in find_cues("", ("aiart", "ad", "带货", "vtuber"))}
    assert kinds == {"disclosure", "paid", "selling", "virtual-human"}
    assert find_cues("", ("ai", "人工智能", "adorable")) == ()


def test_long_hostile_text_takes_no_time() -> None:
    started = time.process_time()
    for text in ("a" * 20_000, "ai " * 6_600, "内容由" * 6_600, "generad" * 2_800, "%" * 20_000):
        find_cues(text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("followers", "tier"),
    [
        (None, None),
        (9_999, "none"),
        (10_000, "nano"),
        (50_000, "micro"),
        (500_000, "mid"),
        (1_000_000, "macro"),
        (5_000_000, "macro"),
        (5_000_001, "mega"),
    ],
)
def test_tiers(followers: int | None, tier: str | None) -> None:
    assert tier_of(followers) == tier
