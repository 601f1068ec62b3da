"""What a file declares, read in a worker, without decoding its pictures or sound."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.core.provenance import Provenance
from detect.core.serialize import from_plain, to_plain

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.workers.pool import Answer

__all__ = ["TASK", "Declared", "declared_of", "read_declared"]

TASK = "detect.pipeline.declared:read_declared"


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file declares.

    Attributes:
        format: As sniffed.
        size: Bytes.
        provenance: Its declarations; visible marks and watermarks are not looked for.
    """

    format: str
    size: int
    provenance: Provenance


def read_declared(payload: dict[str, Any]) -> tuple[dict[str, Any], list[npt.NDArray[np.generic]]]:
    """Runs in a worker; `payload` holds `path` (hexadecimal of the exact name) and `max_bytes`."""
    from detect.media.sniff import sniff
    from detect.media.source import open_source
    from detect.provenance.declarations import read_provenance
    from detect.provenance.trust import load_trust

    name = bytes.fromhex(payload["path"])
    with open_source(name, max_bytes=payload["max_bytes"]) as file:
        sniffed = sniff(file)
        file.seek(0)
        provenance = read_provenance(file, sniffed.format, trust=load_trust())
        size = os.fstat(file.fileno()).st_size
    return to_plain(Declared(sniffed.format, size, provenance)), []


def declared_of(answer: Answer) -> Declared:
    """Checks the answer of a worker.

    Raises:
        MediaError: The file could not be read, with the worker's status and reason.
    """
    from detect.media.source import MediaError

    if answer.status != "ok":
        raise MediaError(answer.status, answer.reason or "")
    try:
        return from_plain(Declared, answer.header)
    except ValueError as error:
        raise MediaError("crashed", f"the reading process gave a wrong answer ({error})") from None
