"""`detect label`: rules, and what a file carries of them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import click

from detect.cli.label.options import as_of_option, language_option
from detect.labels.rules import JURISDICTIONS

if TYPE_CHECKING:
    from detect.labels.rules import Rule
    from detect.report.words import Language

__all__ = ["label"]


class LabelGroup(click.Group):
    """Loads a subcommand when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["rules", "read", "check", "write"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ("read", "check"):
            from detect.cli.label.check import check, read

            return read if cmd_name == "read" else check
        if cmd_name == "write":
            from detect.cli.label.write import write

            return write
        return super().get_command(ctx, cmd_name)


@click.group(cls=LabelGroup)
def label() -> None:
    """Labels of AI content: the rules, what a file carries, whether it conforms, writing them."""


@label.command()
@click.option(
    "--jurisdiction",
    "-j",
    "jurisdictions",
    multiple=True,
    type=click.Choice(JURISDICTIONS),
    help="Only rules of this one; may be given several times.",
)
@as_of_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array of rules.")
@language_option
def rules(
    jurisdictions: tuple[str, ...], as_of: dt.date | None, as_json: bool, language: Language
) -> None:
    """List the rules: whom they bind, what they ask, since when, and where that was read.

    No text of law was opened at its primary address; rules that were not verified at all say so.
    """
    from detect.core.serialize import to_plain
    from detect.labels.rules import select_rules

    day = as_of or dt.date.today()
    chosen = select_rules(jurisdictions)
    if as_json:
        plain = [{**to_plain(rule), "state": rule.state(day)} for rule in chosen]
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    _print(chosen, day, language)


def _print(rules: tuple[Rule, ...], day: dt.date, language: Language) -> None:
    from detect.report.words import word

    zh = language == "zh"
    for state in ("in-force", "upcoming", "draft"):
        listed = [rule for rule in rules if rule.state(day) == state]
        if not listed:
            continue
        click.echo(f"{word(f'rulestate.{state}', language).upper()} ({day})")
        for rule in listed:
            since = f"  {rule.in_force}" if rule.in_force else ""
            doubt = "" if rule.verified else f"  [{word('ui.not-verified', language)}]"
            click.echo(f"\n  {rule.id}{since}{doubt}")
            lines = (
                (rule.title_zh, rule.binds_zh, rule.trigger_zh, rule.asks_zh)
                if zh
                else (rule.title_en, rule.binds_en, rule.trigger_en, rule.asks_en)
            )
            names = (
                ("", "约束：", "情形：", "要求：") if zh else ("", "binds: ", "when: ", "asks: ")
            )
            for name, line in zip(names, lines, strict=True):
                click.echo(f"    {name}{line}")
            for case, wording in rule.wording.items():
                shown = word(f"category.{case}", language) if case != "any" else ""
                click.echo(f"    「{wording}」 {shown}".rstrip())
            click.echo(f"    {'来源：' if zh else 'source: '}{rule.source}")
        click.echo()
