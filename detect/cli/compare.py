"""`detect compare`: is this the person of these genuine recordings?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detect.cli.main import EXIT_NOT_EXAMINED
from detect.cli.options import settings_options
from detect.core.settings import load_settings
from detect.pipeline.inputs import printable

if TYPE_CHECKING:
    from detect.pipeline.comparison import Comparison, Likeness

__all__ = ["compare"]

ABOUT = (
    "In brackets: the log-likelihood ratio, positive towards the same person; under it the "
    "seconds of sound that hold enough voice to be compared."
)
SHOWN = 3
"""Stretches of sound that are named."""

REASONS = {
    "no-face": "no face",
    "no-voice": "no voice",
    "too-little-voice": "too little voice",
    "no-face-in-references": "-",
    "no-voice-in-references": "-",
}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--reference",
    "references",
    multiple=True,
    required=True,
    metavar="FILE",
    help="A genuine recording or picture of the person alone; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array; it holds no vectors.")
@click.option("--config", type=click.Path(exists=True, dir_okay=False), help="Settings file.")
@settings_options("profile", "workers", "timeout", "biometrics")
def compare(
    paths: tuple[str, ...],
    references: tuple[str, ...],
    as_json: bool,
    config: str | None,
    **flags: Any,
) -> int:
    """Say whether the face and the voice in FILE are those of the reference recordings.

    It compares, it does not identify: nothing is looked up and no vector is kept. A cloned voice
    counts as the same voice; `detect scan` says whether it is synthetic. The exit code is 0
    whatever the answer is, 3 when a FILE could not be read.
    """
    from detect.cli.progress import progress
    from detect.pipeline.comparison import compare as run

    settings = load_settings(flags, file=Path(config) if config else None)
    found = run(paths, references, settings, notice=_note)
    rows = list(progress(found, len(paths), "comparing"))
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows], ensure_ascii=False, indent=2))
    else:
        _print(rows)
    return EXIT_NOT_EXAMINED if any(row.status != "ok" for row in rows) else 0


def _note(words: str) -> None:
    click.echo(f"note: {words}", err=True)


def _print(rows: Sequence[Comparison]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=ABOUT, caption_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("face", no_wrap=True)
    table.add_column("voice", no_wrap=True)
    for row in rows:
        cells = [row.status] * 2 if row.status != "ok" else [_cell(row.face), _voice_cell(row)]
        table.add_row(*map(Text, (printable(row.media.path), *cells)))
    Console().print(table)


def _cell(likeness: Likeness) -> str:
    if likeness.answer is None:
        return REASONS[likeness.reason or ""]
    return f"{likeness.answer} ({likeness.llr:+.1f})"


def _voice_cell(row: Comparison) -> str:
    """With how much was compared, and where it is whose voice, if there are two."""
    from detect.core.clock import clock

    if row.voice.answer is None:
        return _cell(row.voice)
    total = max(row.media.duration or 0.0, row.voice.seconds)
    lines = [_cell(row.voice), f"{row.voice.seconds:.0f} s of {total:.0f} s"]
    answers = {part.answer for part in row.voice.parts}
    if {"same", "different"} <= answers:
        for answer in ("same", "different"):
            spans = [
                f"{clock(part.start or 0.0)}–{clock(part.end or 0.0)}"
                for part in row.voice.parts
                if part.answer == answer
            ]
            more = ", …" if len(spans) > SHOWN else ""
            lines.append(f"{answer} {', '.join(spans[:SHOWN])}{more}")
    return "\n".join(lines)
