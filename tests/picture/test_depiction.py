"""Photographic, or drawn and rendered: one head more on tokens that are computed once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from detect.core.media import Frame, Media
from detect.models.manifest import Manifest, load_manifest
from detect.picture.class_tokens import SharedEncoder
from detect.picture.clip import ClipEncoder
from detect.picture.depiction import KINDS, DepictionDetector
from detect.picture.vision import VisionDetector, golden_picture

SAMPLES = Path(__file__).parents[2] / "samples"
IMAGE, VIDEO = Media("a", kind="image"), Media("a", kind="video")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest()


@pytest.fixture(scope="module")
def detector(manifest: Manifest) -> DepictionDetector:
    return DepictionDetector(manifest, threads=1)


def cartoon() -> np.ndarray:
    """A character of flat colours and outlines before hills and clouds, 512 x 512."""
    random = np.random.default_rng(0)
    picture = Image.new("RGB", (512, 512), (120, 190, 235))
    pen = ImageDraw.Draw(picture)
    for _ in range(7):
        x, y = int(random.integers(0, 512)), int(random.integers(0, 160))
        for step in range(5):
            pen.ellipse((x + step * 22 - 40, y - 18, x + step * 22 + 10, y + 22), "white")
    hills = [(0, 512), (0, 330), (130, 230), (260, 340), (400, 210), (512, 320), (512, 512)]
    pen.polygon(hills, (70, 120, 90), (20, 40, 30))
    pen.polygon([(140, 512), (170, 390), (230, 350), (290, 350), (350, 390), (380, 512)], "navy")
    pen.ellipse((170, 140, 350, 350), (255, 226, 205), (60, 30, 30), 4)
    hair = [(160, 270), (150, 170), (200, 110), (262, 95), (330, 115), (372, 180), (362, 280)]
    hair += [(340, 200), (318, 235), (300, 180), (270, 230), (240, 175), (215, 240), (190, 195)]
    pen.polygon(hair, (240, 190, 60), (90, 50, 10))
    for x in (205, 280):
        pen.ellipse((x, 225, x + 42, 285), "white", (30, 20, 30), 4)
        pen.ellipse((x + 8, 232, x + 36, 284), (40, 110, 220))
        pen.ellipse((x + 16, 242, x + 30, 272), (10, 10, 40))
        pen.ellipse((x + 12, 238, x + 22, 250), "white")
        pen.arc((x - 4, 205, x + 46, 245), 200, 340, (80, 40, 20), 5)
    pen.line((258, 290, 262, 304), (180, 110, 90), 3)
    pen.arc((238, 295, 288, 330), 20, 160, (150, 40, 50), 4)
    return np.asarray(picture)


def frames(*pictures: np.ndarray) -> list[Frame]:
    return [Frame(p, pts=float(n), index=n, shot=n) for n, p in enumerate(pictures)]


def test_the_golden_picture_has_the_declared_score(
    detector: DepictionDetector, manifest: Manifest
) -> None:
    golden = manifest["depiction-v2"].declared["golden"]
    assert detector.golden_score() == pytest.approx(golden["score"], abs=golden["tolerance"])


def test_a_cartoon_lies_far_from_photographs(detector: DepictionDetector) -> None:
    drawn = detector.examine(IMAGE, frames(cartoon()), ())
    assert drawn.hypothesis == "cgi_character"
    assert drawn.decision is not False
    for name in ("camera-portrait.jpg", "camera-temple.jpg"):
        with Image.open(SAMPLES / name) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        photo = detector.examine(IMAGE, frames(pixels), ())
        assert photo.decision is False
        assert (photo.llr or 0.0) < (drawn.llr or 0.0) - 3
        assert photo.evidence == ()


def test_what_is_clearly_drawn_is_named(
    detector: DepictionDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in KINDS:
        scores = dict.fromkeys(KINDS, -9.0) | {kind: 9.0}
        monkeypatch.setattr(detector, "scores", lambda pixels, scores=scores: scores)
        finding = detector.examine(IMAGE, frames(cartoon()), ())
        assert finding.decision is True
        name = {"head": "rendered-head"}.get(kind, kind)
        assert [e.code for e in finding.evidence] == [f"depiction.{name}"]


def test_a_rendered_head_counts_where_it_is_seen_in_half_of_a_video(
    detector: DepictionDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera, head = dict.fromkeys(KINDS[:2], -9.0), dict.fromkeys(KINDS[:2], -9.0) | {"head": 9.0}
    for heads, decision in ((1, False), (2, True)):
        answers = iter([head] * heads + [camera] * (4 - heads))
        monkeypatch.setattr(detector, "scores", lambda pixels, answers=answers: next(answers))
        finding = detector.examine(VIDEO, frames(*[cartoon() for _ in range(4)]), ())
        assert finding.decision is decision


def test_a_video_is_its_median(detector: DepictionDetector) -> None:
    pictures = [golden_picture(), cartoon(), golden_picture()[:, ::-1].copy()]
    finding = detector.examine(VIDEO, frames(*pictures), ())
    assert finding.score in [
        pytest.approx(sorted(detector.scores(p)[kind] for p in pictures)[1]) for kind in KINDS[:2]
    ]
    assert finding.spans == ()


def test_nothing_to_see_is_not_applicable(detector: DepictionDetector) -> None:
    assert detector.examine(IMAGE, (), ()).reason == "no-picture"
    small, blank = np.zeros((20, 20, 3), np.uint8), np.full((200, 200, 3), 90, np.uint8)
    assert detector.examine(IMAGE, frames(small), ()).reason == "too-small"
    assert detector.examine(IMAGE, frames(blank), ()).reason == "blank"


def test_both_heads_read_the_tokens_of_one_run(
    manifest: Manifest, detector: DepictionDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    once = ClipEncoder._run_together

    def counted(self: ClipEncoder, prepared: Sequence[np.ndarray]) -> list[np.ndarray]:
        runs.append(len(prepared))
        return once(self, prepared)

    monkeypatch.setattr(ClipEncoder, "_run_together", counted)
    encoder = SharedEncoder(manifest, [VisionDetector.id, DepictionDetector.id])
    vision = VisionDetector(manifest, threads=1, encoder=encoder)
    depiction = DepictionDetector(manifest, threads=1, encoder=encoder)
    picture = cartoon()
    vision.examine(IMAGE, frames(picture), ())
    shared = depiction.examine(IMAGE, frames(picture), ())
    assert runs == [1]
    alone = detector.examine(IMAGE, frames(picture), ())
    assert shared.score == pytest.approx(alone.score, abs=1e-4)
    del picture
    assert not encoder._known


def test_preprocessing_travels_with_the_weights(manifest: Manifest) -> None:
    model = manifest["depiction-v2"]
    config = json.loads(model.read("config"))
    assert config["blocks"] == model.declared["blocks"]
    assert config["preprocessing"] == json.loads(json.dumps(model.declared["preprocessing"]))


CORPUS = Path(os.environ.get("DETECT_CORPUS", "../shared/corpus")) / "images"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus; set DETECT_CORPUS")
def test_photographs_of_the_corpus_are_not_called_drawn(detector: DepictionDetector) -> None:
    sources = ("kodak", "cnwedding", "tran550", "krasserm")
    paths = [p for s in sources for p in sorted((CORPUS / "real" / s).iterdir())[:3]]
    for path in paths:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        assert detector.examine(IMAGE, frames(pixels), ()).decision is not True, path
