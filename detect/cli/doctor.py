"""`detect doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from detect.core.errors import WeightsError

__all__ = ["doctor"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check versions, decoders, weights (sha256) and one golden score for each model.

    The exit code is 4 when a weight file is missing or corrupt, 5 when anything else is wrong.
    """
    from detect.pipeline.checkup import examine_installation

    checks = list(examine_installation())
    if as_json:
        click.echo(json.dumps([asdict(c) for c in checks], indent=2, ensure_ascii=False))
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("", "check", "result")
        for check in checks:
            mark = Text("ok", "green") if check.ok else Text("FAIL", "bold red")
            table.add_row(mark, check.name, Text(check.result))
        Console().print(table)
    failed = [c for c in checks if not c.ok]
    if any(c.name.startswith("weights ") for c in failed):
        raise WeightsError("weights are missing or corrupt; install the package again")
    if failed:
        raise click.exceptions.Exit(5)
