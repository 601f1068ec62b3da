"""`detect portfolio`."""

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
    from detect.account.portfolio import Portfolio
    from detect.report.words import Language

__all__ = ["portfolio"]

_COLUMNS = ("risk", "account", "platform", "followers", "posts", "share", "content", "persona",
            "undisclosed", "paid", "change")  # fmt: skip


@click.command()
@click.argument("exports", metavar="EXPORT...", nargs=-1, required=True, type=click.Path())
@click.option("--csv", "as_csv", type=click.Path(), help="Write a table with one line an account.")
@click.option("--html", type=click.Path(), help="Write a self-contained page.")
@click.option(
    "--journals",
    type=click.Path(file_okay=False),
    default="portfolio-journals",
    show_default=True,
    help="Folder with a journal for each account; an interrupted run goes on from them.",
)
@click.option(
    "--pages",
    type=click.Path(file_okay=False),
    help="Folder for the page of each account; the portfolio's page links to them.",
)
@click.option("--resume/--no-resume", default=True, help="Go on with the journals, or start over.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    help="Examine so many posts of each account, spread over time; 0: all.",
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
    help="Where files are scored: here, or by `--workers` workers of a Ray cluster.",
)
@click.option("--ray-address", metavar="HOST:PORT", help="A running Ray cluster; see detect audit.")
@click.option(
    "--language",
    type=click.Choice(("en", "zh")),
    default="en",
    help="Language of what is printed, and the one pages open in.",
)
@click.option(
    "--privacy",
    is_flag=True,
    help="Pixelate faces and thumbnails in the accounts' pages, leave out handles of others.",
)
@click.option("--weights", type=click.Path(exists=True, file_okay=False), help="Other weights.")
@click.option("--config", type=click.Path(exists=True, dir_okay=False), help="Settings file.")
@settings_options("operating_point", "prior", "profile", "workers", "threads", "timeout",
                  "biometrics")  # fmt: skip
def portfolio(
    exports: tuple[str, ...],
    as_csv: str | None,
    html: str | None,
    journals: str,
    pages: str | None,
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
    """Audit many accounts: one line each, sorted by risk.

    EXPORT is what `detect audit` takes; an export that cannot be read is listed with the reason.

    The exit code is 1 when a post of one is synthetic and does not say so, else 3 when an account
    could not be read.
    """
    settings = load_settings(flags, file=Path(config) if config else None)
    for target in (as_csv, html):
        if target and not os.access(Path(target).absolute().parent, os.W_OK):
            raise click.UsageError(
                f"cannot write {printable(target)}: no such folder, or no permission"
            )
    from detect.account.portfolio import portfolio as run

    bar = FileBar("auditing")

    def tell(number: int, of: int, name: str, done: int, total: int) -> None:
        bar.what = f"{number}/{of} {os.path.basename(name)[:30]}"
        bar(done, total)

    try:
        found = run(
            exports,
            journals=journals,
            pages=pages,
            resume=resume,
            settings=settings,
            sample=sample,
            margin=margin,
            engine=engine,
            ray_address=ray_address,
            weights=weights,
            language=language,
            privacy=privacy,
            progress=tell,
        )
    except KeyboardInterrupt:
        click.echo(f"what is done is in {printable(journals)}; run again to go on", err=True)
        raise
    finally:
        bar.end()
    if as_csv:
        found.write_csv(as_csv)
    if html:
        found.write_html(html, language=language)
    return _tell(found, language)


def _tell(found: Portfolio, language: Language) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from detect.account.showing.words import title as called
    from detect.account.showing.words import words
    from detect.report.text import clean, percent

    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = 140
    left_out = ("platform", "followers", "change") if console.width < 105 else ()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        if name not in left_out:
            right = name in ("followers", "posts", "undisclosed", "paid")
            table.add_column(
                words(f"column.{name}").say(language),
                justify="right" if right else "left",
                overflow="fold",
            )
    read = [row for row in found.rows if row["status"] == "ok"]
    for row in read:
        share = "–"
        if row["share"] is not None:
            low, high = percent(row["share_low"]), percent(row["share_high"])
            share = f"{percent(row['share'])} ({low}–{high})"
        cells = {
            "risk": words(f"risk.{row['risk']}").say(language),
            "account": clean(called({"handle": row["account"], "name": row["name"]}, ""), 40),
            "platform": clean(row["platform"], 20),
            "followers": "–" if row["followers"] is None else f"{row['followers']:,}",
            "posts": str(row["examined"]),
            "share": share,
            "content": words(f"content.{row['content']}").say(language),
            "persona": words(f"persona.{row['persona']}").say(language),
            "undisclosed": str(row["undisclosed"] + row["label_removed"]),
            "paid": f"{row['paid_undisclosed']}/{row['paid']}",
            "change": (row["change_time"] or "–")[:10],
        }
        table.add_row(*(Text(text) for name, text in cells.items() if name not in left_out))
    if read:
        console.print(table)
    for row in found.rows:
        if row["status"] != "ok":
            told = words("line.not-read").say(language)
            name, why = clean(row["account"], 60), clean(row["reason"], 300)
            click.echo(told.format(account=name, why=why))
    if any(
        row["undisclosed"] or row["label_removed"] or row["declared_in_file"] for row in found.rows
    ):
        return EXIT_LABELLED
    return EXIT_NOT_EXAMINED if len(read) < len(found.rows) else 0
