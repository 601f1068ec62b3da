"""`detect eval`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from detect.cli.options import settings_options
from detect.core.settings import load_settings

if TYPE_CHECKING:
    from detect.evaluate.measuring.measure import Seen
    from detect.evaluate.statistics.result import Evaluation

__all__ = ["evaluate"]

F = TypeVar("F", bound=Callable[..., Any])


def _common(command: F) -> F:
    """The options of both kinds."""
    for option in reversed(
        (
            click.argument("dataset", type=click.Path(path_type=Path), metavar="DATASET"),
            click.option(
                "--protocol",
                type=click.Choice(("leave-out", "shipped")),
                default="leave-out",
                show_default=True,
                help="leave-out: how good the method is on sources it has not seen, the head "
                "fitted anew without each; needs detect-synthetic[eval]. shipped: how good the "
                "installed model is on your files, judged as a scan judges them.",
            ),
            click.option(
                "--model", metavar="ID", help="Judge only this model (with --protocol shipped)."
            ),
            click.option(
                "--folds",
                type=click.IntRange(min=0),
                default=10,
                show_default=True,
                help="Parts that whole sources are left out in; 0: one source or repository at a "
                "time, which takes longest. 1 is not possible.",
            ),
            click.option(
                "--weights",
                type=click.Choice(("source", "file")),
                default="source",
                show_default=True,
                help="Averages: a source of n files counts 1/sqrt(n) a file, or files count alike.",
            ),
            click.option(
                "--categories",
                type=click.Path(path_type=Path),
                metavar="RULES.csv",
                help="Lines of column,pattern,category: kinds of files, where the manifest has no "
                "column of them.",
            ),
            click.option(
                "--limit-per-source",
                type=click.IntRange(min=1),
                metavar="N",
                help="At most N files of each source.",
            ),
            click.option(
                "--out",
                type=click.Path(file_okay=False, path_type=Path),
                metavar="FOLDER",
                help="Where report.md, report.html and report.json go.  [default: "
                "detect-eval-images or -audio]",
            ),
            click.option(
                "--cache",
                type=click.Path(file_okay=False, path_type=Path),
                metavar="FOLDER",
                help="What was computed of each file, so that a run goes on where it was stopped.  "
                "[default: cache in the folder of the report]",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
            click.option(
                "--config", type=click.Path(exists=True, dir_okay=False), help="Settings file."
            ),
            settings_options("operating_point", "workers", "threads", "timeout"),
        )
    ):
        command = option(command)
    return command


@click.group("eval")
def evaluate() -> None:
    """Measure how good a model is on labelled files, false positives first.

    DATASET is a CSV or TSV file with a header: path (relative to it), label (real, or synthetic or
    ai; KIND-real and KIND-ai for files beside the question, such as music-real; cgi for neither),
    source (or origin) and, for synthetic files, generator (or system). Used where they are there:
    origin or group (what belongs together: sources of one repository are left out together),
    category, faces, language, corpus, speaker.

    A figure over one source says nothing about the next, so fewer than two sources of real or of
    synthetic files are an error, and no average is printed without what each source got. Files
    that cannot be examined are counted in the report; the exit code is 0 all the same.
    """


@evaluate.command("images")
@_common
def images(**given: Any) -> None:
    """Pictures: as they are (clean), as a site delivers them (web), and worse (hard).

    clean: as is; web: longest side at most 768, JPEG 60; hard: at most 512, JPEG 40.
    """
    _run("images", **given)


@evaluate.command("audio")
@_common
def audio(**given: Any) -> None:
    """Voices: clean, AAC 64k, Opus 24k, 8 kHz telephone, noise at 15 dB, music behind.

    Noise and music are the dataset's own real ones where it has any (labels nonspeech-real and
    music-real). Of longer files the first minute counts.
    """
    _run("audio", **given)


def _run(
    kind: str,
    *,
    dataset: Path,
    protocol: str,
    model: str | None,
    folds: int,
    weights: str,
    categories: Path | None,
    limit_per_source: int | None,
    out: Path | None,
    cache: Path | None,
    as_json: bool,
    config: str | None,
    **flags: Any,
) -> None:
    from detect.evaluate.dataset.categories import read_rules
    from detect.evaluate.dataset.manifest import read_dataset
    from detect.evaluate.protocols import Plan
    from detect.evaluate.run import evaluate as work

    if folds == 1:
        raise click.UsageError("--folds 1 would leave nothing to fit on; 0 or at least 2")
    settings = load_settings(flags, file=Path(config) if config else None)
    rules = read_rules(categories) if categories else ()
    found = read_dataset(dataset, rules, limit_per_source)
    folder = out or Path(f"detect-eval-{kind}")
    _make(folder)
    plan = Plan(
        kind,
        protocol,
        model=model,
        folds=folds,
        by=weights,
        cache=cache or folder / "cache",
    )
    with _Steps() as steps:
        result = work(found, plan, settings, watch=_watch, step=steps.tell)
    _write(result, folder)
    if as_json:
        click.echo(_json(result))
    else:
        _print(result)
    click.echo(f"report written to {folder / 'report.html'} (and .md, .json)", err=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot make {folder}: {error.strerror}") from None


def _watch(records: Iterator[Seen], total: int) -> Iterator[Seen]:
    from detect.cli.progress import progress

    return progress(records, total, "examining")


class _Steps:
    """A line on a terminal about the slow steps after the files."""

    def __init__(self) -> None:
        import sys

        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> _Steps:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            click.echo("\r\033[K", nl=False, err=True)

    def tell(self, what: str, done: int, total: int) -> None:
        if self._terminal:
            click.echo(f"\r\033[K{what}: {done} of {total}", nl=False, err=True)


def _json(result: Evaluation) -> str:
    from detect.core.serialize import to_plain

    return json.dumps(to_plain(result), indent=2, ensure_ascii=False)


def _write(result: Evaluation, folder: Path) -> None:
    from detect.evaluate.results.markdown import markdown
    from detect.evaluate.results.page import page
    from detect.report.atomic import write_atomic

    write_atomic(folder / "report.md", [markdown(result)])
    write_atomic(folder / "report.html", page(result))
    write_atomic(folder / "report.json", [_json(replace(result)), "\n"])


def _print(result: Evaluation) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from detect.evaluate.results.markdown import facts
    from detect.evaluate.results.tables import tables, title

    console = Console()
    console.print(Text(title(result), "bold"))
    for name, text in facts(result):
        console.print(Text(f"{name}: {text}"))
    for note in result.notes:
        console.print(Text(note, "yellow"))
    for table in tables(result, short=True):
        console.print()
        shown = Table(
            title=Text(table.title, "bold"),
            title_justify="left",
            pad_edge=False,
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        if table.key in ("summary", "within"):  # figures with intervals are wide: those below
            rows = [tuple(map(_stacked, row)) for row in (table.header, *table.rows)]
        else:
            rows = [table.header, *table.rows]
        if table.key == "summary":  # conditions across
            rows = list(zip(*rows, strict=True))
        for number, name in enumerate(rows[0]):
            words = number == 0 or table.key in ("unscored", "broken")
            shown.add_column(Text(name), justify="left" if words else "right", overflow="fold")
        for row in rows[1:]:
            shown.add_row(*map(Text, row))
        console.print(shown)
        console.print(Text(table.about.replace("`", ""), "dim"))


def _stacked(cell: str) -> str:
    """A figure with its interval on the next line."""
    figure, apart, interval = cell.partition(" (")
    return f"{figure}\n{interval.removesuffix(')')}" if apart and "–" in interval else cell
