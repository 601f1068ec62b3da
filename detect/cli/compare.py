"""`detect compare`: is this the person of these genuine recordings?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from detect.cli.main import EXIT_NOT_EXAMINED
from detect.cli.options import settings_options
from detect.core.settings import load_settings
from detect.pipeline.inputs import printable

__all__ = ["compare"]

REASONS = {
    "no-face": "no face",
    "no-voice": "no voice",
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
@settings_options("profile", "workers", "timeout")
def compare(
    paths: tuple[str, ...],
    references: tuple[str, ...],
    as_json: bool,
    config: str | None,
    **flags: Any,
) -> int:
    """Say whether the face and the voice in FILE are those of the reference recordings.

    It compares, it does not identify: nothing is looked up and no vector is kept. A cloned voice
    counts as the same voice; `detect scan` says whether it is synthetic.
    """
    from detect.cli.progress import progress
    from detect.pipeline.comparison import Likeness
    from detect.pipeline.comparison import compare as run

    settings = load_settings(flags, file=Path(config) if config else None)
    rows = list(progress(run(paths, references, settings), len(paths), "comparing"))
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows], ensure_ascii=False, indent=2))
    else:
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        def cell(likeness: Likeness) -> str:
            if likeness.answer is None:
                return REASONS[likeness.reason or ""]
            return f"{likeness.answer} ({likeness.llr:+.1f})"

        table = Table("file", "face", "voice", caption="log-likelihood ratios in brackets")
        for row in rows:
            cells = (
                (cell(row.face), cell(row.voice))
                if row.status == "ok"
                else (row.status, row.status)
            )
            table.add_row(escape(printable(row.media.path)), *cells)
        Console().print(table)
    return EXIT_NOT_EXAMINED if any(row.status != "ok" for row in rows) else 0
