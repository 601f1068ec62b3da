"""The parent's side of extraction: sources in, checked answers of the workers out, in order."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from detect.core.mark import Watermark
from detect.core.media import AudioClip, Frame, Media, Status
from detect.core.processes.forks import Run, renew_in_child
from detect.core.provenance import Provenance
from detect.core.serialize import from_plain, to_plain
from detect.core.settings import Settings
from detect.media.source import display_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.workers.pool import Answer, WorkerPool

__all__ = ["Extracted", "Extractor", "Named", "Source", "check_source"]

Plain = str | bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO


@dataclass(frozen=True, slots=True)
class Named:
    """A source and what to call it in its report.

    Attributes:
        source: A path, the content of a file, or a binary stream.
        name: Shown as `media.path`, with control characters escaped; nothing is opened by it.
    """

    source: Plain
    name: str


Source = Plain | Named
"""A path; the content of a file as `bytes`, `bytearray` or `memoryview`; a binary stream, which is
read from where it stands to its end; or one of these with a name."""

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
        self.after_fork()
        renew_in_child(self)

    def after_fork(self) -> None:
        """A lock of this process; the pool renews itself."""
        self._turn = threading.Lock()

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers; they are started anew when they are needed again."""
        with self._turn:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def extract(self, sources: Iterable[Source]) -> Iterator[Extracted]:
        """One result for each source, in input order; sources are read lazily.

        Raises:
            TrustListError: An imported trust list is damaged.
            WorkerError: The workers cannot be started.
        """
        waiting: deque[_Spooled] = deque()
        run = Run()
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
            for spooled in waiting if run.here else ():  # the files are the parent's
                spooled.discard()

    def _workers(self) -> WorkerPool:
        with self._turn:
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
    """Where the content of a source lies, what to call it, and what is wrong with it already."""

    path: bytes
    name: str | None = None
    temporary: bool = False
    status: Status = "ok"
    reason: str | None = None

    def __enter__(self) -> _Spooled:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def discard(self) -> None:
        if self.temporary:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)


def check_source(source: object) -> None:
    """Raises what is said of a source that is none.

    Raises:
        TypeError: It is neither a path nor bytes nor a binary stream.
    """
    if isinstance(source, Named):
        source = source.source
    if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)):
        return
    if not hasattr(source, "read") or isinstance(source, io.TextIOBase):
        kind = type(source).__name__
        raise TypeError(f"a source is a path, bytes or a binary stream, not {kind}")


def _spool(source: Source, limit: int) -> _Spooled:
    name: str | None = None
    if isinstance(source, Named):
        name, source = str(source.name), source.source
    try:
        check_source(source)
    except TypeError as error:
        return _Spooled(b"", name or "<invalid>", status="invalid", reason=str(error))
    if isinstance(source, (str, os.PathLike)):
        try:
            return _Spooled(os.fsencode(source), name)
        except UnicodeEncodeError:  # no file can have such a name; it will be missing
            return _Spooled(os.fspath(source).encode("utf-8", "surrogatepass"), name)
    stream: Any = source
    empty = "the stream was at its end: seek to its start before it is scanned"
    if getattr(source, "name", None) in ("<stdin>", 0):
        empty = "standard input was empty"
    if isinstance(source, (bytes, bytearray, memoryview)):
        stream = io.BytesIO(source if isinstance(source, bytes) else memoryview(source).tobytes())
        name, empty = name or "<bytes>", "there are no bytes"
    name = name or "-"
    handle, path = tempfile.mkstemp(prefix="detect-")
    spooled = _Spooled(os.fsencode(path), name, temporary=True)
    try:
        with open(handle, "wb") as target:
            while target.tell() <= limit:
                try:
                    chunk = stream.read(1 << 20)
                except OSError as error:
                    return replace(
                        spooled, status="unreadable", reason=f"reading failed: {error.strerror}"
                    )
                except ValueError as error:  # a closed file
                    return replace(spooled, status="invalid", reason=f"cannot be read: {error}")
                if not isinstance(chunk, (bytes, bytearray, memoryview)):
                    what = "nothing is there yet" if chunk is None else "text, not bytes"
                    return replace(spooled, status="invalid", reason=f"the stream gave {what}")
                if not chunk:
                    break
                target.write(chunk)
            if not target.tell():
                return replace(spooled, status="unreadable", reason=empty)
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
    if spooled.name is None:
        unnamed = Media(*display_name(spooled.path))
    else:
        unnamed = Media(*display_name(spooled.name.encode("utf-8", "surrogateescape")))
    if spooled.status != "ok":
        return Extracted(unnamed, spooled.status, spooled.reason)
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
