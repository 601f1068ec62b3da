"""What an evaluation found: plain values for the report, the page and JSON."""

from __future__ import annotations

from dataclasses import dataclass

from detect.evaluate.statistics.metrics import Bin

__all__ = ["Broken", "Curve", "Estimate", "Evaluation", "Row", "Share", "Summary"]

SCHEMA = "detect-evaluation-1"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval over sources; None: too few sources to show one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """What happened to the files of a row under one condition.

    Attributes:
        scored: Files with a score; the others are not applicable (too little speech, blank).
        called: Share of them called synthetic at the operating point.
        low: Lower end of its 95 % interval.
        high: Upper end.
        cleared: Share called free of synthesis; the rest is undecided.
        leaning: Share at or above even odds (llr >= 0), whatever the operating point.
    """

    scored: int
    called: float | None
    low: float
    high: float
    cleared: float | None
    leaning: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """Files that share a source, a generator or a category.

    Attributes:
        name: Of what they share.
        files: How many could be read.
        sources: How many groups of sources they are from.
        seen: How many of them the installed model was trained on; None: not known, or the
            protocol has left them out.
        shares: By condition.
        aucs: By condition, against the other class of the same category; empty where a class or
            its second source is missing.
    """

    name: str
    files: int
    sources: int
    seen: int | None
    shares: dict[str, Share]
    aucs: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one condition. None of them is to be shown without the rows by source.

    Attributes:
        real: Real files with a score.
        synthetic: Synthetic files with a score.
        measures: By name; `detect.evaluate.results.tally.MEASURES` names them.
    """

    real: int
    synthetic: int
    measures: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve through points, both coordinates from 0 to 1."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that could not be examined, and why."""

    path: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that one protocol found.

    Attributes:
        schema: Version of this layout.
        kind: `images` or `audio`.
        dataset: Folder and name of the manifest.
        dataset_sha256: Of the manifest.
        protocol: `leave-out` or `shipped`.
        model: What was judged, in words.
        method: How, in words.
        operating_point: Whose thresholds the rates belong to.
        weights: `source` (1/sqrt(n) for a source of n files) or `file`.
        created: Date and time.
        versions: Of the toolkit and the weights.
        conditions: What each means.
        files: Files of the manifest that were taken.
        left_out: Files that a limit left out.
        broken: Files that could not be examined.
        unscored: By condition and reason: files without a score.
        summaries: By condition.
        categories: Real files by category.
        real_sources: Real files by source, most often called synthetic first.
        synthetic_sources: Synthetic files by source, least often caught first.
        generators: Synthetic files by generator, least often caught first.
        beside: Files beside the question, or neither real nor synthetic.
        curves: ROC by condition.
        reliability: By condition.
        notes: What a reader must know, in sentences.
    """

    schema: str
    kind: str
    dataset: str
    dataset_sha256: str
    protocol: str
    model: str
    method: str
    operating_point: str
    weights: str
    created: str
    versions: dict[str, str]
    conditions: dict[str, str]
    files: int
    left_out: int
    broken: tuple[Broken, ...]
    unscored: dict[str, dict[str, int]]
    summaries: dict[str, Summary]
    categories: tuple[Row, ...]
    real_sources: tuple[Row, ...]
    synthetic_sources: tuple[Row, ...]
    generators: tuple[Row, ...]
    beside: tuple[Row, ...]
    curves: dict[str, Curve]
    reliability: dict[str, tuple[Bin, ...]]
    notes: tuple[str, ...]
