"""The scanner: workers decode, models score, fusion decides, labels follow."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from detect.core.finding import Finding
from detect.core.media import AudioClip, Frame, Media, Status
from detect.core.provenance import Provenance
from detect.core.report import SCHEMA_VERSION, Report, Thumbnail
from detect.core.serialize import from_plain, to_plain
from detect.core.settings import Settings, load_settings
from detect.fusion.verdict import conclude, fuse
from detect.labels import grade
from detect.media.source import display_name

if TYPE_CHECKING:
    from detect.detectors.base import Classifier
    from detect.media.pool import Answer, WorkerPool
    from detect.models.manifest import Manifest

__all__ = ["Scanner", "Source", "scan", "scan_many"]

Source = str | bytes | os.PathLike[str] | BinaryIO
"""A path, the content of a file as bytes, or a binary stream."""

EXTRACT = "detect.pipeline.extract:extract"


class Scanner:
    """Scans files. Weights are verified and loaded on first use, workers start on first use.

    Use it as a context manager, or call `close()`, to end the workers; they also end with the
    process.

    Args:
        settings: Defaults to `load_settings()` (environment and `detect.toml`).
        thumbnails: Keep small pictures of the scored frames in the reports.

    Raises:
        WeightsError: From the scanning methods: weights are missing or corrupt.
        WorkerError: From the scanning methods: the workers cannot be started.
    """

    def __init__(self, settings: Settings | None = None, *, thumbnails: bool = False) -> None:
        self.settings = settings or load_settings()
        self._thumbnails = thumbnails
        self._pool: WorkerPool | None = None

    def __enter__(self) -> Scanner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers. The scanner can be used again; they are started anew."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

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
        """Examines many files, in order; later files are decoded while earlier ones are scored.

        Args:
            sources: As for `scan`; read lazily.

        Yields:
            One report for each source, in input order.
        """
        waiting: deque[_Spooled] = deque()

        def jobs() -> Iterator[dict[str, Any]]:
            for source in sources:
                waiting.append(_spool(source, self.settings.max_bytes))
                yield {"path": waiting[-1].path.hex(), "settings": self._plain_settings}

        try:
            for answer in self._workers().map(jobs()):
                with waiting.popleft() as spooled:
                    report = self._report(answer, spooled)
                yield report
        finally:
            for spooled in waiting:
                spooled.discard()

    def _workers(self) -> WorkerPool:
        if self._pool is None:
            from detect.media.pool import WorkerPool

            chosen = self.settings
            self._pool = WorkerPool(
                EXTRACT,
                workers=chosen.workers,
                memory=chosen.worker_memory,
                timeout=chosen.timeout,
            )
        return self._pool

    @cached_property
    def _plain_settings(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_plain(self.settings)
        return plain

    @cached_property
    def _manifest(self) -> Manifest:
        from detect.models.manifest import load_manifest

        return load_manifest()

    @cached_property
    def _classifiers(self) -> Sequence[Classifier]:
        from detect.detectors.registry import load_classifiers

        return load_classifiers(self._manifest, self.settings)

    @cached_property
    def _versions(self) -> dict[str, str]:
        import detect

        versions = {
            "detect": detect.__version__,
            "schema": SCHEMA_VERSION,
            "settings": self.settings.digest(),
        }
        for classifier in self._classifiers:
            versions[classifier.id] = classifier.version
        for model in self._manifest.models:
            versions[f"{model.id}.sha256"] = model.digest
        return versions

    def _report(self, answer: Answer, spooled: _Spooled) -> Report:
        started = time.perf_counter()
        file = _read_answer(answer, spooled)
        findings = tuple(self._examine(file)) if file.status == "ok" else ()
        hypotheses = fuse(findings, file.provenance, prior=self.settings.prior)
        thumbnails: tuple[Thumbnail, ...] = ()
        if self._thumbnails and file.frames:
            from detect.report.thumbnails import make_thumbnails

            thumbnails = make_thumbnails(file.frames)
        return Report(
            media=file.media,
            status=file.status,
            reason=file.reason,
            hypotheses=hypotheses,
            verdict=conclude(hypotheses, file.provenance, file.status),
            labels=grade(hypotheses, file.provenance),
            findings=findings,
            provenance=file.provenance,
            versions=self._versions,
            timings={**file.timings, "score": time.perf_counter() - started},
            thumbnails=thumbnails,
        )

    def _examine(self, file: _File) -> Iterator[Finding]:
        for classifier in self._classifiers:
            yield classifier.examine(file.media, file.frames, file.audio)


@dataclass(frozen=True, slots=True)
class _Spooled:
    """Where the content of a source lies, and what to call it."""

    path: bytes
    name: str | None = None

    def __enter__(self) -> _Spooled:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def discard(self) -> None:
        if self.name is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)


def _spool(source: Source, limit: int) -> _Spooled:
    if isinstance(source, (str, os.PathLike)):
        return _Spooled(os.fsencode(source))
    if isinstance(source, bytes):
        stream, name = cast(BinaryIO, io.BytesIO(source)), "<bytes>"
    else:
        stream, name = source, "-"
    handle, path = tempfile.mkstemp(prefix="detect-")
    spooled = _Spooled(os.fsencode(path), name)
    try:
        with open(handle, "wb") as target:
            while target.tell() <= limit and (chunk := stream.read(1 << 20)):
                target.write(chunk)
    except BaseException:
        spooled.discard()
        raise
    return spooled


@dataclass(frozen=True, slots=True)
class _File:
    """A worker's answer, checked."""

    media: Media
    status: Status
    reason: str | None = None
    provenance: Provenance = field(default_factory=Provenance)
    frames: tuple[Frame, ...] = ()
    audio: tuple[AudioClip, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)


def _read_answer(answer: Answer, spooled: _Spooled) -> _File:
    shown, exact = display_name(spooled.path)
    unnamed = Media(*((shown, exact) if spooled.name is None else (spooled.name, None)))
    if answer.status != "ok":
        return _File(unnamed, answer.status, answer.reason)
    header, arrays = answer.header, iter(answer.arrays)
    try:
        found = from_plain(Media, header["media"])
        return _File(
            replace(found, path=unnamed.path, path_bytes=unnamed.path_bytes),
            header["status"],
            header["reason"],
            from_plain(Provenance, header["provenance"]),
            tuple(Frame(next(arrays), **facts) for facts in header["frames"]),
            tuple(AudioClip(next(arrays), **facts) for facts in header["audio"]),
            header["timings"],
        )
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        return _File(unnamed, "crashed", f"the decoding process gave a wrong answer ({error})")


def scan(source: Source, settings: Settings | None = None) -> Report:
    """Examines one file; see `Scanner.scan`."""
    with Scanner(settings) as scanner:
        return scanner.scan(source)


def scan_many(sources: Iterable[Source], settings: Settings | None = None) -> Iterator[Report]:
    """Examines many files, in order; see `Scanner.scan_many`."""
    with Scanner(settings) as scanner:
        yield from scanner.scan_many(sources)
