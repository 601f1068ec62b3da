"""`detect label read` and `detect label check`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from detect.cli.label.options import as_of_option, language_option
from detect.cli.main import EXIT_LABELLED, EXIT_NOT_EXAMINED
from detect.core.settings import load_settings
from detect.labels.rules import find_rule
from detect.report.text import clean
from detect.report.words import word

if TYPE_CHECKING:
    from detect.core.report import Report
    from detect.core.verdict import Check, Label
    from detect.report.words import Language

__all__ = ["check", "read"]

GRADED = ("cn", "eu", "us-ny", "us-ca", "in", "kr")
_METADATA = ("cn-implicit", *(f"{name}-machine-readable" for name in GRADED))
_PERCEIVED = ("cn-explicit", "us-ny-disclosure", "us-ca-notice", "in-notice", "kr-notice")
_SIGNS = {"pass": "✓", "fail": "✗", "missing": "✗", "note": "·", "not-examined": "?"}


def _reports(files: tuple[str, ...], classify: bool, as_of: dt.date | None) -> Iterator[Report]:
    """Reports with the labels of the day."""
    from dataclasses import replace

    from detect.labels import grade_report
    from detect.pipeline.labels import LabelReader
    from detect.pipeline.scanner import Scanner

    settings = load_settings()
    with Scanner(settings) if classify else LabelReader(settings) as scanner:
        for report in scanner.scan_many(files):
            yield replace(report, labels=grade_report(report, as_of=as_of)) if as_of else report


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.option("--classify", is_flag=True, help="Ask the classifiers too.")
@as_of_option
@language_option
def read(
    files: tuple[str, ...],
    as_json: bool,
    classify: bool,
    as_of: dt.date | None,
    language: Language,
) -> int:
    """Show which labels FILE carries, the grade they support and the words a platform must show."""
    bad = False
    found: list[dict[str, Any]] = []
    for report in _reports(files, classify, as_of):
        bad = bad or report.status != "ok"
        if as_json:
            found.append(_plain(report, GRADED))
        else:
            _print(report, GRADED, language)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    return EXIT_NOT_EXAMINED if bad else 0


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-j",
    "--jurisdiction",
    "jurisdictions",
    multiple=True,
    type=click.Choice(GRADED),
    default=("cn", "eu"),
    show_default=True,
    help="Whose labels must be there.",
)
@click.option("--explicit", is_flag=True, help="A label that people perceive must be there too.")
@click.option(
    "--where-due",
    is_flag=True,
    help="A file without any sign of AI needs no label; without this, every FILE needs one.",
)
@click.option("--classify", is_flag=True, help="Ask the classifiers too: what they find is a sign.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@as_of_option
@language_option
def check(
    files: tuple[str, ...],
    jurisdictions: tuple[str, ...],
    explicit: bool,
    where_due: bool,
    classify: bool,
    as_json: bool,
    as_of: dt.date | None,
    language: Language,
) -> int:
    """Check that FILE carries the labels that AI content needs, and that they conform.

    \b
    Exit codes: 0 all labels are there and conform; 1 one is missing or malformed (what to do is
    printed); 2 wrong usage; 3 a file, or whether people perceive a label in it, could not be
    examined.
    """
    failed = bad = False
    found: list[dict[str, Any]] = []
    for report in _reports(files, classify, as_of):
        problems = list(_problems(report, jurisdictions, explicit=explicit, where_due=where_due))
        unseen = [problem for problem in problems if problem.outcome == "not-examined"]
        bad = bad or report.status != "ok" or bool(unseen)
        failed = failed or len(unseen) < len(problems)
        if as_json:
            codes = [problem.code for problem in problems]
            found.append({**_plain(report, jurisdictions), "problems": codes})
        else:
            _print(report, jurisdictions, language, problems)
            _conclude(report, jurisdictions, language, problems)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    return EXIT_LABELLED if failed else EXIT_NOT_EXAMINED if bad else 0


def _problems(
    report: Report, jurisdictions: tuple[str, ...], *, explicit: bool, where_due: bool
) -> Iterator[Check]:
    if report.status != "ok" and not report.provenance.declarations:
        return
    required = _METADATA + (_PERCEIVED if explicit else ())
    for name in jurisdictions:
        label = report.labels[name]
        due = not where_due or label.category != "none-found"
        for item in label.checks:
            missing = item.outcome == "missing" and item.code in required and due
            unread = item.outcome == "not-examined" and explicit and item.code in _PERCEIVED and due
            if item.outcome == "fail" or missing or unread:
                yield item


def _plain(report: Report, jurisdictions: tuple[str, ...]) -> dict[str, Any]:
    plain = report.to_dict()
    return {
        "path": plain["media"]["path"],
        "sha256": plain["media"]["sha256"],
        "status": plain["status"],
        "reason": plain["reason"],
        "labels": {name: plain["labels"][name] for name in jurisdictions},
        "implicit_labels": plain["provenance"]["implicit_labels"],
        "marks": plain["provenance"]["marks"],
    }


def _print(
    report: Report,
    jurisdictions: tuple[str, ...],
    language: Language,
    problems: list[Check] | None = None,
) -> None:
    """One file; with `problems` only what was checked, and what is to be done about them."""
    click.echo(clean(report.media.path, 300))
    if report.status != "ok":
        click.echo(f"  {word(f'status.{report.status}', language)}: {clean(report.reason or '')}")
        if not report.provenance.declarations:
            return
    for name in jurisdictions:
        label = report.labels[name]
        category = word(f"category.{label.category}", language)
        click.echo(f"  {word(f'jurisdiction.{name}', language)}: {category}")
        if problems is None:
            for line in _words(name, label, language):
                click.echo(f"    {line}")
            for reason in label.reasons:
                if reason.code == "not-examined" and report.status == "ok":
                    continue  # the classifiers were not asked
                click.echo(f"    – {reason.zh if language == 'zh' else reason.en}")
        for item in label.checks:
            _print_check(item, language, problems is None or item in problems)


def _words(jurisdiction: str, label: Label, language: Language) -> Iterator[str]:
    """What a label says; for China the words to show themselves, and those of its platforms."""
    translated = label.extra.get(f"text_{language}", label.text)
    if jurisdiction != "cn" or label.category in ("none-found", "not-in-force"):
        yield translated
        return
    yield f"「{label.text}」" + ("" if language == "zh" else f" {translated}")
    known = [
        (find_rule(id).title_zh if language == "zh" else find_rule(id).title_en, words)
        for id, words in label.extra.items()
        if id.startswith("platform-")
    ]
    if known:
        start, between = ("平台用语：", "；") if language == "zh" else ("platforms: ", "; ")
        yield start + between.join(f"{platform}「{words}」" for platform, words in known)


def _conclude(
    report: Report, jurisdictions: tuple[str, ...], language: Language, problems: list[Check]
) -> None:
    """What the checks of one file come to, last."""
    if report.status != "ok" and not report.provenance.declarations:
        return
    zh = language == "zh"
    if not problems:
        click.echo("  结果：无须处理" if zh else "  Result: nothing to do")
        return
    count = len(problems)
    english = f"{count} problem" + ("s" if count > 1 else "")
    click.echo(f"  结果：{count} 个问题" if zh else f"  Result: {english}")
    unsigned = all(report.labels[name].category == "none-found" for name in jurisdictions)
    if unsigned and all(problem.outcome == "missing" for problem in problems):
        click.echo(
            "  未发现 AI 生成的迹象；若内容并非 AI 生成，则无需标识（--where-due 不要求此类文件）。"
            if zh
            else "  No sign of AI was found. Content that is not AI-generated needs no label: "
            "with --where-due such files pass."
        )


def _print_check(item: Check, language: Language, counts: bool) -> None:
    zh = language == "zh"
    says, todo = (item.zh, item.todo_zh) if zh else (item.en, item.todo_en)
    outcome = word(f"outcome.{item.outcome}", language)
    sign = _SIGNS[item.outcome] if counts or item.outcome == "pass" else "·"
    click.echo(f"    {sign} {outcome}: {clean(says)} [{item.clause}]")
    if todo and counts and item.outcome in ("fail", "missing", "not-examined"):
        click.echo(f"      → {todo}")
