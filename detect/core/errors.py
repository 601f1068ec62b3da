"""Exceptions for wrong use and broken installations.

A bad input file is never an exception: it is a report with a status and a reason.

::

    DetectError
    ├── ConfigurationError     wrong option, setting or file given by the user   (exit 2)
    │   ├── TrustListError     a trust list that holds no certificate
    │   └── LabelError         a label that cannot or must not be written
    ├── WeightsError           weights missing, unknown or corrupt               (exit 4)
    └── InternalError          a bug of ours                                     (exit 5)
        └── WorkerError        the decoding workers cannot be started
"""

from __future__ import annotations

__all__ = [
    "ConfigurationError",
    "DetectError",
    "InternalError",
    "LabelError",
    "TrustListError",
    "WeightsError",
    "WorkerError",
]


class DetectError(Exception):
    """Base class of every exception the toolkit raises on purpose."""


class ConfigurationError(DetectError):
    """A wrong option, setting or configuration file."""


class TrustListError(ConfigurationError):
    """A trust list that cannot be imported."""


class LabelError(ConfigurationError):
    """A label that cannot be written, or must not be: another one would be lost."""


class WeightsError(DetectError):
    """Weights are missing, not declared, or do not match their sha256."""


class InternalError(DetectError):
    """A defect of the toolkit itself."""


class WorkerError(InternalError):
    """The decoding workers cannot be started."""
