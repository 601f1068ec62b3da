"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detect.evaluate.results.tables import Table, tables, title
from detect.evaluate.results.tally import MEASURES
from detect.evaluate.statistics.result import Evaluation
from detect.report.text import clean

__all__ = ["DEFINITIONS", "facts", "markdown"]

DEFINITIONS = {
    "false positive": "a real file that is called synthetic",
    MEASURES["auc"]: "chance that a synthetic file scores above a real one",
    MEASURES["balanced_accuracy"]: "mean of the shares right in both classes, taking the likelier "
    "answer (llr ≥ 0), without abstention",
    MEASURES["eer"]: "where as many real files are called synthetic as synthetic ones are missed",
    "TPR at 1 % and 5 % FPR": "share of synthetic files caught by the threshold that calls at most "
    "1 % or 5 % of the real ones synthetic",
    MEASURES["ece"]: "expected calibration error: mean gap between predicted probability and "
    "observed share over 15 equal bins, at a base rate of one half (Guo et al. 2017)",
    "operating point": "two thresholds on the log-likelihood ratio; between them the tool abstains",
}


def facts(found: Evaluation) -> Iterator[tuple[str, str]]:
    """What was judged, how, and on what."""
    left = f", {found.left_out} more left out by the limit" if found.left_out else ""
    yield "protocol", f"{found.protocol}: {found.method}"
    yield "model", clean(found.model, 400)
    yield "operating point", found.operating_point
    yield (
        "dataset",
        f"{clean(found.dataset, 200)}, {found.files} files{left}, {len(found.broken)} could not be "
        f"examined (manifest sha256 {found.dataset_sha256[:12]})",
    )
    yield "conditions", "; ".join(f"{name}: {what}" for name, what in found.conditions.items())
    yield "written", f"{found.created} by detect {found.versions['detect']}"


def markdown(found: Evaluation) -> str:
    """The whole report; texts from the manifest are made harmless."""
    parts = [f"# {_cell(title(found))}\n"]
    parts.append("\n".join(f"- **{name}**: {_cell(text)}" for name, text in facts(found)) + "\n")
    parts += [f"> {_cell(note)}\n" for note in found.notes]
    for table in tables(found):
        parts += [f"## {_cell(table.title)}\n", f"{table.about}\n", _table(table)]
    parts.append("## What the figures mean\n")
    parts.append("\n".join(f"- **{name}**: {what}" for name, what in DEFINITIONS.items()) + "\n")
    versions = ", ".join(f"{name} {value}" for name, value in found.versions.items())
    parts.append(f"Versions: {versions}\n")
    return "\n".join(parts)


def _table(table: Table) -> str:
    lines: list[Sequence[str]] = [table.header, ["---"] * len(table.header), *table.rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(text: str) -> str:
    """Text that ends no cell and starts no markup."""
    for sign in "\\|<>[]*_#":
        text = text.replace(sign, f"\\{sign}" if sign != "<" else "&lt;")
    return text.replace("`", "\\`") if text.count("`") % 2 else text
