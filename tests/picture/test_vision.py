"""The vision classifier: what it sees, what it says, and when it says nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from detect.core.finding import Finding
from detect.core.media import Frame, Media
from detect.models import runtime
from detect.models.calibration import Calibration
from detect.models.manifest import Manifest, load_manifest
from detect.picture.clip import MEAN, SIZE, STD, ClipEncoder, centre_square, normalise
from detect.picture.vision import VisionDetector, golden_picture, over_shots

IMAGE, VIDEO = Media("a", kind="image"), Media("a", kind="video")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest()


@pytest.fixture(scope="module")
def detector(manifest: Manifest) -> VisionDetector:
    return VisionDetector(manifest, threads=1)


def examine(detector: VisionDetector, *pictures: np.ndarray, media: Media = IMAGE) -> Finding:
    return detector.examine(media, still(pictures), ())


def still(pictures: Sequence[np.ndarray]) -> list[Frame]:
    return [
        Frame(pixels, pts=float(number), index=number, shot=number)
        for number, pixels in enumerate(pictures)
    ]


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(300, 401), (401, 300), (64, 1024), (224, 224)])
def test_the_centre_square_is_resized_with_pillow_bicubic(height: int, width: int) -> None:
    pixels = noise(height, width)
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    reference = (
        Image.fromarray(pixels)
        .crop((left, top, left + side, top + side))
        .resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    )
    assert np.array_equal(centre_square(pixels), np.asarray(reference))


def test_normalisation_is_that_of_clip() -> None:
    square = noise(SIZE, SIZE)
    found = normalise(square)
    expected = (square / 255.0 - np.array(MEAN)) / np.array(STD)
    assert found.shape == (1, 3, SIZE, SIZE)
    assert found.dtype == np.float32
    assert np.allclose(found[0].transpose(1, 2, 0), expected, atol=1e-5)


def test_pictures_that_are_not_contiguous_are_seen_as_they_are() -> None:
    pixels = noise(300, 300)
    mirrored = pixels[:, ::-1]
    assert np.array_equal(centre_square(mirrored), centre_square(mirrored.copy()))


def test_the_golden_picture_has_the_declared_score(
    detector: VisionDetector, manifest: Manifest
) -> None:
    golden = manifest["vision-v3"].declared["golden"]
    assert detector.golden_score() == pytest.approx(golden["score"], abs=golden["tolerance"])


def test_the_golden_tolerance_tells_pictures_apart(
    detector: VisionDetector, manifest: Manifest
) -> None:
    golden = manifest["vision-v3"].declared["golden"]
    assert abs(detector.score(noise(300, 400)) - golden["score"]) > 2 * golden["tolerance"]


def test_exact_sums_for_older_processors_change_nothing_here(
    detector: VisionDetector, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = detector.score(golden_picture())
    monkeypatch.setattr(runtime, "sums_saturate", lambda: True)
    assert VisionDetector(manifest, threads=1).score(golden_picture()) == expected


def test_scores_do_not_depend_on_company_or_order(detector: VisionDetector) -> None:
    pictures = [golden_picture(), noise(200, 300), golden_picture()[::-1]]
    alone = [detector.frame_scores([pixels])[0] for pixels in pictures]
    together = [span.score for span in examine(detector, *pictures, media=VIDEO).spans]
    turned = [span.score for span in examine(detector, *pictures[::-1], media=VIDEO).spans]
    assert together == alone
    assert turned == alone[::-1]


def test_an_image_gets_one_calibrated_llr(detector: VisionDetector, manifest: Manifest) -> None:
    finding = examine(detector, golden_picture())
    calibration = Calibration.parse_json(manifest["vision-v3"].read("calibration"))
    point = calibration.operating_points["low-false-alarm"]
    assert finding.status == "ok"
    assert finding.score is not None
    assert finding.llr == calibration.llr(finding.score)
    assert (finding.positive, finding.negative) == (point.positive, point.negative)
    assert finding.decision is point.decide(finding.llr)
    assert finding.coverage == 1.0
    assert finding.spans == ()


def test_a_video_gets_one_span_a_frame_and_the_calibration_of_videos(
    detector: VisionDetector, manifest: Manifest
) -> None:
    finding = examine(detector, golden_picture(), noise(200, 300), media=VIDEO)
    calibration = Calibration.parse_json(manifest["vision-v3"].read("calibration"), "video")
    scores = [span.score for span in finding.spans]
    assert [(span.start, span.index) for span in finding.spans] == [(0.0, 0), (1.0, 1)]
    assert finding.score == pytest.approx(np.mean([s for s in scores if s is not None]))
    assert finding.llr == calibration.llr(finding.score or 0.0)
    assert finding.positive == calibration.operating_points["low-false-alarm"].positive


def test_frames_that_show_nothing_are_left_out(detector: VisionDetector) -> None:
    black = np.zeros((200, 200, 3), np.uint8)
    finding = examine(detector, black, golden_picture(), media=VIDEO)
    assert [span.reason for span in finding.spans] == ["blank", None]
    assert finding.score == detector.frame_scores([golden_picture()])[0]
    assert finding.coverage == 0.5


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ((), "no-picture"),
        ((noise(63, 500),), "too-small"),
        ((np.full((300, 300, 3), 200, np.uint8),), "blank"),
    ],
)
def test_what_cannot_be_judged_is_not_applicable(
    detector: VisionDetector, pictures: tuple[np.ndarray, ...], reason: str
) -> None:
    finding = examine(detector, *pictures)
    assert (finding.status, finding.reason) == ("not-applicable", reason)
    assert finding.llr is None
    assert finding.decision is None


def test_one_odd_frame_does_not_decide() -> None:
    steady = [(0, -2.0)] * 9
    assert over_shots([*steady, (0, 50.0)]) == -2.0
    assert over_shots([(0, -2.0), (0, -2.0), (1, 4.0)]) == 1.0


def test_the_files_are_those_of_the_manifest_and_of_each_other(manifest: Manifest) -> None:
    model = manifest["vision-v3"]
    model.verify()
    config = json.loads((model.root / "vision-v3" / "config.json").read_text(encoding="utf-8"))
    assert config["backbone_sha256"] == manifest["clip-vit-b16"].files["network"].sha256
    assert config["blocks"] == model.declared["blocks"]
    assert config["preprocessing"]["mean"] == list(MEAN)
    assert config["preprocessing"]["std"] == list(STD)


def test_thresholds_can_be_reached_and_are_ordered(manifest: Manifest) -> None:
    content = manifest["vision-v3"].read("calibration")
    pictures, videos = (Calibration.parse_json(content, kind) for kind in (None, "video"))
    for calibration in (pictures, videos):
        low, high = calibration.clip
        for point in calibration.operating_points.values():
            assert low < point.negative < point.positive < high
        strict, loose = (calibration.operating_points[n] for n in ("low-false-alarm", "balanced"))
        assert strict.positive >= loose.positive  # of videos, the highest real one bounds both
        assert strict.negative <= loose.negative
    strict, loose = (pictures.operating_points[n] for n in ("low-false-alarm", "balanced"))
    assert strict.positive > loose.positive


def test_the_backbone_gives_the_same_tokens_whatever_else_is_asked(manifest: Manifest) -> None:
    every = ClipEncoder(manifest, range(1, 13)).class_tokens(golden_picture())
    some = ClipEncoder(manifest, (2, 7)).class_tokens(golden_picture())
    assert every.shape == (12, 768)
    assert len({token.tobytes() for token in every}) == 12
    assert np.array_equal(some, every[[1, 6]])
