"""The report: everything that is known about one input."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from detect.core.finding import Evidence, Finding
from detect.core.media import Media, Status
from detect.core.provenance import Provenance
from detect.core.serialize import to_plain
from detect.core.verdict import HypothesisResult, Label, Reason, Verdict

__all__ = ["SCHEMA_VERSION", "Overlay", "Report", "Thumbnail"]

SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True, repr=False)
class Thumbnail:
    """A small picture of a scored frame, for the HTML report; it never enters the JSON.

    Attributes:
        jpeg: JPEG bytes, encoded by us from decoded pixels (nothing of the file is copied).
        pts: Seconds, None for an image.
        index: Frame index.
        heat: The same with its heat map drawn over it, JPEG, where there is one.
    """

    jpeg: bytes
    pts: float | None
    index: int
    heat: bytes | None = None

    def __repr__(self) -> str:
        return f"Thumbnail(bytes={len(self.jpeg)}, pts={self.pts})"


@dataclass(frozen=True, slots=True, repr=False)
class Overlay:
    """A heat map over a scored frame as a file of its own; it never enters the JSON.

    Attributes:
        png: PNG bytes.
        index: Frame index, None for an image.
    """

    png: bytes
    index: int | None

    def __repr__(self) -> str:
        return f"Overlay(bytes={len(self.png)}, index={self.index})"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is known about one input.

    Attributes:
        media: The file.
        status: `ok`, or why it could not be examined.
        reason: Sentence about a status that is not `ok`, with what to do about it.
        why_not: Why there is no answer, whatever the cause: a status that is not `ok`, a picture
            that is too small, no speech, evidence that does not suffice. Empty where there is an
            answer. The one place to look at.
        hypotheses: Result by hypothesis name.
        verdict: The answer.
        labels: Label by jurisdiction (`cn`, `eu`, ...).
        findings: One for each detector that ran.
        provenance: What the file declares.
        versions: Toolkit, model and configuration versions.
        timings: Seconds by stage; the only part that differs between two runs.
        thumbnails: Pictures for the HTML report.
        overlays: Heat maps, where they were asked for.
        crops: Pictures of the visible marks for the HTML report, in the order of
            `provenance.marks`.
    """

    media: Media
    status: Status
    hypotheses: dict[str, HypothesisResult]
    verdict: Verdict
    labels: dict[str, Label]
    findings: tuple[Finding, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    reason: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    thumbnails: tuple[Thumbnail, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    crops: tuple[Thumbnail, ...] = ()
    why_not: tuple[Reason, ...] = ()

    @property
    def is_synthetic(self) -> bool:
        """Whether anything was decided to be synthetic: pictures, a voice, or an edit.

        False says less than it seems: nothing was found, or nothing decided, or nothing examined
        (`verdict.label` and `why_not` tell which). No file is ever shown to be genuine.
        """
        return self.verdict.label in ("ai-generated", "voice-synthetic", "ai-edited")

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence: declarations first, then what each detector saw."""
        declared = tuple(d.evidence for d in self.provenance.declarations)
        return declared + tuple(e for finding in self.findings for e in finding.evidence)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, as `detect/report/schema-1.json` describes them."""
        plain: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        for name in (
            "media",
            "status",
            "reason",
            "hypotheses",
            "verdict",
            "labels",
            "findings",
            "provenance",
            "versions",
            "timings",
            "why_not",
        ):
            plain[name] = to_plain(getattr(self, name))
        return plain

    def to_json(self, *, indent: int | None = None) -> str:
        """One JSON document; a single line unless `indent` is given."""
        separators = (",", ":") if indent is None else None
        return json.dumps(
            self.to_dict(),
            ensure_ascii=False,
            allow_nan=False,
            indent=indent,
            separators=separators,
        )
