"""Inference sessions on the CPU, from verified bytes."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from detect.core.errors import WeightsError
from detect.core.processes.forks import leak, renew_in_child
from detect.models.exact import with_fine_activations
from detect.models.subgraph import subgraph

if TYPE_CHECKING:
    import onnxruntime

    from detect.models.manifest import Model

__all__ = ["Session", "load_onnxruntime", "open_session"]


class Session:
    """A session that is opened anew in a child of `fork()`, where its threads do not exist.

    It may be used from several threads.

    Args:
        make: Opens it.
    """

    def __init__(self, make: Callable[[], onnxruntime.InferenceSession]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: onnxruntime.InferenceSession | None = make()
        renew_in_child(self)

    def after_fork(self) -> None:
        """Leaves the session of the parent alone: to free it would wait for its threads."""
        leak(self._made)
        self._made = None
        self._lock = threading.Lock()

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """As `onnxruntime.InferenceSession.run`."""
        found: list[Any] = self._current().run(outputs, inputs)
        return found

    def get_inputs(self) -> list[Any]:
        """As `onnxruntime.InferenceSession.get_inputs`."""
        found: list[Any] = self._current().get_inputs()
        return found

    def _current(self) -> onnxruntime.InferenceSession:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def load_onnxruntime() -> ModuleType:
    """onnxruntime without its telemetry, which some builds send over the network by default.

    Their switch is read when the library starts; its own function for it comes too late (1.32.0
    resolves the name of a collector and writes below `~/.cache/Microsoft` all the same).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime  # type: ignore[no-any-return]


def open_session(
    model: Model,
    key: str,
    *,
    threads: int = 0,
    outputs: Sequence[str] = (),
    precision: str = "fast",
) -> Session:
    """An onnxruntime session over a declared file, checked before it is parsed.

    Args:
        model: From the manifest.
        key: Which of its files.
        threads: Threads inside one operator; 0: as many as there are cores.
        outputs: Compute nothing but these outputs; all when empty.
        precision: `fast`: as stored; `exact`: with finer activations, so that the outputs do not
            depend on the processor.

    Raises:
        WeightsError: Missing, corrupt, or not a network.
    """
    return Session(partial(_opened, model, key, threads, outputs, precision))


def _opened(
    model: Model, key: str, threads: int, outputs: Sequence[str], precision: str
) -> onnxruntime.InferenceSession:
    content = model.read(key)
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if (precision == "exact" or _overflows(content)) and sums_saturate():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        content = subgraph(content, outputs) if outputs else content
        content = with_fine_activations(content) if precision == "exact" else content
        return onnxruntime.InferenceSession(
            content,
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:
        raise WeightsError(f"{model.id}: {key} is not a network: {error}") from error


def _overflows(network: bytes) -> bool:
    """Whether sums of 8-bit products overflow often enough to matter.

    They do where activations are unsigned (`DynamicQuantizeLinear`). Signed ones of half the size,
    as in `clip-vit-b16`, hardly ever do: what its rounding changes is the same with the switch and
    without, and the switch takes a fifth more time. Where weights alone are 8 bits wide there are
    no such sums, and onnxruntime 1.32 cannot run the network with its switch: it makes the weights
    unsigned and leaves their `DequantizeLinear` a zero point of the wrong size.
    """
    return b"DynamicQuantizeLinear" in network


@cache
def sums_saturate() -> bool:
    """Whether sums of 8-bit products overflow here: on x86-64 processors without VNNI.

    onnxruntime then adds pairs of products in 16 bits unless told to be exact, which takes twice
    the time.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return "vnni" not in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
