"""Whose face it is, as a vector: the same face over pictures, never a name.

An embedding is biometric data: it stays in the process unless the user asks for it, and nothing
computes one when `biometrics` is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from detect.faces.detection import Face
from detect.models.calibration import Calibration
from detect.models.manifest import Manifest
from detect.models.runtime import Session, open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LEAST_WIDTH", "FaceEncoder"]

SIDE = 150
"""Side of the aligned picture that the network sees, in pixels."""
TEMPLATE = ((0.32, 0.35), (0.68, 0.35), (0.5, 0.582), (0.3524, 0.75), (0.6476, 0.75))
"""Where eyes, nose and mouth corners are brought to, in shares of `SIDE`.

Chosen among 18 layouts by how well frames of one video matched (`scripts/faces/calibrate.py`).
"""
LEAST_WIDTH = 40.0
"""Width of a face under which it is not compared, in pixels."""


class FaceEncoder:
    """The dlib-style recognition network of @vladmandic/face-api.

    Args:
        manifest: The weights (`faces-v1`), loaded on first use.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._model = manifest["faces-v1"]

    @cached_property
    def _network(self) -> Session:
        return open_session(self._model, "encoder", threads=1)

    @cached_property
    def calibration(self) -> Calibration:
        """From the distance of two embeddings, negated, to the llr of one person."""
        return Calibration.parse_json(self._model.read("calibration"))

    def embed(
        self, pixels: npt.NDArray[np.uint8], faces: Sequence[Face]
    ) -> npt.NDArray[np.float32]:
        """Embeddings of the faces of one picture.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.
            faces: As `FaceDetector.find` gave them for this picture.

        Returns:
            float32, shape (len(faces), 128); Euclidean distances compare them.

        Raises:
            WeightsError: The weights are missing or corrupt.
        """
        import numpy as np

        if not faces:
            return np.zeros((0, 128), np.float32)
        planes = np.stack([aligned(pixels, face) for face in faces]).astype(np.float32)
        found = self._network.run(["embedding"], {"pixels": planes.transpose(0, 3, 1, 2)})[0]
        return np.asarray(found, np.float32)


def aligned(pixels: npt.NDArray[np.uint8], face: Face) -> npt.NDArray[np.uint8]:
    """The face upright and centred, uint8, shape (150, 150, 3): a similarity transform.

    Least squares over the five landmarks (Umeyama 1991, without reflection).
    """
    import numpy as np
    from PIL import Image

    target = np.asarray(TEMPLATE) * SIDE
    found = np.asarray(face.landmarks)
    centre, found_centre = target.mean(axis=0), found.mean(axis=0)
    a, b = target - centre, found - found_centre
    norm = float((a * a).sum())
    along = float((a * b).sum()) / norm
    across = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / norm
    turn = np.array([[along, -across], [across, along]])
    shift = found_centre - turn @ centre
    # Cut out first, so that reducing a large picture costs no more than the face.
    corners = np.array([[0, 0], [SIDE, 0], [0, SIDE], [SIDE, SIDE]]) @ turn.T + shift
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(
        np.ceil(corners.max(axis=0)).astype(int), (left + 1, top + 1), (width, height)
    )
    picture = Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right]))
    shift = shift - (left, top)
    scale = float(np.hypot(along, across))
    if scale > 1.5:
        size = max(1, round(picture.width / scale)), max(1, round(picture.height / scale))
        ratio = np.array([size[0] / picture.width, size[1] / picture.height])
        picture = picture.resize(size, Image.Resampling.BILINEAR)
        turn, shift = turn * ratio[:, None], shift * ratio
    matrix = (turn[0, 0], turn[0, 1], shift[0], turn[1, 0], turn[1, 1], shift[1])
    return np.asarray(
        picture.transform((SIDE, SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    )
