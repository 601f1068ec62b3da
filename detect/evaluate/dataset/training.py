"""Which files an installed model was trained on, as far as its weights say.

`training.txt` beside the weights holds a line for each file: the first digits of its sha256, a
space, and its source. `scripts/measure/training_list.py` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from detect.core.errors import WeightsError
from detect.models.manifest import Manifest

__all__ = ["DIGITS", "trained_on"]

DIGITS = 12


def trained_on(manifest: Manifest, models: Sequence[str]) -> frozenset[str] | None:
    """First digits of the sha256 of all files that some shipped models were trained on.

    Args:
        manifest: The shipped weights.
        models: Ids; backbones without a list saw no labels of ours and are left out.

    Returns:
        None when one of them does not say.

    Raises:
        WeightsError: A list is damaged.
    """
    found: set[str] = set()
    for name in models:
        path = manifest.root / name / "training.txt"
        if not path.is_file():
            return None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line or line.startswith("#"):
                continue
            digits = line.split(maxsplit=1)[0]
            if len(digits) != DIGITS or not set(digits) <= set("0123456789abcdef"):
                raise WeightsError(f"{path}, line {number}: no {DIGITS} hexadecimal digits")
            found.add(digits)
    return frozenset(found)
