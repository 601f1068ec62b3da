"""Writing labels: read what is there, change a copy, make sure that nothing was lost, replace."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detect.core.errors import LabelError
from detect.core.provenance import Provenance
from detect.core.settings import Settings
from detect.labelling.containers.pieces import copy_pieces, damaged
from detect.labelling.metadata import labelled_pieces
from detect.labelling.request import LabelRequest, metadata_for
from detect.media.source import open_source, sha256_of
from detect.pipeline.declared import TASK, Declared, declared_of
from detect.report.atomic import replacing
from detect.workers.pool import WorkerPool

__all__ = ["Written", "write_labels"]

MAX_OUTPUT = 2**40
"""Bytes that a worker may write: a video that is encoded anew."""
ENCODING_TIMEOUT = 3600.0
"""Seconds that drawing into a video may take."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was done.

    Attributes:
        path: The labelled file.
        format: Its format.
        added: Names of the metadata that was added.
        remarks: What was kept or left out, in words.
        explicit: What was drawn or put into the sound, in words; None for nothing.
        signed: Content Credentials were added.
    """

    path: str
    format: str
    added: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    explicit: str | None = None
    signed: bool = False


def write_labels(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    request: LabelRequest,
    settings: Settings | None = None,
) -> Written:
    """Writes a labelled copy of a file; source and target may be the same.

    Where only metadata is added nothing is encoded anew. The copy takes its place at once or not at
    all, and only after it was read back: a label or declaration that was there is there still.

    Args:
        source: The file.
        target: The labelled file; one that is there is replaced.
        request: What is to be written.
        settings: Limits.

    Raises:
        LabelError: It cannot be written, or a label that is there would be lost.
        MediaError: The file cannot be read.
        ConfigurationError: The target cannot be written.
    """
    settings = settings or Settings()
    with WorkerPool(
        TASK, workers=1, memory=settings.worker_memory, timeout=settings.timeout
    ) as reader:
        before = _declared(reader, source, settings)
        if before.provenance.c2pa_state not in ("absent", "remote") and not request.certificate:
            raise LabelError(
                "the file carries Content Credentials, which any change would void; add --sign "
                "CERT --key KEY, so that they stay as an ingredient of signed new ones"
            )
        number = request.content_id or _digest(source, settings)[:32]
        tags, remarks = metadata_for(request, before.provenance, number)
        if not tags and not request.explicit and not request.certificate:
            _copy_unchanged(source, target)
            return Written(os.fspath(target), before.format, (), tuple(remarks))
        with replacing(target) as temporary:
            explicit = None
            current = Path(os.fspath(source))
            if request.explicit:
                explicit = _with_explicit(current, temporary, before, request, settings)
                tags = _carried_over(_declared(reader, temporary, settings), before, tags)
                current = temporary
            if tags:
                with _step(current, temporary) as (old, new):
                    pieces = labelled_pieces(old, before.format, tags, carrier=request.carrier)
                    copy_pieces(old, pieces, new)
                current = temporary
            if request.certificate:
                _sign(Path(os.fspath(source)), current, temporary, before, request, settings)
            after = _declared(reader, temporary, settings).provenance
            _proved(before.provenance, after, tags)
            if request.certificate and after.c2pa_state not in ("valid", "trusted"):
                raise LabelError(
                    f"the signed copy does not verify ({after.c2pa_state}: "
                    f"{', '.join(after.c2pa_problems)[:200]}); check the certificate"
                )
            _keep_mode(source, temporary)
    return Written(
        os.fspath(target),
        before.format,
        tuple(tags),
        tuple(remarks),
        explicit,
        bool(request.certificate),
    )


def _declared(pool: WorkerPool, path: str | os.PathLike[str], settings: Settings) -> Declared:
    payload = {"path": _exact(path), "max_bytes": settings.max_bytes}
    return declared_of(pool.run(payload))


def _digest(path: str | os.PathLike[str], settings: Settings) -> str:
    with open_source(os.fsencode(path), max_bytes=settings.max_bytes) as file:
        return sha256_of(file)


def _exact(path: str | os.PathLike[str]) -> str:
    return os.path.join(os.getcwdb(), os.fsencode(path)).hex()


def _copy_unchanged(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    if Path(source).resolve() == Path(target).resolve():
        return
    with (
        replacing(target) as temporary,
        open_source(os.fsencode(source)) as old,
        temporary.open("wb") as new,
    ):
        while block := old.read(1 << 20):
            new.write(block)


@contextmanager
def _step(current: Path, temporary: Path) -> Iterator[tuple[Any, Any]]:
    """The file as it is and a new one, which becomes `temporary` at the end."""
    scratch = temporary.with_name(temporary.name + ".new")
    try:
        with open_source(os.fsencode(current)) as old, scratch.open("xb") as new:
            yield old, new
        scratch.replace(temporary)
    finally:
        scratch.unlink(missing_ok=True)


def _in_worker(task: str, payload: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Runs what decodes, encodes or signs in a confined process that may write large files."""
    timeout = max(settings.timeout, ENCODING_TIMEOUT)
    memory = settings.worker_memory
    with WorkerPool(task, workers=1, memory=memory, timeout=timeout, file_size=MAX_OUTPUT) as pool:
        answer = pool.run(payload)
    if answer.status == "ok" and isinstance(answer.header.get("said"), str):
        return answer.header
    why = answer.reason or answer.header.get("refused") or "no answer"
    raise LabelError(f"the label was not written: {why}")


def _with_explicit(
    current: Path, temporary: Path, before: Declared, request: LabelRequest, settings: Settings
) -> str:
    from detect.core.serialize import to_plain
    from detect.labelling.wording import wording

    assert request.explicit
    payload = {
        "source": _exact(current),
        "target": _exact(temporary),
        "label": to_plain(request.explicit),
        "text": wording(request),
        "settings": to_plain(settings),
        "notice": _exact(request.explicit.notice) if request.explicit.notice else None,
        "font": _exact(request.explicit.font) if request.explicit.font else None,
    }
    return str(_in_worker("detect.labelling.explicit:draw", payload, settings)["said"])


def _carried_over(now: Declared, before: Declared, tags: dict[str, str]) -> dict[str, str]:
    """A label that encoding anew left behind is written again, as it was."""
    import json

    old = before.provenance.implicit_labels
    if old and not now.provenance.implicit_labels and "AIGC" not in tags:
        if len(old) != 1 or "not-json" in old[0].problems or "vendor-form" in old[0].problems:
            raise LabelError("the implicit label of the file would be lost by encoding it anew")
        tags = {"AIGC": json.dumps(old[0].fields, separators=(",", ":")), **tags}
    types = [d for d in before.provenance.declarations if d.source == "iptc"]
    if types and not any(d.source == "iptc" for d in now.provenance.declarations):
        tags = {"DigitalSourceType": types[0].evidence.untrusted or "", **tags}
    return tags


def _sign(
    source: Path,
    current: Path,
    temporary: Path,
    before: Declared,
    request: LabelRequest,
    settings: Settings,
) -> None:
    scratch = temporary.with_name(temporary.name + ".signed")
    payload = {
        "original": _exact(source),
        "source": _exact(current),
        "target": _exact(scratch),
        "format": before.format,
        "certificate": _exact(request.certificate or ""),
        "key": _exact(request.key or ""),
        "source_type": request.source_type,
        "system": request.system,
        "had_credentials": before.provenance.c2pa_state not in ("absent", "remote"),
    }
    try:
        scratch.touch(mode=0o600, exist_ok=False)
        _in_worker("detect.labelling.sign:sign", payload, settings)
        scratch.replace(temporary)
    finally:
        scratch.unlink(missing_ok=True)


def _proved(before: Provenance, after: Provenance, tags: dict[str, str]) -> None:
    """The last look: what was there is there still, and what was added can be read."""
    kept = {(d.source, d.claim) for d in after.declarations}
    lost = sorted({d.source for d in before.declarations if (d.source, d.claim) not in kept})
    old = sum(label.copies for label in before.implicit_labels)
    if lost or sum(label.copies for label in after.implicit_labels) < old:
        what = ", ".join(lost) or "aigc-label"
        raise LabelError(
            f"nothing was written: the file's own declaration ({what}) would be lost by it "
            "(Measures, Art. 10)"
        )
    if sum(label.copies for label in after.implicit_labels) > max(old, 1):
        raise damaged("it would carry its label twice")
    missing = "AIGC" in tags and not after.implicit_labels
    if missing or ("DigitalSourceType" in tags and "iptc" not in {source for source, _ in kept}):
        raise damaged("the label could not be read back")


def _keep_mode(source: str | os.PathLike[str], temporary: Path) -> None:
    os.chmod(temporary, stat.S_IMODE(os.stat(source).st_mode))
