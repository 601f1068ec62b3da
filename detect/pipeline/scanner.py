"""The scanner: workers extract, models score, fusion decides, labels follow."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from detect.core.errors import DetectError
from detect.core.finding import Finding, Hypothesis
from detect.core.report import SCHEMA_VERSION, Report, Thumbnail
from detect.core.settings import Settings, load_settings
from detect.core.version import VERSION
from detect.fusion.verdict import conclude, fuse
from detect.labels import grade
from detect.pipeline.explainer import Explainer
from detect.pipeline.extraction import Extracted, Extractor, Source
from detect.workers.ordered import map_ordered

if TYPE_CHECKING:
    from detect.detectors.base import Classifier
    from detect.models.manifest import Manifest
    from detect.pipeline.content import ContentReader

__all__ = ["Scanner", "scan", "scan_many"]

T = TypeVar("T")


class Scanner:
    """Scans files. Weights are verified and loaded on first use, workers start on first use.

    Use it as a context manager, or call `close()`, to end the workers; they also end with the
    process.

    Args:
        settings: Defaults to `load_settings()` (environment and `detect.toml`).
        thumbnails: Keep small pictures of the scored frames in the reports.
        heat: Whose heat maps are made: `off`; `open`: quick ones of pictures that are called AI or
            undecided, the first `MOST_HEAT` of them; `all`: fine ones of all pictures and quick
            ones of all frames of videos, also as files of their own (`Report.overlays`).
        classifiers: Who looks at the files; the shipped models, the user's own and the readers of
            marks and watermarks when None.

    Raises:
        WeightsError: From the scanning methods: weights are missing or corrupt.
        WorkerError: From the scanning methods: the workers cannot be started.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        thumbnails: bool = False,
        heat: Literal["off", "open", "all"] = "off",
        classifiers: Sequence[Classifier] | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self._thumbnails = thumbnails
        self._heat = Explainer(heat)
        self._chosen = classifiers
        self._extractor = Extractor(self.settings)

    def __enter__(self) -> Scanner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers. The scanner can be used again; they are started anew."""
        self._extractor.close()

    def scan(self, source: Source) -> Report:
        """Examines one file.

        Args:
            source: A path (`str` or path object), the content as `bytes`, or a binary stream, which
                is read to its end.

        Returns:
            The report; a bad file is a report with a status that is not `ok`.
        """
        return next(iter(self.scan_many([source])))

    def scan_many(self, sources: Iterable[Source]) -> Iterator[Report]:
        """Examines many files: several are scored at once, while later ones are decoded.

        Args:
            sources: As for `scan`; read lazily.

        Yields:
            One report for each source, in input order.
        """
        for report, _ in self.observe(sources, lambda file, report: None):
            yield report

    def observe(
        self, sources: Iterable[Source], look: Callable[[Extracted, Report], T]
    ) -> Iterator[tuple[Report, T]]:
        """As `scan_many`, with a second look at each file while its frames and sound are at hand.

        Args:
            sources: As for `scan`; read lazily.
            look: Called from several threads at once, with a file and its report.

        Yields:
            Report and answer of `look` for each source, in input order.
        """
        threads = self.settings.threads or os.cpu_count() or 1

        def work(file: Extracted) -> tuple[Report, T]:
            report = self.judge(file)
            return report, look(file, report)

        yield from map_ordered(work, self._loaded(self._extractor.extract(sources)), threads)

    def _loaded(self, files: Iterable[Extracted]) -> Iterator[Extracted]:
        """The same files; before the first one, weights are verified and versions are known."""
        for file in files:
            _ = self._versions, self._turns, self._content
            yield file

    @cached_property
    def _manifest(self) -> Manifest:
        from detect.models.manifest import load_manifest

        return load_manifest()

    @cached_property
    def _classifiers(self) -> Sequence[Classifier]:
        if self._chosen is not None:
            return self._chosen
        from detect.detectors.registry import load_classifiers

        for model in self._manifest.models:
            model.verify()  # before the first record, whatever the first file needs
        return load_classifiers(self._manifest, self.settings)

    @cached_property
    def _content(self) -> ContentReader | None:
        """Who reads marks and watermarks; nobody where the classifiers were chosen."""
        if self._chosen is not None:
            return None
        from detect.pipeline.content import ContentReader

        return ContentReader(self._manifest, self.settings)

    @property
    def versions(self) -> dict[str, str]:
        """What results depend on: versions, settings, sha256 of the weights, which are verified."""
        return dict(self._versions)

    @cached_property
    def _versions(self) -> dict[str, str]:
        versions = {
            "detect": VERSION,
            "schema": SCHEMA_VERSION,
            "settings": self.settings.digest(),
            "prior": f"{self.settings.prior:g}",
            "operating_point": self.settings.operating_point,
        }
        for classifier in self._classifiers:
            versions[classifier.id] = classifier.version
        for model in self._manifest.models:
            versions[f"{model.id}.sha256"] = model.digest
        return versions

    def judge(self, file: Extracted) -> Report:
        """The report on a file that was extracted already; for `scan` and for evaluations."""
        started = time.perf_counter()
        findings = tuple(self._examine(file)) if file.status == "ok" else ()
        provenance = file.provenance
        if file.status == "ok" and self._content is not None:
            provenance, found = self._content.read(file)
            findings += found
        hypotheses = fuse(findings, provenance, prior=self.settings.prior)
        thumbnails: tuple[Thumbnail, ...] = ()
        crops: tuple[Thumbnail, ...] = ()
        heat = self._heat.maps(file, findings, self._classifiers)
        if self._thumbnails and file.frames:
            from detect.report.thumbnails import make_crops, make_thumbnails

            thumbnails = make_thumbnails(file.frames, heat=heat)
            crops = make_crops(file.frames, provenance.marks)
        return Report(
            media=file.media,
            status=file.status,
            reason=file.reason,
            hypotheses=hypotheses,
            verdict=conclude(hypotheses, provenance, file.status, findings),
            labels=grade(hypotheses, provenance, media=file.media, findings=findings),
            findings=findings,
            provenance=provenance,
            versions=self._versions,
            timings={**file.timings, "score": time.perf_counter() - started},
            thumbnails=thumbnails,
            overlays=self._heat.overlays(file, heat),
            crops=crops,
        )

    def _examine(self, file: Extracted) -> Iterator[Finding]:
        for note in file.notes:
            yield Finding("decoder", self._versions["detect"], reason=note)
        for classifier in self._classifiers:
            with self._turns[classifier.id]:
                finding = _ask(classifier, file)
            yield finding

    @cached_property
    def _turns(self) -> dict[str, AbstractContextManager[object]]:
        """One file at a time for classifiers that do not say that they are `concurrent`."""
        return {
            classifier.id: nullcontext()
            if getattr(classifier, "concurrent", False)
            else threading.Lock()
            for classifier in self._classifiers
        }


UNDECODABLE: dict[Hypothesis, str] = {
    "ai_generated": "picture-undecodable",
    "voice_synthetic": "sound-undecodable",
    "cgi_character": "picture-undecodable",
}
"""Notes of the decoder that leave a hypothesis unanswered: that is an error, not "no picture"."""


def _ask(classifier: Classifier, file: Extracted) -> Finding:
    """What a classifier says; its failure on one file does not end the run."""
    trouble = UNDECODABLE[classifier.hypothesis]
    if trouble not in file.notes:
        try:
            return classifier.examine(file.media, file.frames, file.audio)
        except DetectError:
            raise
        except Exception:
            trouble = "model-error"
    return Finding(classifier.id, classifier.version, classifier.hypothesis, "error", trouble)


def scan(source: Source, settings: Settings | None = None) -> Report:
    """Examines one file; see `Scanner.scan`."""
    with Scanner(settings) as scanner:
        return scanner.scan(source)


def scan_many(sources: Iterable[Source], settings: Settings | None = None) -> Iterator[Report]:
    """Examines many files, in order; see `Scanner.scan_many`."""
    with Scanner(settings) as scanner:
        yield from scanner.scan_many(sources)
