"""Lines of text in a picture, by rapidocr with the networks in its wheel (PP-OCRv6 small).

Paths of the networks are given outright: without them the library checks its own copies and would
download what it finds wrong. It sees arrays only, and it gets a `requests` that refuses: the real
one is of no use here and opens a socket as soon as it is imported.
"""

from __future__ import annotations

import sys
import threading
import types
from typing import TYPE_CHECKING, Any, NamedTuple

from detect.core.processes.forks import leak, renew_in_child
from detect.models.runtime import load_onnxruntime

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Line", "TextReader"]

MOST_LINES = 8
"""Lines that are read in one region, the ones nearest to the edges of the picture."""
LEAST_PIXELS = 8
"""Height of the lowest line that is read."""
TALLEST = 3.0
"""Lines taller than this many times their width are vertical, and not read."""


class Line(NamedTuple):
    """One line of text.

    Attributes:
        text: As it was read (untrusted text).
        confidence: 0 to 1.
        box: Left, top, right, bottom in pixels of the picture.
    """

    text: str
    confidence: float
    box: tuple[int, int, int, int]


class TextReader:
    """Finds lines of text and reads them; may be asked from several threads.

    Raises:
        ImportError: On first use: rapidocr is not installed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: tuple[Any, Any] | None = None
        renew_in_child(self)

    def after_fork(self) -> None:
        """Engines and lock of the parent stay with it."""
        leak(self._engines)
        self._lock, self._engines = threading.Lock(), None

    def _engine(self, place: int) -> Any:
        """One engine that only finds lines and one that only reads them: neither keeps a state."""
        with self._lock:
            if self._engines is None:
                engine = _library()
                finder = _open(engine, {"Global.use_rec": False})
                self._engines = finder, _open(engine, {"Global.use_det": False})
        return self._engines[place]

    def find(self, picture: npt.NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
        """Boxes of upright lines of text.

        Args:
            picture: uint8, shape (height, width, 3), RGB.
        """
        import numpy as np

        found = self._engine(0)(np.ascontiguousarray(picture[..., ::-1]))
        height, width = picture.shape[:2]
        boxes = []
        for corners in [] if found.boxes is None else found.boxes:
            left, top = (int(v) for v in np.floor(corners.min(axis=0)))
            right, bottom = (int(v) for v in np.ceil(corners.max(axis=0)))
            box = max(0, left), max(0, top), min(width, right), min(height, bottom)
            tall, wide = box[3] - box[1], box[2] - box[0]
            if wide > 0 and tall >= LEAST_PIXELS and tall <= TALLEST * wide:
                boxes.append(box)
        return boxes

    def read(self, picture: npt.NDArray[np.uint8], box: tuple[int, int, int, int]) -> Line:
        """The text in a box.

        Args:
            picture: As for `find`.
            box: Left, top, right, bottom in pixels.
        """
        import numpy as np

        left, top, right, bottom = box
        crop = np.ascontiguousarray(picture[top:bottom, left:right, ::-1])
        found = self._engine(1)(crop)
        texts, scores = found.txts or ("",), found.scores or (0.0,)
        return Line(str(texts[0]), float(scores[0]), box)


class _Refused(OSError):
    """Something wanted to reach the network."""


def _refuse(*_: object, **__: object) -> None:
    raise _Refused("text recognition reaches no network")


def _library() -> Any:
    """The engine's class, imported with a `requests` that refuses."""
    load_onnxruntime()
    real = sys.modules.get("requests")
    refusing = types.ModuleType("requests")
    vars(refusing).update(get=_refuse, RequestException=_Refused, Response=object)
    sys.modules["requests"] = refusing
    try:
        from rapidocr import RapidOCR
    finally:
        del sys.modules["requests"]
        if real is not None:
            sys.modules["requests"] = real
    return RapidOCR


def _open(engine: Any, only: dict[str, bool]) -> Any:
    from pathlib import Path

    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    return engine(
        params={
            "Global.use_cls": False,
            "Global.text_score": 0.0,
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": 1280,
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            **only,
        }
    )
