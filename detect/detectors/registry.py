"""Which classifiers vote: the shipped ones, then the user's own."""

from __future__ import annotations

from collections.abc import Sequence

from detect.core.settings import Settings
from detect.detectors.base import Classifier
from detect.models.manifest import Manifest

__all__ = ["load_classifiers"]


def load_classifiers(manifest: Manifest, settings: Settings) -> Sequence[Classifier]:
    """The classifiers of a scan, in a fixed order.

    Args:
        manifest: The shipped weights.
        settings: Operating point, threads, and the names of registered models.

    Raises:
        WeightsError: A model is not declared, or a registered one is gone.
    """
    from detect.detectors.speech import SpeechDetector
    from detect.detectors.vision import VisionDetector

    point, threads = settings.operating_point, settings.threads
    return (
        VisionDetector(manifest, operating_point=point, threads=threads),
        SpeechDetector(manifest, operating_point=point, threads=threads),
    )
