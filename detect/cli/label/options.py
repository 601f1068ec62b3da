"""Options that the commands of `detect label` share."""

from __future__ import annotations

import datetime as dt

import click

__all__ = ["as_of_option", "language_option"]


def _day(context: click.Context, parameter: click.Parameter, value: str | None) -> dt.date | None:
    try:
        return None if value is None else dt.date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("a day as 2026-08-02") from None


as_of_option = click.option(
    "--as-of", metavar="DATE", callback=_day, help="Rules as they stand on that day, not today."
)
language_option = click.option(
    "--language", type=click.Choice(("en", "zh")), default="en", help="Language of the output."
)
