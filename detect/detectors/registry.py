"""Which classifiers vote: the shipped ones, then the user's own."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from detect.core.errors import ConfigurationError
from detect.core.settings import Settings
from detect.detectors.base import Classifier
from detect.models.manifest import Manifest

__all__ = ["load_classifiers"]


def load_classifiers(manifest: Manifest, settings: Settings) -> Sequence[Classifier]:
    """The classifiers of a scan, in a fixed order.

    Args:
        manifest: The shipped weights.
        settings: Operating point, threads, and the names of the registered models that vote; all
            of them when it names none.

    Raises:
        ConfigurationError: The settings name a model that is not registered.
        WeightsError: A model is not declared, or the declaration of a registered one is damaged.
    """
    from detect.picture.class_tokens import SharedEncoder
    from detect.picture.depiction import DepictionDetector
    from detect.picture.face_view import FaceViews
    from detect.picture.vision import VisionDetector
    from detect.voice.speech import SpeechDetector

    point, threads = settings.operating_point, settings.threads
    encoder = SharedEncoder(
        manifest,
        (VisionDetector.id, DepictionDetector.id),
        device=settings.device,
        precision=settings.precision,
        threads=threads,
    )
    faces = FaceViews(manifest)
    return (
        VisionDetector(
            manifest,
            operating_point=point,
            threads=threads,
            stability=settings.checks_stability,
            encoder=encoder,
            faces=faces,
        ),
        DepictionDetector(manifest, encoder=encoder, faces=faces, threads=threads),
        SpeechDetector(manifest, operating_point=point, threads=threads),
        *_own(manifest, settings),
    )


def _own(manifest: Manifest, settings: Settings) -> Sequence[Classifier]:
    from detect.models.user import load_user_model, user_model_ids

    registered = user_model_ids()
    for name in settings.models:
        if name not in registered:
            near = difflib.get_close_matches(name, registered, n=1, cutoff=0.0)
            hint = f"; did you mean {near[0]!r}?" if near else "; none is registered"
            raise ConfigurationError(f"models: no model of yours is called {name!r}{hint}")
    chosen = [name for name in registered if not settings.models or name in settings.models]
    if not chosen:
        return ()
    from detect.detectors.custom import CustomClassifier

    return tuple(
        CustomClassifier(
            manifest,
            load_user_model(name),
            operating_point=settings.operating_point,
            threads=settings.threads,
        )
        for name in chosen
    )
