"""`detect trust`: which signers of Content Credentials count as known."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["trust"]


@click.group()
def trust() -> None:
    """Import, list or remove trust lists (certificates of known C2PA signers)."""


@trust.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the list; the file's name when omitted.")
def import_command(file: Path, name: str | None) -> None:
    """Import the certificates of a PEM FILE; a list of the same name is replaced."""
    from detect.provenance.trust import import_list

    stored = import_list(file, name)
    click.echo(f"{stored.name}: {stored.certificates} certificates, sha256 {stored.sha256}")


@trust.command("list")
def list_command() -> None:
    """List the imported trust lists."""
    from detect.provenance.trust import stored_lists, trust_folder

    lists = stored_lists()
    for item in lists:
        click.echo(f"{item.name}: {item.certificates} certificates, sha256 {item.sha256}")
    if not lists:
        click.echo(f"No trust list is imported (they would lie in {trust_folder()}).", err=True)


@trust.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Remove the trust list NAME."""
    from detect.provenance.trust import remove_list

    remove_list(name)
    click.echo(f"{name}: removed")
