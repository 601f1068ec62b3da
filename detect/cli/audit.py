"""`detect audit`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detect.cli.main import EXIT_LABELLED, EXIT_NOT_EXAMINED
from detect.cli.options import settings_options
from detect.cli.progress import FileBar
from detect.core.settings import load_settings
from detect.pipeline.inputs import printable

if TYPE_CHECKING:
    from detect.account.audit import Audit
    from detect.report.words import Language

__all__ = ["audit"]


@click.command()
@click.argument("export", type=click.Path(exists=True))
@click.option(
    "--journal",
    type=click.Path(dir_okay=False),
    help="Where everything is kept while it runs and after; an interrupted audit goes on from it.  "
    "[default: NAME-DIGITS.audit.db in this folder; the digits stand for where the export lies]",
)
@click.option("--json", "as_json", type=click.Path(), help="Write the report as JSON.")
@click.option(
    "--html",
    type=click.Path(),
    help="Write the report as one self-contained page; pages of the files it shows come into a "
    "folder beside it.",
)
@click.option("--csv", "as_csv", type=click.Path(), help="Write a table with one line a post.")
@click.option("--resume/--no-resume", default=True, help="Go on with the journal, or start over.")
@click.option(
    "--sample", type=click.IntRange(min=0), help="Examine so many posts, spread over time; 0: all."
)
@click.option(
    "--margin",
    type=click.FloatRange(0.001, 0.5),
    help="Examine so many posts that sampling leaves this margin (0.06: 6 points, 90 %).",
)
@click.option(
    "--engine",
    type=click.Choice(("local", "ray")),
    default="local",
    show_default=True,
    help="Where files are scored: here, or by `--workers` workers of a Ray cluster, one processor "
    "each (needs the extra `ray`).",
)
@click.option(
    "--ray-address",
    metavar="HOST:PORT",
    help="A running Ray cluster; its nodes must see the export at the same path.  "
    "[default: RAY_ADDRESS, else one of its own on this machine]",
)
@click.option(
    "--language",
    type=click.Choice(("en", "zh")),
    default="en",
    help="Language of what is printed, and the one the page opens in.",
)
@click.option(
    "--privacy",
    is_flag=True,
    help="Pixelate faces and thumbnails in the page and leave out handles of others.",
)
@click.option("--weights", type=click.Path(exists=True, file_okay=False), help="Other weights.")
@click.option("--config", type=click.Path(exists=True, dir_okay=False), help="Settings file.")
@settings_options("operating_point", "prior", "profile", "workers", "threads", "timeout",
                  "biometrics")  # fmt: skip
def audit(
    export: str,
    journal: str | None,
    as_json: str | None,
    html: str | None,
    as_csv: str | None,
    resume: bool,
    sample: int | None,
    margin: float | None,
    engine: Any,
    ray_address: str | None,
    language: Any,
    privacy: bool,
    weights: str | None,
    config: str | None,
    **flags: Any,
) -> int:
    """Audit a whole account: what is synthetic in it, and what of that it discloses.

    EXPORT is a folder of gallery-dl, instaloader or yt-dlp, a manifest (CSV, JSON Lines), or a
    plain folder of pictures and videos. Kinds may be mixed; what a file is follows from its
    content.

    The exit code is 1 when a post is synthetic and does not say so.
    """
    settings = load_settings(flags, file=Path(config) if config else None)
    for target in (as_json, html, as_csv):
        if target and not os.access(Path(target).absolute().parent, os.W_OK):
            raise click.UsageError(
                f"cannot write {printable(target)}: no such folder, or no permission"
            )
    from detect.account.audit import audit as run
    from detect.account.exports.place import journal_name

    book = journal or f"{journal_name(export)}.audit.db"
    bar = FileBar("auditing")
    try:
        result = run(
            export,
            journal=book,
            resume=resume,
            settings=settings,
            sample=sample,
            margin=margin,
            engine=engine,
            ray_address=ray_address,
            weights=weights,
            progress=bar,
        )
    except KeyboardInterrupt:
        click.echo(f"what is done is in {printable(book)}; run again to go on", err=True)
        raise
    finally:
        bar.end()
    if not result.total:
        click.echo("no post was found in it", err=True)
        return EXIT_NOT_EXAMINED
    if as_json:
        result.write_json(as_json)
    if as_csv:
        result.write_csv(as_csv)
    if html:
        result.write_html(html, language=language, privacy=privacy)
    return _tell(result, language, privacy=privacy)


def _tell(result: Audit, language: Language, *, privacy: bool) -> int:
    from detect.account.showing.lines import account_lines

    lines, notes = account_lines(result, language, privacy=privacy)
    for line in lines:
        click.echo(line)
    for line in notes:
        click.echo(line, err=True)
    summary = result.summary()
    gap = summary["disclosure"]["all"]
    if gap["undisclosed"] or gap["label-removed"] or gap["declared-in-file"]:
        return EXIT_LABELLED
    failed = sum(n for k, n in summary["counts"]["media"].items() if k not in ("ok", "not-scored"))
    return EXIT_NOT_EXAMINED if failed else 0
