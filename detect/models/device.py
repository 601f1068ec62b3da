"""Where the networks run: on the processor, or on a GPU when torch sees one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.core.processes.forks import forked
from detect.models.extras import require

__all__ = ["choose_device"]

_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/nvhost-gpu")
"""Where the driver of an NVIDIA GPU shows: Linux, Windows subsystem for Linux, Jetson."""


def choose_device(wanted: str) -> str:
    """`cpu` or `cuda`.

    Args:
        wanted: `cpu`, `cuda`, or `auto`, which is `cuda` where the extra `torch` is installed and
            sees a GPU. torch is imported only where there is a driver.

    Raises:
        ConfigurationError: `cuda` is wanted and the extra is missing or torch sees no GPU, or its
            GPU was used by a process that this one was forked off.
    """
    chosen = _chosen(wanted)
    if chosen == "cuda" and forked():
        import torch

        if torch.cuda._is_in_bad_fork():
            if wanted == "auto":
                return "cpu"
            raise ConfigurationError(
                "a GPU that was used before a fork cannot be used after it; use it only in the "
                "child, or start processes with spawn"
            )
    return chosen


@cache
def _chosen(wanted: str) -> str:
    if wanted == "cpu":
        return "cpu"
    if wanted == "auto" and not any(Path(driver).exists() for driver in _DRIVERS):
        return "cpu"
    try:
        require("device = cuda", "torch", "onnx", "torch", "transformers")
    except ConfigurationError:
        if wanted == "auto":
            return "cpu"
        raise
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "auto":
        return "cpu"
    raise ConfigurationError(
        "device = cuda, but torch sees no CUDA GPU here; use --device auto or cpu"
    )
