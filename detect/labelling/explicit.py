"""Explicit labels: drawn into pictures and video, put in front of sound. Runs in a worker.

Content is decoded and encoded anew here, by the nature of the thing; metadata stays where the
encoder lets it, and is written again otherwise.
"""

from __future__ import annotations

from typing import Any

from detect.core.errors import LabelError
from detect.core.serialize import from_plain
from detect.core.settings import Settings
from detect.labelling.request import ExplicitLabel
from detect.media.sniff import sniff
from detect.media.source import MediaError, open_source

__all__ = ["draw"]


def draw(payload: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Makes the labelled copy.

    Args:
        payload: `source`, `target`, `notice`, `font` (paths in hexadecimal or None), `label` (plain
            `ExplicitLabel`), `text`, `settings`.

    Returns:
        `said` with what was drawn, or `refused` with the reason.
    """
    label = from_plain(ExplicitLabel, payload["label"])
    settings = from_plain(Settings, payload["settings"])
    source, target = bytes.fromhex(payload["source"]), bytes.fromhex(payload["target"])
    font = bytes.fromhex(payload["font"]).decode() if payload["font"] else None
    notice = bytes.fromhex(payload["notice"]) if payload["notice"] else None
    try:
        with open_source(source, max_bytes=settings.max_bytes) as file:
            sniffed = sniff(file)
            if sniffed.family == "image":
                from detect.labelling.explicit_image import draw_image

                said = draw_image(file, sniffed, target, label, payload["text"], font, settings)
            else:
                from detect.labelling.explicit_stream import label_stream

                said = label_stream(
                    file, sniffed, target, label, payload["text"], font, notice, settings
                )
    except (LabelError, MediaError) as error:
        return {"refused": str(error)}, []
    return {"said": said}, []
