"""Where faces are in a picture: CenterFace (Xu et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Face", "FaceDetector"]

LONGEST = 480
"""The picture is scaled down to this longest side, in pixels."""
STRIDE = 32
"""The network's sides are multiples of this."""
CELL = 4
"""Pixels of the input a cell of the heat map stands for."""
THRESHOLD = 0.5
OVERLAP = 0.3
"""Intersection over union from which two boxes are one face."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    Attributes:
        score: Confidence, 0 to 1.
        box: Left, top, width, height in pixels of the picture.
        landmarks: (x, y) of both eyes (left in the picture first), nose, both mouth corners.
    """

    score: float
    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...]


class FaceDetector:
    """Finds faces.

    Args:
        manifest: The weights (`faces-v1`), loaded on first use.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._model = manifest["faces-v1"]

    @cached_property
    def _network(self) -> Session:
        return open_session(self._model, "detector", threads=1)

    def find(self, pixels: npt.NDArray[np.uint8]) -> tuple[Face, ...]:
        """Faces of a picture, the most confident first.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        import numpy as np
        from PIL import Image

        height, width = pixels.shape[:2]
        scale = min(1.0, LONGEST / max(width, height))
        columns, rows = (
            max(STRIDE, -(-round(v * scale) // STRIDE) * STRIDE) for v in (width, height)
        )
        small = Image.fromarray(np.ascontiguousarray(pixels)).resize(
            (columns, rows), Image.Resampling.BILINEAR
        )
        planes = np.asarray(small, np.float32).transpose(2, 0, 1)[None]
        outputs = self._network.run(["heat", "size", "offset", "landmarks"], {"pixels": planes})
        return _decode(*outputs, zoom=(width / columns, height / rows))


def _decode(
    heat: npt.NDArray[np.float32],
    size: npt.NDArray[np.float32],
    offset: npt.NDArray[np.float32],
    landmarks: npt.NDArray[np.float32],
    *,
    zoom: tuple[float, float],
) -> tuple[Face, ...]:
    import numpy as np

    rows, columns = np.where(heat[0, 0] > THRESHOLD)
    score = heat[0, 0, rows, columns]
    height, width = np.exp(size[0][:, rows, columns]) * CELL
    down, right = offset[0][:, rows, columns]
    left = (columns + right + 0.5) * CELL - width / 2
    top = (rows + down + 0.5) * CELL - height / 2
    faces = []
    kept: list[int] = []
    boxes = np.stack([left, top, width, height], axis=1)
    for number in np.argsort(-score, kind="stable"):
        if any(_overlap(boxes[number], boxes[other]) >= OVERLAP for other in kept):
            continue
        kept.append(int(number))
        points = landmarks[0, :, rows[number], columns[number]].reshape(5, 2)  # y, x
        faces.append(
            Face(
                float(score[number]),
                (
                    float(left[number] * zoom[0]),
                    float(top[number] * zoom[1]),
                    float(width[number] * zoom[0]),
                    float(height[number] * zoom[1]),
                ),
                tuple(
                    (
                        float((x * width[number] + left[number]) * zoom[0]),
                        float((y * height[number] + top[number]) * zoom[1]),
                    )
                    for y, x in points
                ),
            )
        )
    return tuple(faces)


def _overlap(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Intersection over union of two boxes (left, top, width, height)."""
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    along = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if across <= 0 or along <= 0:
        return 0.0
    common = float(across * along)
    return common / (float(a[2] * a[3]) + float(b[2] * b[3]) - common)
