"""One evaluation from start to end: examine the dataset, apply the protocol, count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.core.version import VERSION
from detect.evaluate.dataset.manifest import Dataset
from detect.evaluate.dataset.picture_conditions import PICTURE_CONDITIONS
from detect.evaluate.dataset.sound_conditions import SOUND_CONDITIONS
from detect.evaluate.measuring.measure import Watch, behind
from detect.evaluate.protocols import Judged, Plan, Step, Work, judge
from detect.evaluate.recipes.picture import Recipe
from detect.evaluate.results.tally import Tally
from detect.evaluate.statistics.metrics import reliability
from detect.evaluate.statistics.result import SCHEMA, Evaluation
from detect.models.manifest import Manifest, load_manifest
from detect.pipeline.inputs import printable

__all__ = ["evaluate"]


def evaluate(
    dataset: Dataset,
    plan: Plan,
    settings: Settings,
    *,
    recipe: Recipe | None = None,
    watch: Watch | None = None,
    step: Step | None = None,
) -> Evaluation:
    """Measures a model on a labelled dataset.

    Args:
        dataset: From `read_dataset`.
        plan: What is wanted.
        settings: Operating point, workers, limits.
        recipe: What `leave-out` fits; the project's own when None.
        watch: Passes records on as files are examined.
        step: Told of the fits.

    Raises:
        ConfigurationError: Something about the dataset or the plan does not allow an honest figure.
        WeightsError: Weights are missing or corrupt.
    """
    manifest = load_manifest()
    known = SOUND_CONDITIONS if plan.kind == "audio" else PICTURE_CONDITIONS
    conditions = {name: known[name] for name in plan.conditions or known}
    judged = judge(Work(dataset, plan, settings, conditions, manifest, recipe, watch, step))
    tally = Tally(judged.seen, by=plan.by, trained=judged.trained, rounds=plan.rounds)
    summaries, failures = {}, list[ConfigurationError]()
    for number, (name, values) in enumerate(judged.scored.items()):
        if step:
            step("confidence intervals", number, len(judged.scored))
        try:
            summaries[name] = tally.summary(name, values)
        except ConfigurationError as error:
            failures.append(error)
    if not summaries:
        raise failures[0]
    scored = {name: judged.scored[name] for name in summaries}
    unscored = tally.unscored(judged.seen, list(conditions))
    return Evaluation(
        schema=SCHEMA,
        kind=plan.kind,
        dataset=printable(dataset.name),
        dataset_sha256=dataset.sha256,
        protocol=plan.protocol,
        model=judged.model,
        method=judged.method,
        operating_point=settings.operating_point,
        weights=plan.by,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        versions=_versions(manifest),
        conditions={name: text for name, text in conditions.items() if name in summaries},
        files=len(dataset.items),
        left_out=dataset.left_out,
        broken=judged.broken,
        unscored=unscored,
        summaries=summaries,
        categories=tally.by_category(scored),
        real_sources=tally.by_source(scored, synthetic=False),
        synthetic_sources=tally.by_source(scored, synthetic=True),
        generators=tally.by_generator(scored),
        beside=tally.beside(scored),
        curves={name: tally.curve(values) for name, values in scored.items()},
        reliability={n: reliability(*tally.arrays(values)) for n, values in scored.items()},
        notes=(
            *(f"Left out: {error}." for error in failures),
            *_notes(dataset, plan, judged, tally),
        ),
    )


def _versions(manifest: Manifest) -> dict[str, str]:

    return {
        "detect": VERSION,
        **{f"{model.id} {model.version}": model.digest[:12] for model in manifest.models},
    }


def _notes(dataset: Dataset, plan: Plan, judged: Judged, tally: Tally) -> Iterator[str]:
    items = dataset.items
    if dataset.repeated:
        yield (
            f"{dataset.repeated} files have the content of another one and were left out; sources "
            "that share a file count as one."
        )
    if plan.protocol == "shipped" and not plan.model:
        if judged.trained is None:
            yield (
                "The weights do not list the files they were trained on: if files of this dataset "
                "are among them, the figures flatter."
            )
        elif tally.without_trained:
            yield (
                f"The model was trained on {tally.trained} of these files; they are marked in the "
                "rows and left out of the averages, curves and diagrams."
            )
        elif tally.trained:
            yield (
                f"The model was trained on {tally.trained} of these files and too few sources "
                "remain without them: the averages include them and flatter. Not a measurement "
                "of how good the model is on new sources."
            )
        else:
            yield (
                "None of these files is byte for byte one of those the model was trained on; "
                "copies in another encoding are not recognised."
            )
    if not any(item.categories for item in items):
        yield (
            "The manifest names no categories: a column category, faces or language, or "
            "--categories, would show which kinds of real files are called synthetic."
        )
    if plan.kind == "audio":
        mixed = behind(items)
        for condition, what in (("noise15", "pink noise"), ("music10", "a plain tune")):
            if not mixed[condition]:
                yield f"{condition}: the dataset holds none to mix in, so {what} made by formula."
    for word, own in (("real", False), ("synthetic", True)):
        count = len({i.group for i in items if i.counts and i.synthetic == own})
        if count < 10:
            yield (
                f"Only {count} independent sources of {word} files: the intervals are wide, and "
                "too narrow still."
            )
