"""The parent's side of extraction: sources in, checked answers of the workers out, in order."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from detect.core.mark import Watermark
from detect.core.media import AudioClip, Frame, Media, Status
from detect.core.provenance import Provenance
from detect.core.serialize import from_plain, to_plain
from detect.core.settings import Settings
from detect.media.source import display_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.workers.pool import Answer, WorkerPool

__all__ = ["Extracted", "Extractor", "Source"]

Source = str | bytes | os.PathLike[str] | BinaryIO
"""A path, the content of a file as bytes, or a binary stream, which is read to its end."""

TASK = "detect.pipeline.extract:extract"


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a worker made of one file.

    Attributes:
        media: Facts about the file.
        status: `ok`, or why there is nothing to score.
        reason: Sentence about a status that is not `ok`.
        provenance: What the file declares; also read when it could not be decoded.
        watermarks: What was decoded from the original pixels; None where they were not seen.
        frames: Stills in time order.
        audio: Sound, 16 kHz mono.
        notes: Codes of what was left out, for example `audio-sampled`.
        timings: Seconds by stage.
    """

    media: Media
    status: Status
    reason: str | None = None
    provenance: Provenance = field(default_factory=Provenance)
    watermarks: tuple[Watermark, ...] | None = None
    frames: tuple[Frame, ...] = ()
    audio: tuple[AudioClip, ...] = ()
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)


class Extractor:
    """Has files opened, decoded and read in worker processes. A context manager.

    Args:
        settings: Limits and the number of workers.
        task: `module:function` that a worker runs; it answers as `extract` does.
        extra: Plain values that are added to every job.
    """

    def __init__(
        self, settings: Settings, *, task: str = TASK, extra: Mapping[str, Any] | None = None
    ) -> None:
        self.settings = settings
        self._task = task
        self._extra = dict(extra or {})
        self._pool: WorkerPool | None = None

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers; they are started anew when they are needed again."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def extract(self, sources: Iterable[Source]) -> Iterator[Extracted]:
        """One result for each source, in input order; sources are read lazily.

        Raises:
            TrustListError: An imported trust list is damaged.
            WorkerError: The workers cannot be started.
        """
        waiting: deque[_Spooled] = deque()
        plain = to_plain(self.settings)

        def jobs() -> Iterator[dict[str, Any]]:
            for source in sources:
                waiting.append(_spool(source, self.settings.max_bytes))
                path = _absolute(waiting[-1].path).hex()
                yield {**self._extra, "path": path, "settings": plain}

        try:
            for answer in self._workers().map(jobs()):
                with waiting.popleft() as spooled:
                    pass
                yield _read(answer, spooled)
        finally:
            for spooled in waiting:
                spooled.discard()

    def _workers(self) -> WorkerPool:
        if self._pool is None:
            from detect.provenance.trust import load_trust
            from detect.workers.pool import WorkerPool

            load_trust()  # a damaged list is an error of configuration, not of each file
            self._pool = WorkerPool(
                self._task,
                workers=self.settings.workers,
                memory=self.settings.worker_memory,
                timeout=self.settings.timeout,
            )
        return self._pool


@dataclass(frozen=True, slots=True)
class _Spooled:
    """Where the content of a source lies, and what to call it when it has no name of its own."""

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
        try:
            return _Spooled(os.fsencode(source))
        except UnicodeEncodeError:  # no file can have such a name; it will be missing
            return _Spooled(os.fspath(source).encode("utf-8", "surrogatepass"))
    if not isinstance(source, bytes) and not hasattr(source, "read"):
        kind = type(source).__name__
        raise TypeError(f"a source is a path, bytes or a binary stream, not {kind}")
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


def _absolute(path: bytes) -> bytes:
    """The path for a worker, which may have been started in another working folder."""
    try:
        return path and os.path.join(os.getcwdb(), path)
    except OSError:  # the working folder is gone: only absolute paths still mean something
        return path


@dataclass(frozen=True, slots=True)
class _FrameFacts:
    pts: float | None
    index: int
    shot: int
    weight: float


@dataclass(frozen=True, slots=True)
class _ClipFacts:
    rate: int
    start: float


@dataclass(frozen=True, slots=True)
class _Header:
    """What `detect.pipeline.extract` answers."""

    status: Status
    reason: str | None
    media: Media
    provenance: Provenance
    notes: tuple[str, ...]
    frames: tuple[_FrameFacts, ...]
    audio: tuple[_ClipFacts, ...]
    timings: dict[str, float]
    watermarks: tuple[Watermark, ...] | None = None


def _read(answer: Answer, spooled: _Spooled) -> Extracted:
    """Checks an answer: whoever took over a worker can lie, but only in the right types."""
    shown, exact = display_name(spooled.path)
    unnamed = Media(spooled.name) if spooled.name else Media(shown, exact)
    if answer.status != "ok":
        return Extracted(unnamed, answer.status, answer.reason)
    try:
        header = from_plain(_Header, answer.header)
        if len(answer.arrays) != len(header.frames) + len(header.audio):
            raise ValueError("a wrong number of arrays")
        arrays = iter(answer.arrays)
        frames = tuple(
            Frame(_pixels(next(arrays)), f.pts, f.index, f.shot, f.weight) for f in header.frames
        )
        audio = tuple(
            AudioClip(_samples(next(arrays), c.rate), c.rate, c.start) for c in header.audio
        )
    except ValueError as error:
        return Extracted(unnamed, "crashed", f"the decoding process gave a wrong answer ({error})")
    return Extracted(
        replace(header.media, path=unnamed.path, path_bytes=unnamed.path_bytes),
        header.status,
        header.reason,
        header.provenance,
        header.watermarks,
        frames,
        audio,
        header.notes,
        header.timings,
    )


def _pixels(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if array.dtype != "uint8" or array.ndim != 3 or array.shape[2] != 3 or not array.size:
        raise ValueError(f"a frame is {array.dtype} of shape {array.shape}")
    return array


def _samples(array: npt.NDArray[Any], rate: int) -> npt.NDArray[np.float32]:
    if array.dtype != "float32" or array.ndim != 1 or rate != 16_000:
        raise ValueError(f"sound is {array.dtype} of shape {array.shape} at {rate} Hz")
    return array
