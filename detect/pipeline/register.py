"""Registers a model of the user's: take over, score a labelled set, calibrate, store."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detect.core.errors import ConfigurationError, WeightsError
from detect.core.report import Report
from detect.core.settings import Settings
from detect.detectors.custom import CustomClassifier
from detect.models.calibrate import Fit, calibrate
from detect.models.checkpoint import copy_checkpoint, read_checkpoint, require_torch
from detect.models.extras import require
from detect.models.hub import fetch, is_hub_name
from detect.models.label_map import map_labels
from detect.models.manifest import load_manifest
from detect.models.user import (
    HYPOTHESES,
    UserModel,
    check_id,
    declare_files,
    staging,
    store_model,
    user_model_ids,
)
from detect.pipeline.inputs import printable
from detect.pipeline.labelled import LabelledFile, first_of_content, read_labelled
from detect.pipeline.scanner import Scanner

__all__ = ["Registration", "Watch", "register"]

Watch = Callable[[Iterator[Report], int], Iterator[Report]]
"""Passes reports on, given how many there will be; for progress bars."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What came of it.

    Attributes:
        model: The registered model.
        fit: Its calibration and what it measured.
        guessed: Whether the meaning of the labels was taken from their names.
        skipped: Files of the labelled set that gave no score: name and reason.
    """

    model: UserModel
    fit: Fit
    guessed: bool
    skipped: tuple[tuple[str, str], ...]


def register(
    origin: str,
    model_id: str,
    labelled: Path,
    *,
    labels: dict[str, str] | None = None,
    revision: str | None = None,
    licence: str = "unknown",
    replace: bool = False,
    settings: Settings | None = None,
    watch: Watch | None = None,
) -> Registration:
    """Takes over a `transformers` checkpoint, calibrates it, and lets it vote from then on.

    Args:
        origin: A folder, or a hub name `owner/model` (fetched once; needs `revision`).
        model_id: Name of the model from now on.
        labelled: CSV file for `read_labelled`: media that the model was not trained on.
        labels: Meaning of its labels; see `map_labels`.
        revision: Full commit hash on the hub.
        licence: SPDX expression of its licence.
        replace: Put it in the place of a registered model of that id.
        settings: For decoding; `Settings()` when None.
        watch: Passes the reports of the labelled set on as they arrive.

    Raises:
        ConfigurationError: Wrong or missing input, torch is missing, or a calibration that cannot
            be had from these files.
    """
    require_torch()
    require("calibrating a model", "torch", "scipy", "sklearn")
    settings = settings or Settings()
    check_id(model_id)
    manifest = load_manifest()
    if model_id in manifest:
        raise ConfigurationError(f"{model_id!r} is the id of a shipped model; choose another")
    if model_id in user_model_ids() and not replace:
        raise ConfigurationError(f"a model {model_id!r} is registered; --replace overwrites it")
    # Music for a model of voices, rendered pictures: neither side of the question.
    listed = read_labelled(labelled)
    first = first_of_content(labelled, listed)
    distinct = [file for number, file in enumerate(listed) if first[number] == number]
    files = [file for file in distinct if file.synthetic is not None and not file.beside]
    with staging() as root:
        name = _take_over(origin, revision, root)
        checkpoint = read_checkpoint(root)
        hypothesis = HYPOTHESES[checkpoint.task]
        model = UserModel(
            id=model_id,
            task=checkpoint.task,
            labels=map_labels(checkpoint.labels, labels or {}, hypothesis),
            licence=licence,
            origin=name,
            files=declare_files(root),
            calibration=None,
            measured={},
            root=root,
        )
        try:
            scored, skipped = _score(
                CustomClassifier(manifest, model, threads=settings.threads), files, settings, watch
            )
        except WeightsError as error:
            raise ConfigurationError(str(error).replace(root.name, model_id)) from None
        truth = [bool(file.synthetic) for file, _ in scored]
        sources = None
        if any(file.source for file, _ in scored):
            sources = [file.source or "unnamed" for file, _ in scored]
        digest = hashlib.sha256(labelled.read_bytes()).hexdigest()
        try:
            fit = calibrate(
                [score for _, score in scored],
                truth,
                sources,
                fitted_on=f"{truth.count(False)} real and {truth.count(True)} synthetic files of "
                f"{printable(labelled.name)} (sha256 {digest[:12]})",
            )
        except ConfigurationError as error:
            raise ConfigurationError(f"{error}{_why_skipped(skipped)}") from None
        complete = dataclasses.replace(
            model, calibration=fit.calibration, measured=_numbers(fit, sources)
        )
        stored = store_model(complete, replace=replace)
    return Registration(stored, fit, not labels, skipped)


def _take_over(origin: str, revision: str | None, root: Path) -> str:
    """Puts the allowed files of the checkpoint into `root`; returns where they came from."""
    folder = Path(origin)
    if folder.is_dir():
        if revision is not None:
            raise ConfigurationError(
                f"--revision is for hub names; {printable(origin)} is a folder"
            )
        _copy(folder, root)
        return f"folder {printable(folder.resolve().name)}"
    if not is_hub_name(origin):
        raise ConfigurationError(
            f"{printable(origin)} is neither a folder nor a hub name (owner/model)"
        )
    with staging() as fetched:
        fetch(origin, revision, fetched)
        _copy(fetched, root)
    return f"hub {origin}@{revision}"


def _copy(source: Path, target: Path) -> None:
    try:
        copy_checkpoint(source, target)
    except OSError as error:
        raise ConfigurationError(
            f"{printable(str(source))} cannot be copied: {error.strerror}"
        ) from None


def _score(
    classifier: CustomClassifier,
    files: Sequence[LabelledFile],
    settings: Settings,
    watch: Watch | None,
) -> tuple[list[tuple[LabelledFile, float]], tuple[tuple[str, str], ...]]:
    """Raw score of every file that gives one, and why the others do not."""
    scored, skipped = [], []
    with Scanner(settings, classifiers=(classifier,)) as scanner:
        reports = scanner.scan_many(file.path for file in files)
        for file, report in zip(
            files, watch(reports, len(files)) if watch else reports, strict=True
        ):
            finding = report.findings[0] if report.findings else None
            if finding is not None and finding.score is not None:
                scored.append((file, finding.score))
            else:
                why = report.status if finding is None else finding.reason or finding.status
                skipped.append((printable(file.path), why))
    return scored, tuple(skipped)


def _why_skipped(skipped: Sequence[tuple[str, str]]) -> str:
    counts = Counter(why for _, why in skipped)
    if not counts:
        return ""
    told = ", ".join(f"{why}: {count}" for why, count in counts.most_common())
    return f"; {len(skipped)} files gave no score ({told}; the first is {skipped[0][0]})"


def _numbers(fit: Fit, sources: Sequence[str] | None) -> dict[str, object]:
    """What was measured, as it is written into the declaration."""
    return {
        "auc": round(fit.auc, 6),
        "held_out": fit.held_out,
        "sources": len(set(sources or ())),
        "notes": list(fit.notes),
        "at": {
            name: {
                "false_alarms": m.false_alarms,
                "real": m.real,
                "found": m.found,
                "missed": m.missed,
                "synthetic": m.synthetic,
            }
            for name, m in fit.measured.items()
        },
        "false_alarms_by_source": {
            source: list(counts) for source, counts in sorted(fit.false_alarms_by_source.items())
        },
    }
