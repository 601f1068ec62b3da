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
from detect.core.processes.forks import renew_in_child
from detect.core.report import SCHEMA_VERSION, Report, Thumbnail
from detect.core.settings import Settings
from detect.core.version import VERSION
from detect.fusion.verdict import conclude, fuse
from detect.labels import grade
from detect.pipeline.explainer import Explainer
from detect.pipeline.extraction import Extracted, Extractor, Named, Source, check_source
from detect.report.why_not import why_not
from detect.workers.ordered import map_ordered

if TYPE_CHECKING:
    from detect.detectors.base import Classifier
    from detect.models.manifest import Manifest
    from detect.pipeline.content import ContentReader

__all__ = ["Scanner", "scan", "scan_many"]

T = TypeVar("T")


class Scanner:
    """Scans files. Weights are verified and loaded on first use, workers start on first use.

    Keep one for the life of a process. It may be used from several threads at once, and after a
    fork on both sides: the child starts workers and opens networks of its own with its first file,
    and neither side disturbs the other. An iteration that began before the fork is not continued
    in the child (ConfigurationError). Pickled (`spawn`), it arrives as a new one with the same
    settings.

    Use it as a context manager, or call `close()`, to end the workers; they also end with the
    process. Who is scanning in another thread meanwhile gets a WorkerError.

    Args:
        settings: Defaults to `Settings()`. Neither `detect.toml` nor the environment is read unless
            `load_settings()` is passed.
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
        self.settings = settings or Settings()
        self._thumbnails = thumbnails
        self._heating = heat
        self._heat = Explainer(heat)
        self._chosen = classifiers
        self._extractor = Extractor(self.settings)
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Locks of this process; what else a fork spoils renews itself."""
        self._loading = threading.Lock()
        self.__dict__.pop("_turns", None)

    def __reduce__(self) -> tuple[object, ...]:
        made = (self.settings, self._thumbnails, self._heating, self._chosen)
        return _made_anew, (type(self), *made)

    def __enter__(self) -> Scanner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers. The scanner can be used again; they are started anew."""
        self._extractor.close()

    def scan(self, source: Source, *, name: str | None = None) -> Report:
        """Examines one file.

        Args:
            source: A path (`str` or path object), the content as `bytes`, `bytearray` or
                `memoryview`, or a binary stream, which is read from where it stands to its end and
                is not closed.
            name: What to call it in the report (`media.path`), for example the name of an upload;
                nothing is opened by it.

        Returns:
            The report; a bad file is a report with a status that is not `ok`.

        Raises:
            TypeError: `source` is none of these.
        """
        check_source(source)
        if name is not None:
            plain = source.source if isinstance(source, Named) else source
            source = Named(plain, name)
        return next(iter(self.scan_many([source])))

    def scan_many(self, sources: Iterable[Source]) -> Iterator[Report]:
        """Examines many files: several are scored at once, while later ones are decoded.

        Args:
            sources: As for `scan`, or `Named`; read lazily.

        Yields:
            One report for each source, in input order. A source of a wrong type is a report with
            the status `invalid`.

        Raises:
            TypeError: `sources` is one path or content, not several.
        """
        if isinstance(sources, (str, bytes, bytearray, memoryview, os.PathLike)):
            raise TypeError("scan_many takes several sources; scan takes one")
        return self._many(sources)

    def _many(self, sources: Iterable[Source]) -> Iterator[Report]:
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
            self._load()
            yield file

    def _load(self) -> None:
        """Verifies and loads once, whichever thread comes first."""
        with self._loading:
            _ = self._versions, self._turns, self._content

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
        self._load()
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
        self._load()
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
            from detect.report.pictures.thumbnails import make_crops, make_thumbnails

            thumbnails = make_thumbnails(file.frames, heat=heat)
            crops = make_crops(file.frames, provenance.marks)
        verdict = conclude(hypotheses, provenance, file.status, findings)
        return Report(
            media=file.media,
            status=file.status,
            reason=file.reason,
            hypotheses=hypotheses,
            verdict=verdict,
            labels=grade(hypotheses, provenance, media=file.media, findings=findings),
            findings=findings,
            provenance=provenance,
            versions=self._versions,
            timings={**file.timings, "score": time.perf_counter() - started},
            thumbnails=thumbnails,
            overlays=self._heat.overlays(file, heat),
            crops=crops,
            why_not=why_not(file.status, file.reason, hypotheses, verdict),
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


def _made_anew(
    kind: type[Scanner],
    settings: Settings,
    thumbnails: bool,
    heat: Literal["off", "open", "all"],
    classifiers: Sequence[Classifier] | None,
) -> Scanner:
    return kind(settings, thumbnails=thumbnails, heat=heat, classifiers=classifiers)


def scan(source: Source, settings: Settings | None = None, *, name: str | None = None) -> Report:
    """Examines one file; see `Scanner.scan`.

    Every call starts workers and verifies and loads all weights, which takes longer than most files
    do. For more than one file keep a `Scanner`.

    Args:
        source: A path, the content, or a binary stream.
        settings: Defaults to `Settings()`; neither `detect.toml` nor the environment is read.
        name: What to call it in the report.

    Raises:
        TypeError: `source` is none of these.
        WeightsError: Weights are missing or corrupt.
        WorkerError: The workers cannot be started.
    """
    with Scanner(settings) as scanner:
        return scanner.scan(source, name=name)


def scan_many(sources: Iterable[Source], settings: Settings | None = None) -> Iterator[Report]:
    """Examines many files, in order; see `Scanner.scan_many`. Loads everything at each call.

    Args:
        sources: Paths, contents, binary streams, or any of them `Named`; read lazily.
        settings: Defaults to `Settings()`; neither `detect.toml` nor the environment is read.

    Yields:
        One report for each source, in input order.

    Raises:
        WeightsError: Weights are missing or corrupt.
        WorkerError: The workers cannot be started.
    """
    with Scanner(settings) as scanner:
        yield from scanner.scan_many(sources)
