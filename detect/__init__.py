"""Tells real people from synthetic ones: AI-generated pictures, video and voices.

>>> import detect
>>> report = detect.scan("clip.mp4")            # path, bytes or binary stream
>>> report.verdict.label
'no-synthesis-found'

Importing the package loads no heavy library; names arrive on first use (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from detect.core.version import VERSION

if TYPE_CHECKING:
    from detect.account.audit import Audit, audit
    from detect.account.judging.account import Account
    from detect.account.portfolio import Portfolio, portfolio
    from detect.core.errors import (
        ConfigurationError,
        DetectError,
        InternalError,
        LabelError,
        TrustListError,
        WeightsError,
        WorkerError,
    )
    from detect.core.finding import Evidence, Finding, Span
    from detect.core.media import AudioClip, Frame, Media, Status
    from detect.core.provenance import C2paManifest, Declaration, Provenance
    from detect.core.report import Report
    from detect.core.settings import Settings, load_settings
    from detect.core.verdict import (
        AppliedRule,
        Check,
        HypothesisResult,
        Label,
        Outcome,
        Reason,
        Verdict,
        VerdictLabel,
    )
    from detect.pipeline.comparison import Comparison, compare
    from detect.pipeline.extraction import Named, Source
    from detect.pipeline.inputs import walk
    from detect.pipeline.scanner import Scanner, scan, scan_many

__version__ = VERSION

_HOME = {
    "Account": "detect.account.judging.account",
    "AppliedRule": "detect.core.verdict",
    "AudioClip": "detect.core.media",
    "Audit": "detect.account.audit",
    "C2paManifest": "detect.core.provenance",
    "Check": "detect.core.verdict",
    "Comparison": "detect.pipeline.comparison",
    "ConfigurationError": "detect.core.errors",
    "Declaration": "detect.core.provenance",
    "DetectError": "detect.core.errors",
    "Evidence": "detect.core.finding",
    "Finding": "detect.core.finding",
    "Frame": "detect.core.media",
    "HypothesisResult": "detect.core.verdict",
    "InternalError": "detect.core.errors",
    "Label": "detect.core.verdict",
    "LabelError": "detect.core.errors",
    "Media": "detect.core.media",
    "Named": "detect.pipeline.extraction",
    "Outcome": "detect.core.verdict",
    "Portfolio": "detect.account.portfolio",
    "Provenance": "detect.core.provenance",
    "Reason": "detect.core.verdict",
    "Report": "detect.core.report",
    "Scanner": "detect.pipeline.scanner",
    "Settings": "detect.core.settings",
    "Source": "detect.pipeline.extraction",
    "Span": "detect.core.finding",
    "Status": "detect.core.media",
    "TrustListError": "detect.core.errors",
    "Verdict": "detect.core.verdict",
    "VerdictLabel": "detect.core.verdict",
    "WeightsError": "detect.core.errors",
    "WorkerError": "detect.core.errors",
    "audit": "detect.account.audit",
    "compare": "detect.pipeline.comparison",
    "load_settings": "detect.core.settings",
    "portfolio": "detect.account.portfolio",
    "scan": "detect.pipeline.scanner",
    "scan_many": "detect.pipeline.scanner",
    "walk": "detect.pipeline.inputs",
}

__all__ = [
    "Account",
    "AppliedRule",
    "AudioClip",
    "Audit",
    "C2paManifest",
    "Check",
    "Comparison",
    "ConfigurationError",
    "Declaration",
    "DetectError",
    "Evidence",
    "Finding",
    "Frame",
    "HypothesisResult",
    "InternalError",
    "Label",
    "LabelError",
    "Media",
    "Named",
    "Outcome",
    "Portfolio",
    "Provenance",
    "Reason",
    "Report",
    "Scanner",
    "Settings",
    "Source",
    "Span",
    "Status",
    "TrustListError",
    "Verdict",
    "VerdictLabel",
    "WeightsError",
    "WorkerError",
    "__version__",
    "audit",
    "compare",
    "load_settings",
    "portfolio",
    "scan",
    "scan_many",
    "walk",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'detect' has no attribute {name!r}") from None
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
