"""Heat maps find what a score rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detect.models.manifest import load_manifest
from detect.picture.clip import centre_square
from detect.picture.explanation import CELLS, blend, explain, filled
from detect.picture.vision import VisionDetector, golden_picture


def contrast(region: tuple[slice, slice]) -> object:
    """A classifier that looks at the fine detail of one place and nothing else."""

    def scores(pictures: Sequence[np.ndarray]) -> list[float]:
        return [float(picture[region].astype(float).std()) for picture in pictures]

    return scores


@pytest.mark.parametrize("fine", [True, False])
def test_the_map_is_hot_where_the_classifier_looks(fine: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    heat = explain(noise, contrast(np.s_[112:168, 56:112]), fine=fine)
    hot = np.zeros((CELLS, CELLS), bool)
    hot[4:6, 2:4] = True
    assert heat.values.shape == (CELLS, CELLS)
    assert heat.values[hot].min() > 2 * abs(heat.values[~hot]).max() or not fine
    assert heat.values[hot].mean() > 5 * abs(heat.values[~hot]).mean()


def test_a_wide_picture_is_explained_where_it_was_seen() -> None:
    heat = explain(golden_picture(), contrast(np.s_[:, :]), fine=False)
    assert heat.box == pytest.approx((0.125, 0.0, 0.875, 1.0))


def test_blending_changes_the_named_cells_only() -> None:
    square = centre_square(golden_picture())
    cells = np.zeros((CELLS, CELLS), bool)
    cells[0, 0] = True
    mixed = blend(square, filled(square), cells)
    assert not np.array_equal(mixed[:20, :20], square[:20, :20])
    assert np.array_equal(mixed[60:], square[60:])


def test_taking_the_hottest_cells_away_moves_the_score_more_than_random_ones(
    samples: Path,
) -> None:
    """The deletion test in small; on corpus pictures: `scripts/measure/explanation.py`."""
    detector = VisionDetector(load_manifest())
    picture = np.asarray(Image.open(samples / "gan-face.jpg").convert("RGB"))
    square = centre_square(picture)
    filling = filled(square)
    values = explain(picture, detector.scores, fine=False).values.ravel()
    order = np.argsort(-values, kind="stable")
    random = np.random.default_rng(1)

    def away(chosen: np.ndarray) -> np.ndarray:
        cells = np.zeros(CELLS * CELLS, bool)
        cells[chosen] = True
        return blend(square, filling, cells.reshape(CELLS, CELLS))

    hottest, coldest = order[:16], order[-16:]
    draws = [random.permutation(64)[:16] for _ in range(3)]
    whole, hot, cold, *drawn = detector.scores(
        [square, away(hottest), away(coldest), *map(away, draws)]
    )
    assert whole > 0
    assert whole - hot > whole - cold
    assert whole - hot > np.mean([whole - score for score in drawn])
