"""What labels mean is taken from plain names only, and asked for otherwise."""

from __future__ import annotations

import pytest

from detect import ConfigurationError
from detect.models.label_map import guess_labels, map_labels, parse_map


@pytest.mark.parametrize(
    ("labels", "synthetic"),
    [
        (("Fake", "Real"), {"Fake"}),
        (("human", "AI-generated"), {"AI-generated"}),
        (("bona-fide", "spoof"), {"spoof"}),
        (("artificial", "human"), {"artificial"}),
        (("fake",), {"fake"}),
    ],
)
def test_plain_names_speak_for_themselves(labels: tuple[str, ...], synthetic: set[str]) -> None:
    guessed = guess_labels(labels, "ai_generated")
    assert guessed is not None
    assert {label for label, meaning in guessed.items() if meaning == "ai_generated"} == synthetic


@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1"),
        ("not fake", "fake"),
        ("real", "midjourney"),
        ("realism", "cubism"),
        ("fake real", "real"),
        ("fake", "synthetic"),
        ("real",),
    ],
)
def test_other_names_are_asked_for(labels: tuple[str, ...]) -> None:
    assert guess_labels(labels, "ai_generated") is None
    with pytest.raises(ConfigurationError, match="which labels mean synthetic"):
        map_labels(labels, {}, "ai_generated")


def test_labels_left_out_mean_real() -> None:
    stated = parse_map(["midjourney=ai_generated", "a=b=ai_generated"])
    assert map_labels(("photo", "midjourney", "a=b"), stated, "ai_generated") == {
        "photo": "real",
        "midjourney": "ai_generated",
        "a=b": "ai_generated",
    }


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"fkae": "ai_generated"}, "did you mean 'fake'"),
        ({"fake": "voice_synthetic"}, "can mean ai_generated or real"),
        ({"fake": "real"}, "no label means synthetic"),
        ({"fake": "ai_generated", "photo": "ai_generated"}, "no label is left that means real"),
    ],
)
def test_a_wrong_map_is_refused(stated: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        map_labels(("photo", "fake"), stated, "ai_generated")


@pytest.mark.parametrize("items", [["fake"], ["=real"], ["fake="], ["a=real", "a=real"]])
def test_an_option_that_is_no_map_is_refused(items: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        parse_map(items)
