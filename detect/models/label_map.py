"""What the labels of a checkpoint mean: stated by the user, or plain from their names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from detect.core.errors import ConfigurationError
from detect.core.finding import Hypothesis

__all__ = ["REAL", "guess_labels", "map_labels", "parse_map"]

REAL = "real"
"""What a label means that speaks for no synthesis."""

_SYNTHETIC = {
    "ai",
    "aigenerated",
    "artificial",
    "cloned",
    "deepfake",
    "deepfakes",
    "fake",
    "generated",
    "spoof",
    "spoofed",
    "synthesized",
    "synthetic",
    "tts",
}
_REAL = {
    "authentic",
    "bonafide",
    "bona",
    "camera",
    "genuine",
    "human",
    "natural",
    "original",
    "real",
}
_NEGATION = {"no", "non", "not", "un", "without"}


def parse_map(items: Sequence[str]) -> dict[str, str]:
    """`LABEL=meaning` options as a table.

    Raises:
        ConfigurationError: One is not of that form, or names a label twice.
    """
    table: dict[str, str] = {}
    for item in items:
        label, equals, meaning = item.rpartition("=")
        if not equals or not label or not meaning:
            raise ConfigurationError(f"--map {item!r} is not of the form LABEL=ai_generated")
        if label in table:
            raise ConfigurationError(f"--map names the label {label!r} twice")
        table[label] = meaning
    return table


def map_labels(
    labels: Sequence[str], stated: Mapping[str, str], hypothesis: Hypothesis
) -> dict[str, str]:
    """The meaning of every label: the hypothesis it speaks for, or `real`.

    Args:
        labels: Of the checkpoint, in the order of its outputs.
        stated: By the user. Empty: the names must be plain. Labels that are left out mean `real`.
        hypothesis: What a model of its kind can be about.

    Raises:
        ConfigurationError: An unknown label or meaning, names that are not plain, or no label that
            speaks for synthesis.
    """
    there = ", ".join(map(repr, labels))
    if not stated:
        guessed = guess_labels(labels, hypothesis)
        if guessed is None:
            raise ConfigurationError(
                f"which labels mean synthetic? The checkpoint has {there}; say for each that does: "
                f'--map "LABEL={hypothesis}"'
            )
        return guessed
    for label, meaning in stated.items():
        if label not in labels:
            near = difflib.get_close_matches(label, labels, n=1, cutoff=0.0)[0]
            raise ConfigurationError(
                f"the checkpoint has no label {label!r}; did you mean {near!r}? It has {there}"
            )
        if meaning not in (hypothesis, REAL):
            raise ConfigurationError(
                f"--map {label}={meaning}: a label of this model can mean {hypothesis} or {REAL}"
            )
    mapped = {label: stated.get(label, REAL) for label in labels}
    if hypothesis not in mapped.values():
        raise ConfigurationError(f'no label means synthetic; state one: --map "LABEL={hypothesis}"')
    if REAL not in mapped.values() and len(labels) > 1:
        raise ConfigurationError("no label is left that means real")
    return mapped


def guess_labels(labels: Sequence[str], hypothesis: Hypothesis) -> dict[str, str] | None:
    """The meaning of labels with plain names (fake, spoof, real, bona fide ...), else None."""
    mapped = {}
    for label in labels:
        words = set(re.split(r"[^a-z]+", label.lower())) - {""}
        synthetic, real = bool(words & _SYNTHETIC), bool(words & _REAL)
        if synthetic == real or words & _NEGATION:
            return None
        mapped[label] = hypothesis if synthetic else REAL
    if hypothesis not in mapped.values() or (len(mapped) > 1 and REAL not in mapped.values()):
        return None
    return mapped
