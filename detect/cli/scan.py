"""`detect scan`."""

from __future__ import annotations

import io
import itertools
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import click

from detect.cli.main import EXIT_LABELLED, EXIT_NOT_EXAMINED
from detect.cli.options import settings_options
from detect.core.settings import load_settings
from detect.fusion.severity import FAIL_ON, reaches
from detect.pipeline.inputs import printable, read_list
from detect.pipeline.selection import Ahead, Selection

if TYPE_CHECKING:
    from rich.console import Console

    from detect.core.report import Report
    from detect.report.terminal import ReportTable
    from detect.report.words import Language, Phrase

__all__ = ["scan"]

JURISDICTIONS = ("cn", "eu", "us-ny", "us-ca", "in", "kr")


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("-r", "--recursive", is_flag=True, help="Scan folders and everything below them.")
@click.option(
    "--files-from",
    type=click.File("rb"),
    help="Read paths from a file, one a line or NUL-separated; - is standard input.",
)
@click.option("--include", multiple=True, metavar="GLOB", help="Only such files of folders.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave such files and folders out.")
@click.option("--all-files", is_flag=True, help="Also list files of folders that are no media.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False),
    help="Keep results in this file; an interrupted scan goes on from it.",
)
@click.option(
    "-j",
    "--jurisdiction",
    "jurisdictions",
    multiple=True,
    type=click.Choice(JURISDICTIONS),
    help="Show only the labels of this jurisdiction; may be repeated.  [default: all]",
)
@click.option("--csv", "as_csv", type=click.Path(), help="Write a table with one line a file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array of reports.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON report a line.")
@click.option("--details", is_flag=True, help="Print all evidence also when there are many files.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write a self-contained HTML report.")
@click.option(
    "--explain",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write heat maps of what the picture scores rest on, one PNG a picture or frame.",
)
@click.option(
    "--language",
    type=click.Choice(("en", "zh")),
    default="en",
    help="Language of the terminal output, and the one the HTML report opens in.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="ai-edited",
    show_default=True,
    help="Least severe verdict that makes the exit code 1.",
)
@click.option("--config", type=click.Path(exists=True, dir_okay=False), help="Settings file.")
@settings_options(
    "operating_point",
    "prior",
    "profile",
    "stability",
    "precision",
    "device",
    "workers",
    "threads",
    "timeout",
)
def scan(
    paths: tuple[str, ...],
    recursive: bool,
    files_from: BinaryIO | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    all_files: bool,
    journal: str | None,
    jurisdictions: tuple[str, ...],
    as_csv: str | None,
    as_json: bool,
    as_jsonl: bool,
    details: bool,
    html: str | None,
    explain: str | None,
    language: Language,
    fail_on: str,
    config: str | None,
    **flags: Any,
) -> int:
    """Examine files and say what is synthetic, with the evidence and the label it calls for.

    PATH is a picture, a video or a sound file; a folder with -r; - for standard input. What a file
    is follows from its content, never from its name.
    """
    if not paths and files_from is None:
        raise click.UsageError("nothing to scan: give a PATH, a folder with -r, or --files-from")
    if as_json and as_jsonl:
        raise click.UsageError("--json and --jsonl exclude each other")
    form = "json" if as_json else "jsonl" if as_jsonl else "page" if details else "table"
    settings = load_settings(flags, file=Path(config) if config else None)
    for target in (html, as_csv):
        if target and not os.access(Path(target).absolute().parent, os.W_OK):
            raise click.UsageError(
                f"cannot write {printable(target)}: no such folder, or no permission"
            )
    if journal and explain:
        raise click.UsageError("--explain keeps nothing in a journal; leave out --journal")
    if explain:
        from detect.report.pictures.overlay_files import prepare_folder

        prepare_folder(Path(explain))
    selection = Selection(include=include, exclude=exclude, all_files=all_files)
    sources = _sources(paths, recursive, files_from, selection)
    if form == "table" and len(paths) == 1 and files_from is None and not _is_folder(paths[0]):
        form = "page"

    from detect.cli.progress import progress
    from detect.pipeline.scanner import Scanner
    from detect.report.pictures.overlay_files import write_overlays
    from detect.report.tables.notes import Notes, others_line
    from detect.report.tables.table_csv import columns, line, row

    worst = unexamined = False
    kept: list[Report] = []
    drawn = number = 0
    notes = Notes()
    shown = jurisdictions or JURISDICTIONS
    table = ["\ufeff" + line(columns(shown))]
    heat: Literal["off", "open", "all"] = "all" if explain else "open" if html else "off"
    with Scanner(settings, thumbnails=html is not None, heat=heat) as scanner, ExitStack() as stack:
        output = _Output(form, language)
        found = scanner.scan_many(sources)
        if journal:
            from detect.account.running.scan_journal import open_scan_journal, scan_with_journal

            book = stack.enter_context(open_scan_journal(journal))
            found = scan_with_journal(scanner, sources, book)
        reports = progress(found, lambda: sources.total, "scanning")
        for number, report in enumerate(reports, start=1):
            if jurisdictions:
                chosen = {k: v for k, v in report.labels.items() if k in jurisdictions}
                report = replace(report, labels=chosen)
            same_as = notes.same_as(report)
            output.add(report, notes.say(report, same_as))
            if as_csv:
                table.append(line(row(report, shown, language, same_as)))
            if explain:
                drawn += write_overlays(report, number, Path(explain))
                report = replace(report, overlays=())
            worst = worst or reaches(report.verdict, fail_on)
            unexamined = unexamined or _incomplete(report)
            if html:
                kept.append(_light(report) if len(kept) >= MANY else report)
    left_out = others_line(selection.others, selection.filtered)
    output.end(left_out)
    if as_csv:
        from detect.report.atomic import write_atomic

        write_atomic(as_csv, table)
        click.echo(f"table written to {printable(as_csv)}", err=True)
    if not number:
        click.echo("nothing was scanned: no media file was found", err=True)
        if left_out and form != "table":
            click.echo(left_out.say(language), err=True)
        return EXIT_NOT_EXAMINED
    if html:
        from detect.report.html import write_html

        write_html(kept, html, language=language)
        click.echo(f"report written to {printable(html)}", err=True)
    if explain:
        click.echo(f"{drawn} heat maps written to {printable(explain)}", err=True)
    return EXIT_LABELLED if worst else EXIT_NOT_EXAMINED if unexamined else 0


MANY = 200
"""Reports on one page from which on each keeps a few thumbnails only: memory, and patience."""


def _light(report: Report) -> Report:
    return replace(report, thumbnails=report.thumbnails[:3])


def _incomplete(report: Report) -> bool:
    """Whether something in the file should have been examined and could not be."""
    failed = any(result.status == "error" for result in report.hypotheses.values())
    return report.status != "ok" or failed


def _sources(
    paths: tuple[str, ...],
    recursive: bool,
    files_from: BinaryIO | None,
    selection: Selection,
) -> Ahead[str | BinaryIO]:
    parts: list[Iterator[str | BinaryIO]] = []
    for path in paths:
        if path == "-":
            parts.append(iter([sys.stdin.buffer]))
        elif _is_folder(path):
            if not recursive:
                raise click.UsageError(f"{printable(path)} is a folder; use -r to scan it")
            parts.append(selection.walk(path))
        else:
            parts.append(iter([path]))
    step = 200
    if files_from is not None:
        parts.append(read_list(files_from))
        # Whoever writes a pipe may wait for the answer to one path before it sends the next.
        step = step if stat.S_ISREG(os.fstat(files_from.fileno()).st_mode) else 0
    return Ahead(itertools.chain.from_iterable(parts), step)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


class _Output:
    """Standard output in the chosen form, written as reports arrive."""

    def __init__(self, form: str, language: Language) -> None:
        self._form = form
        self._language = language
        self._count = 0

    def add(self, report: Report, notes: Sequence[Phrase]) -> None:
        self._count += 1
        if self._form == "jsonl":
            _write(report.to_json() + "\n")
        elif self._form == "json":
            _write(("[\n" if self._count == 1 else ",\n") + report.to_json(indent=2))
        elif self._form == "page":
            from detect.report.terminal import print_report

            print_report(report, self._console, language=self._language)
            for note in notes:
                self._console.print(note.say(self._language), markup=False, highlight=False)
        else:
            self._table.add(report, notes)

    def end(self, left_out: Phrase | None) -> None:
        if self._form == "json":
            _write("[]\n" if self._count == 0 else "\n]\n")
        elif self._form == "table":
            self._table.summary(left_out)

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        return Console()

    @cached_property
    def _table(self) -> ReportTable:
        from detect.report.terminal import ReportTable

        return ReportTable(self._console, language=self._language)


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()
