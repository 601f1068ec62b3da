"""Which pictures get a heat map."""

from __future__ import annotations

import numpy as np
import pytest

from detect.core.finding import Finding, Span
from detect.core.heatmap import HeatMap
from detect.core.media import Frame, Media
from detect.pipeline import explainer
from detect.pipeline.explainer import Explainer
from detect.pipeline.extraction import Extracted


class Fake:
    """A classifier that remembers how fine its maps were wanted."""

    id = "fake"

    def __init__(self) -> None:
        self.fine: list[bool] = []

    def heat_map(self, pixels: np.ndarray, *, fine: bool = True) -> HeatMap:
        self.fine.append(fine)
        return HeatMap(np.zeros((8, 8), np.float32), (0.0, 0.0, 1.0, 1.0))


def file(kind: str = "image", frames: int = 1) -> Extracted:
    pixels = np.zeros((64, 64, 3), np.uint8)
    return Extracted(
        Media("a", kind=kind),  # type: ignore[arg-type]
        "ok",
        frames=tuple(Frame(pixels, float(n), index=n) for n in range(frames)),
    )


def found(decision: bool | None, spans: tuple[Span, ...] = ()) -> list[Finding]:
    return [Finding("fake", "1", "ai_generated", decision=decision, spans=spans)]


@pytest.mark.parametrize(("decision", "maps"), [(True, 1), (None, 1), (False, 0)])
def test_unasked_only_what_a_person_will_look_at(decision: bool | None, maps: int) -> None:
    fake, explains = Fake(), Explainer("open")
    heat = explains.maps(file(), found(decision), [fake])  # type: ignore[list-item]
    assert len(heat) == maps
    assert fake.fine == [False] * maps
    assert explains.overlays(file(), heat) == ()


def test_unasked_no_video_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explainer, "MOST_HEAT", 2)
    fake, explains = Fake(), Explainer("open")
    assert not explains.maps(file("video", 3), found(True), [fake])  # type: ignore[list-item]
    made = [bool(explains.maps(file(), found(True), [fake])) for _ in range(4)]  # type: ignore[list-item]
    assert made == [True, True, False, False]


def test_asked_for_all_pictures_are_fine_and_scored_frames_quick() -> None:
    fake, explains = Fake(), Explainer("all")
    heat = explains.maps(file(), found(False), [fake])  # type: ignore[list-item]
    assert [overlay.index for overlay in explains.overlays(file(), heat)] == [None]
    blank = Span(1.0, 1.0, reason="blank", index=1)
    video = file("video", 3)
    heat = explains.maps(video, found(True, (blank,)), [fake])  # type: ignore[list-item]
    assert [overlay.index for overlay in explains.overlays(video, heat)] == [0, 2]
    assert fake.fine == [True, False, False]


def test_nothing_where_nothing_was_scored() -> None:
    fake = Fake()
    missing = [Finding("fake", "1", "ai_generated", "not-applicable", "blank")]
    assert not Explainer("all").maps(file(), missing, [fake])  # type: ignore[list-item]
    assert not Explainer("off").maps(file(), found(True), [fake])  # type: ignore[list-item]
