"""`detect weights`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detect.core.errors import WeightsError

if TYPE_CHECKING:
    from detect.core.report import Report
    from detect.models.manifest import Model
    from detect.models.user import UserModel
    from detect.pipeline.register import Registration

__all__ = ["weights"]


@click.group()
def weights() -> None:
    """List and verify model weights; add models of your own."""


@weights.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(as_json: bool) -> None:
    """All models: the shipped ones, then your own."""
    from detect.models.manifest import load_manifest
    from detect.models.user import load_user_models

    rows: list[dict[str, Any]] = [
        {
            "id": m.id,
            "version": m.version,
            "role": m.role,
            "hypothesis": m.hypothesis,
            "licence": m.licence,
            "bytes": sum(f.size for f in m.files.values()),
        }
        for m in load_manifest().models
    ] + [
        {
            "id": u.id,
            "version": u.version,
            "role": "classifier (yours)",
            "hypothesis": u.hypothesis,
            "licence": u.licence,
            "bytes": u.size,
        }
        for u in load_user_models()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "version", "role", "about", "licence", "MB")
    for row in rows:
        about = row["hypothesis"] or ""
        size = f"{row['bytes'] / 1e6:.1f}"
        cells = (row["id"], row["version"], row["role"], about, row["licence"], size)
        table.add_row(*map(Text, cells))
    Console().print(table)


@weights.command()
def verify() -> None:
    """Check the size and sha256 of every weight file; exit code 4 when one is wrong."""
    from detect.models.manifest import load_manifest
    from detect.models.user import load_user_model, user_model_ids

    manifest = load_manifest()
    loads: list[Callable[[], Model | UserModel]] = [
        *(partial(manifest.__getitem__, model.id) for model in manifest.models),
        *(partial(load_user_model, model_id) for model_id in user_model_ids()),
    ]
    wrong = 0
    for load in loads:
        try:
            model = load()
            model.verify()
            click.echo(f"ok       {model.id} {model.version}")
        except WeightsError as error:
            wrong += 1
            click.echo(f"CORRUPT  {error}")
    if wrong:
        raise WeightsError(f"{wrong} model(s) are missing or corrupt")


@weights.command()
@click.argument("model_id", metavar="ID")
def show(model_id: str) -> None:
    """Everything that is declared of a model, and its card."""
    from detect.models.manifest import load_manifest
    from detect.models.user import load_user_model, user_model_ids
    from detect.pipeline.inputs import printable

    if model_id in user_model_ids():
        plain = load_user_model(model_id).to_plain()
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
        return
    manifest = load_manifest()
    if model_id not in manifest:
        raise click.UsageError(f"no model {printable(model_id)!r}; see detect weights list")
    model = manifest[model_id]
    click.echo(json.dumps(dict(model.declared), indent=2, ensure_ascii=False))
    card = model.declared.get("card")
    if card:
        click.echo("\n" + (manifest.root / card).read_text(encoding="utf-8"))


@weights.command()
@click.argument("origin", metavar="FOLDER_OR_HUB_NAME")
@click.option("--id", "model_id", required=True, help="What the model is called from now on.")
@click.option(
    "--calibrate",
    "labelled",
    required=True,
    type=click.Path(path_type=Path),
    metavar="MANIFEST.csv",
    help="Labelled files the model was not trained on: columns path, label (real or synthetic) "
    "and, better, source; paths relative to the manifest. At least 20 of each; 300 real ones "
    "show a false-alarm rate of 1 %.",
)
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="LABEL=MEANING",
    help="What a label of the checkpoint means: ai_generated (pictures), voice_synthetic (sound) "
    "or real. Labels left out mean real. Not needed where the names are plain.",
)
@click.option("--revision", help="Full commit hash on the hub; required for a hub name.")
@click.option("--licence", default="unknown", help="SPDX expression of the model's licence.")
@click.option("--replace", is_flag=True, help="Put it in the place of a model of that id.")
def add(
    origin: str,
    model_id: str,
    labelled: Path,
    mapped: tuple[str, ...],
    revision: str | None,
    licence: str,
    replace: bool,
) -> None:
    """Register a transformers classifier of pictures or sound; it votes from then on.

    The checkpoint is copied, so the folder may go afterwards. Only safetensors weights are
    accepted, and code that comes with a checkpoint is never run. A hub name (owner/model) is
    fetched once, here; scanning never uses the network.
    """
    from detect.cli.progress import progress
    from detect.models.label_map import parse_map
    from detect.pipeline.register import register

    def watch(reports: Iterator[Report], total: int) -> Iterator[Report]:
        return progress(reports, total, "calibrating")

    done = register(
        origin,
        model_id,
        labelled,
        labels=parse_map(mapped),
        revision=revision,
        licence=licence,
        replace=replace,
        watch=watch,
    )
    for line in _summary(done):
        click.echo(line)


@weights.command()
@click.argument("model_id", metavar="ID")
def remove(model_id: str) -> None:
    """Remove a model of your own and delete its files."""
    from detect.models.user import remove_model

    remove_model(model_id)
    click.echo(f"{model_id}: removed")


def _summary(done: Registration) -> Iterator[str]:
    from detect.pipeline.inputs import printable

    model, fit = done.model, done.fit
    yield f"{model.id} {model.version}: {model.task}, votes on {model.hypothesis}"
    how = "taken from their names; --map states them" if done.guessed else "as stated"
    labels = ", ".join(f"{printable(k)} = {v}" for k, v in model.labels.items())
    yield f"labels ({how}): {labels}"
    if done.skipped:
        yield f"{len(done.skipped)} files gave no score:"
        yield from (f"  {name}: {why}" for name, why in done.skipped[:5])
        if len(done.skipped) > 5:
            yield "  ..."
    sources = f", {fit.held_out} held out in turn"
    yield f"calibrated on {fit.calibration.fitted_on}{sources}; AUC {fit.auc:.3f}"
    for name, m in fit.measured.items():
        yield (
            f"  {name}: false alarms {m.false_alarms} of {m.real} real ({m.false_alarm_rate:.1%}), "
            f"found {m.found} of {m.synthetic} synthetic ({m.recall:.1%}), "
            f"missed {m.missed}"
        )
    if len(fit.false_alarms_by_source) > 1:
        yield "  false alarms by source (low-false-alarm): " + ", ".join(
            f"{printable(source)} {count}/{total}"
            for source, (count, total) in sorted(fit.false_alarms_by_source.items())
        )
    yield from (f"note: {note}" for note in fit.notes)
    yield f"registered in {printable(str(model.root))}"
