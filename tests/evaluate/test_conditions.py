"""Deliveries do what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from detect.evaluate.dataset.picture_conditions import deliver_picture
from detect.evaluate.dataset.sound_conditions import (
    SOUND_CONDITIONS,
    deliver_sound,
    mix,
    pink_noise,
    tune,
)

RATE = 16_000


def speech() -> np.ndarray:
    time = np.arange(2 * RATE) / RATE
    voice = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 40))
    return (0.1 * voice * (1 + np.sin(2 * np.pi * 3 * time))).astype(np.float32)


@pytest.mark.parametrize(
    ("condition", "shape"), [("clean", (900, 1200)), ("web", (576, 768)), ("hard", (384, 512))]
)
def test_pictures_are_reduced_never_enlarged(condition: str, shape: tuple[int, int]) -> None:
    large = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    assert deliver_picture(large, condition).shape == (*shape, 3)
    small = large[:100, :90]
    assert deliver_picture(small, condition).shape == (100, 90, 3)


def test_worse_delivery_is_further_from_the_picture() -> None:
    y, x = np.mgrid[0:300, 0:400]
    picture = np.stack([y % 256, x % 256, (x * y) % 256], -1).astype(np.uint8)
    away = [
        np.abs(deliver_picture(picture, name).astype(int) - picture).mean()
        for name in ("clean", "web", "hard")
    ]
    assert away[0] == 0 < away[1] < away[2]


@pytest.mark.parametrize("condition", SOUND_CONDITIONS)
def test_sound_keeps_its_length_and_is_repeatable(condition: str) -> None:
    samples = speech()
    first, again = (deliver_sound(samples, condition, 7) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.dtype == np.float32
    assert abs(len(first) - len(samples)) < 0.15 * RATE
    assert (condition == "clean") == np.array_equal(first, samples)


def test_the_telephone_holds_nothing_above_4_khz() -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(2 * RATE)).astype(np.float32)
    power = np.abs(np.fft.rfft(deliver_sound(noise, "8khz", 0))) ** 2
    assert power[int(len(power) * 0.55) :].sum() < 0.01 * power.sum()


def test_a_mix_has_the_stated_distance() -> None:
    samples, random = speech(), np.random.default_rng(0)
    for behind in (pink_noise(RATE, random), tune(3 * RATE, random)):
        added = mix(samples, behind, 15) - samples
        ratio = 10 * np.log10(np.mean(samples**2) / np.mean(added**2))
        assert ratio == pytest.approx(15, abs=0.1)
    assert np.array_equal(mix(samples, np.zeros(RATE, np.float32), 15), samples)
