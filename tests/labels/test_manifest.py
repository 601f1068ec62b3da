"""Every file of the provenance collection, against the reading that its list expects."""

from __future__ import annotations

import csv
from pathlib import Path

from detect.core.provenance import Provenance
from detect.core.verdict import Label
from detect.labels import grade
from detect.media.sniff import sniff
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists

UNREADABLE = ("c2pa/rs_prerelease.jpg",)
"""Written before version 1 of the standard: the library gives no reading."""
INTACT = {"valid", "trusted"}


def read(path: Path) -> Provenance:
    with path.open("rb") as file:
        format = sniff(file).format
        file.seek(0)
        return read_provenance(file, format, trust=TrustLists())


def expected(row: dict[str, str], found: Provenance, label: Label) -> bool:
    says = row["expected"]
    if row["path"] in UNREADABLE:
        return found.c2pa_state == "unreadable" and label.category == "none-found"
    if says == "malformed Label":
        return label.category == "suspected" and bool(found.implicit_labels[0].problems)
    if says.startswith("Label "):
        grades = {"1": "confirmed", "2": "possible", "3": "suspected"}
        [implicit] = found.implicit_labels
        return label.category == grades[says[-1]] and str(implicit.label) == says[-1]
    if row["path"].startswith("genmeta/") or says == "xai_signature":
        return label.category == "confirmed" and found.declarations[0].tool is not None
    if says == "no manifest":
        return found.c2pa_state == "absent" and label.category == "none-found"
    if says == "remote manifest URL only":
        return found.c2pa_state == "remote" and label.category == "none-found"
    if says == "Invalid":
        broken = ("content-changed", "broken-signature")
        return found.c2pa_state in broken and label.category != "confirmed"
    if "expired" in says:
        return found.c2pa_state == "expired" and label.category == "confirmed"
    if says == "same":
        return label.category == "confirmed" and found.implicit_labels[0].entity is not None
    if row["path"].startswith("real/"):
        return found.c2pa_state in INTACT and label.category == "confirmed"
    return found.c2pa_state in INTACT and label.category == "none-found"


def test_every_file_is_graded_as_expected(provenance: Path) -> None:
    with (provenance / "manifest.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    wrong = []
    for row in rows:
        found = read(provenance / row["path"])
        if not expected(row, found, grade({}, found)["cn"]):
            wrong.append((row["path"], row["expected"], found.c2pa_state, found.declarations))
    assert len(rows) > 60
    assert not wrong
