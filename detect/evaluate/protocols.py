"""The two protocols: sources left out and the head fitted anew, or the model as it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.core.finding import Hypothesis
from detect.core.settings import Settings
from detect.detectors.registry import load_classifiers
from detect.evaluate.dataset.manifest import Dataset
from detect.evaluate.dataset.training import trained_on
from detect.evaluate.measuring.cache import Cache
from detect.evaluate.measuring.leave_out import leave_out
from detect.evaluate.measuring.measure import Examiner, Refit, Seen, Shipped, Watch, behind, measure
from detect.evaluate.recipes.picture import Recipe, VisionRecipe
from detect.evaluate.recipes.voice import SpeechRecipe
from detect.evaluate.statistics.bootstrap import ROUNDS
from detect.evaluate.statistics.result import Broken
from detect.evaluate.statistics.scored import Scored
from detect.models.extras import require
from detect.models.manifest import Manifest
from detect.pipeline.inputs import printable
from detect.pipeline.scanner import Scanner

__all__ = ["KINDS", "PROTOCOLS", "Judged", "Plan", "Step", "Work", "judge"]

KINDS: dict[str, Hypothesis] = {"images": "ai_generated", "audio": "voice_synthetic"}
PROTOCOLS = ("leave-out", "shipped")

Step = Callable[[str, int, int], None]
"""Told of slow steps: what, how many done, how many there are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted.

    Attributes:
        kind: `images` or `audio`.
        protocol: One of `PROTOCOLS`.
        conditions: Names; all when empty.
        model: Id of a registered model to judge instead of the shipped ones (`shipped` alone).
        folds: For `leave-out`; 0: one group at a time.
        by: Weights of averages: `source` or `file`.
        rounds: Draws of the bootstrap.
        cache: Folder for what was computed; None keeps nothing.
    """

    kind: str
    protocol: str = "leave-out"
    conditions: tuple[str, ...] = ()
    model: str | None = None
    folds: int = 10
    by: str = "source"
    rounds: int = ROUNDS
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Everything a protocol needs: the dataset, the plan, and who is told of progress."""

    dataset: Dataset
    plan: Plan
    settings: Settings
    conditions: Mapping[str, str]
    manifest: Manifest
    recipe: Recipe | None
    watch: Watch | None
    step: Step | None

    @property
    def sound(self) -> bool:
        return self.plan.kind == "audio"

    def measured(self, examiner: Examiner) -> tuple[list[Seen], tuple[Broken, ...]]:
        """Files that were examined, and those that could not be."""
        mixed = behind(self.dataset.items) if self.sound else {}
        identity = (examiner.identity, *self.conditions, json.dumps(mixed))
        found = measure(
            self.dataset.items,
            examiner,
            list(self.conditions),
            self.settings,
            sound=self.sound,
            cache=Cache(self.plan.cache, identity),
            watch=self.watch,
        )
        return [r for r in found if r.status == "ok"], tuple(
            Broken(printable(r.item.path), r.status, r.reason or "")
            for r in found
            if r.status != "ok"
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a protocol found.

    Attributes:
        seen: Files that were examined.
        broken: Files that could not be.
        scored: By condition, in the order of `seen`.
        model: What was judged, in words.
        method: How, in words.
        trained: First digits of the sha256 of files that the model was trained on; None: not known,
            or left out by the protocol.
    """

    seen: list[Seen]
    broken: tuple[Broken, ...]
    scored: dict[str, Scored]
    model: str
    method: str
    trained: frozenset[str] | None


def judge(work: Work) -> Judged:
    """Applies the protocol of the plan.

    Raises:
        ConfigurationError: The dataset or the plan does not allow an honest figure.
        WeightsError: Weights are missing or corrupt.
    """
    return _leave_out(work) if work.plan.protocol == "leave-out" else _shipped(work)


def _leave_out(work: Work) -> Judged:
    if work.plan.model:
        raise ConfigurationError(
            "leave-out fits the project's own recipe anew; a model of yours is judged as it is: "
            "--protocol shipped"
        )
    require("the protocol leave-out", "eval", "scipy", "sklearn")
    own = SpeechRecipe if work.sound else VisionRecipe
    recipe = work.recipe or own(work.manifest, threads=work.settings.threads)
    seen, broken = work.measured(Refit(recipe))
    if not seen:
        raise ConfigurationError(f"none of the files can be examined; {_first(broken)}")
    scored: dict[str, Scored] = {}
    steps = leave_out(
        seen,
        recipe,
        list(work.conditions),
        folds=work.plan.folds,
        point=work.settings.operating_point,
    )
    count = 0
    for done, count, found in steps:
        if work.step:
            work.step("fits without a fold", done, count)
        scored = found or scored
    method = (
        f"{count} folds of whole sources: every file is scored by a head that was fitted without "
        "its source and repository and, if synthetic, without its generator (if real, without its "
        "collection and speaker), on all conditions together; calibrated, and thresholds set, on "
        "the left-out scores of the other folds"
    )
    return Judged(seen, broken, scored, recipe.name, method, None)


def _shipped(work: Work) -> Judged:
    hypothesis = KINDS[work.plan.kind]
    classifiers = load_classifiers(work.manifest, work.settings)
    voters = [c for c in classifiers if c.hypothesis == hypothesis]
    if work.plan.model:
        voters = [c for c in voters if c.id == work.plan.model]
        if not voters:
            known = ", ".join(c.id for c in classifiers if c.hypothesis == hypothesis)
            raise ConfigurationError(
                f"no model {printable(work.plan.model)!r} answers {hypothesis}; there are {known}"
            )
    names = [c.id for c in voters]
    # Without --model everything that a scan asks is asked: another model's finding may hold a
    # decision back.
    asked = voters if work.plan.model else classifiers
    identity = [
        *(f"{c.id} {c.version}" for c in asked),
        *(model.digest for model in work.manifest.models),
        work.settings.digest(),
    ]
    with Scanner(work.settings, classifiers=asked) as scanner:
        examiner = Shipped(scanner, hypothesis, " ".join(identity))
        seen, broken = work.measured(examiner)
    if not seen:
        raise ConfigurationError(f"none of the files can be examined; {_first(broken)}")
    scored = {name: _as_scored(seen, name) for name in work.conditions}
    method = (
        "every file judged as a scan judges it (what it declares left aside), at the thresholds of "
        "the installed weights"
    )
    own = [name for name in names if name in work.manifest]
    trained = trained_on(work.manifest, own) if len(own) == len(names) else None
    return Judged(seen, broken, scored, " and ".join(names), method, trained)


def _as_scored(seen: Sequence[Seen], condition: str) -> Scored:
    import numpy as np

    answers = [record.answers[condition] for record in seen]
    llr = np.array([np.nan if a.llr is None else a.llr for a in answers])
    return Scored(
        llr,
        llr,
        np.array([a.decision is True for a in answers]),
        np.array([a.decision is False for a in answers]),
    )


def _first(broken: Sequence[Broken]) -> str:
    return f"the first: {broken[0].path}: {broken[0].reason or broken[0].status}"
