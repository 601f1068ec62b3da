"""Every file of a dataset through every condition: what the model says, or its features."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from detect.core.finding import Hypothesis
from detect.core.media import AudioClip, Frame
from detect.core.provenance import Provenance
from detect.core.settings import Settings
from detect.evaluate.dataset.manifest import Item
from detect.evaluate.measuring.cache import Cache
from detect.evaluate.recipes.picture import Recipe
from detect.pipeline.extraction import Extracted, Extractor
from detect.pipeline.scanner import Scanner

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Answer", "Examiner", "Refit", "Seen", "Shipped", "Watch", "behind", "measure"]

TASK = "detect.evaluate.dataset.delivery:deliver"
DARK = 50.0
"""Mean luma (0 to 255) under which a picture counts as dark: night, stage, low key."""

Watch = Callable[[Iterator["Seen"], int], Iterator["Seen"]]
"""Passes records on, given how many there will be; for progress bars."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a file under one condition.

    Attributes:
        llr: Calibrated log-likelihood ratio, None where there is none (yet).
        decision: True, False, or None for an abstention.
        reason: Why there is neither llr nor features.
        features: For a protocol that fits the scorer anew.
    """

    llr: float | None = None
    decision: bool | None = None
    reason: str | None = None
    features: npt.NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One file of the dataset, examined.

    Attributes:
        item: Which.
        status: `ok`, or why it could not be decoded.
        reason: Sentence about a status that is not `ok`.
        sha256: Of the file, None when it could not be read.
        dark: Whether the picture is dark (`DARK`).
        answers: By condition; empty when the status is not `ok`.
    """

    item: Item
    status: str
    reason: str | None = None
    sha256: str | None = None
    dark: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict)


class Examiner(Protocol):
    """Looks at one view of a file.

    Attributes:
        identity: Changes when its answers would; names cached ones.
    """

    identity: str

    def examine(self, view: Extracted) -> Answer:
        """Answers for a file with one frame or one stretch of sound."""
        ...


class Refit:
    """Keeps the features that a recipe will be fitted on."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self.identity = f"features: {recipe.identity}"

    def examine(self, view: Extracted) -> Answer:
        """Features of the view."""
        found = self._recipe.features(
            view.frames[0] if view.frames else None, view.audio[0] if view.audio else None
        )
        if isinstance(found, str):
            return Answer(reason=found)
        return Answer(features=found.astype("float16"))


class Shipped:
    """Judges a view as a scan does, but for declarations, which are no model's work.

    Args:
        scanner: With the models and the operating point.
        hypothesis: What is asked.
        identity: Of the models and settings.
    """

    def __init__(self, scanner: Scanner, hypothesis: Hypothesis, identity: str) -> None:
        self._scanner = scanner
        self._hypothesis: Hypothesis = hypothesis
        self.identity = f"judged: {identity}"

    def examine(self, view: Extracted) -> Answer:
        """The fused answer of the models."""
        result = self._scanner.judge(view).hypotheses[self._hypothesis]
        if result.llr is None:
            return Answer(reason=result.reason or result.status)
        return Answer(llr=result.llr, decision=result.decision)


def measure(
    items: Sequence[Item],
    examiner: Examiner,
    conditions: Sequence[str],
    settings: Settings,
    *,
    sound: bool,
    cache: Cache,
    watch: Watch | None = None,
) -> list[Seen]:
    """Has every file decoded in the workers, delivered in every condition, and examined.

    Args:
        items: The files.
        examiner: Who looks at them.
        conditions: Names from `PICTURE_CONDITIONS` or `SOUND_CONDITIONS`.
        settings: Limits, workers, threads.
        sound: Whether the sound is examined, not the picture.
        cache: Where answers of an earlier run lie.
        watch: Passes the records on as they arrive.
    """
    records = _records(items, examiner, conditions, settings, sound, cache)
    return list(watch(records, len(items)) if watch else records)


def _records(
    items: Sequence[Item],
    examiner: Examiner,
    conditions: Sequence[str],
    settings: Settings,
    sound: bool,
    cache: Cache,
) -> Iterator[Seen]:
    known = {number: cache.get(item.path) for number, item in enumerate(items)}
    missing = [item.path for number, item in enumerate(items) if known[number] is None]
    extra = {
        "conditions": list(conditions),
        "sound": sound,
        "behind": behind(items) if sound else {},
    }
    with Extractor(settings, task=TASK, extra=extra) as extractor:
        fresh = extractor.extract(missing)
        for number, item in enumerate(items):
            stored = known.pop(number)
            if stored is not None:
                yield _restored(item, conditions, *stored)
                continue
            seen = _examined(item, next(fresh), examiner, conditions, sound)
            if seen.status == "ok":
                cache.put(item.path, *_plain(seen, conditions))
            yield seen


def behind(items: Sequence[Item]) -> dict[str, list[str]]:
    """Real files of the dataset that hold noise or music, to mix behind voices."""
    found: dict[str, list[str]] = {"noise15": [], "music10": []}
    for item in items:
        if item.synthetic is False and item.beside:
            kinds = " ".join((item.beside, *item.categories)).lower()
            key = "music10" if "music" in kinds else "noise15" if "singing" not in kinds else None
            if key:
                found[key].append(os.fsencode(os.path.abspath(item.path)).hex())
    return found


def _examined(
    item: Item, file: Extracted, examiner: Examiner, conditions: Sequence[str], sound: bool
) -> Seen:
    digest = file.media.sha256
    if file.status != "ok":
        return Seen(item, file.status, file.reason, digest)
    views: Sequence[Frame | AudioClip] = file.audio if sound else file.frames
    if len(views) != len(conditions):
        what = "sound" if sound else "picture"
        return Seen(item, "unreadable", f"there is no {what} in it", digest)
    bare = replace(file, provenance=Provenance(), frames=(), audio=(), notes=())
    answers = {}
    for name, view in zip(conditions, views, strict=True):
        one = (
            replace(bare, audio=(view,))
            if isinstance(view, AudioClip)
            else replace(bare, frames=(view,))
        )
        answers[name] = examiner.examine(one)
    return Seen(item, "ok", None, digest, _is_dark(file.frames), answers)


def _is_dark(frames: Sequence[Frame]) -> bool:
    """Rec. 601 luma of the first view."""
    if not frames:
        return False
    red, green, blue = (float(v) for v in frames[0].pixels[::4, ::4].mean(axis=(0, 1)))
    return 0.299 * red + 0.587 * green + 0.114 * blue < DARK


def _plain(
    seen: Seen, conditions: Sequence[str]
) -> tuple[dict[str, Any], npt.NDArray[np.float16] | None]:
    import numpy as np

    answers = [seen.answers[name] for name in conditions]
    facts = {
        "sha256": seen.sha256,
        "dark": seen.dark,
        "answers": [[a.llr, a.decision, a.reason, a.features is not None] for a in answers],
    }
    rows = [a.features for a in answers if a.features is not None]
    return facts, np.stack(rows) if rows else None


def _restored(
    item: Item,
    conditions: Sequence[str],
    facts: dict[str, Any],
    features: npt.NDArray[np.float16] | None,
) -> Seen:
    rows = iter(() if features is None else features)
    answers = {
        name: Answer(llr, decision, reason, next(rows) if has else None)
        for name, (llr, decision, reason, has) in zip(conditions, facts["answers"], strict=True)
    }
    return Seen(item, "ok", None, facts["sha256"], facts["dark"], answers)
