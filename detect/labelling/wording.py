"""The words of an explicit label."""

from __future__ import annotations

import re

from detect.core.errors import LabelError
from detect.labelling.request import LabelRequest

__all__ = ["wording"]

_AI = re.compile(r"人工智能|AI", re.IGNORECASE)
_GENERATED = re.compile(r"生成|合成")
_CHINESE, _ENGLISH = "AI生成", "AI-generated"
_EDITED = "AI-modified"


def wording(request: LabelRequest) -> str:
    """What the label says.

    Raises:
        LabelError: The user's own words lack what the standard asks for.
    """
    assert request.explicit
    text = request.explicit.text
    chinese = "cn" in request.jurisdictions
    if text is None:
        others = set(request.jurisdictions) - {"cn"}
        english = _EDITED if request.edited else _ENGLISH
        return " ".join([_CHINESE] * chinese + [english] * bool(others))
    if not 0 < len(text) <= 60 or not text.isprintable():
        raise LabelError("--text: one line of at most 60 characters")
    if not _AI.search(text):
        raise LabelError("--text: the words must name AI (人工智能 or AI; GB 45438-2025, 5.2)")
    if chinese and not _GENERATED.search(text):
        raise LabelError("--text: the words must contain 生成 or 合成 (GB 45438-2025, 5.2)")
    return text
