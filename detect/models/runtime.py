"""Inference sessions on the CPU, from verified bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from detect.core.errors import WeightsError

if TYPE_CHECKING:
    import onnxruntime

    from detect.models.manifest import Model

__all__ = ["open_session"]


def open_session(model: Model, key: str, *, threads: int = 0) -> onnxruntime.InferenceSession:
    """An onnxruntime session over a declared file, checked before it is parsed.

    Args:
        model: From the manifest.
        key: Which of its files.
        threads: Threads inside one operator; 0: as many as there are cores.

    Raises:
        WeightsError: Missing, corrupt, or not a network.
    """
    content = model.read(key)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise WeightsError(f"{model.id}: {key} is not a network: {error}") from error
