"""The regression of the heads: the one that `detect eval` fits anew."""

from __future__ import annotations

from detect.evaluate.linear import Linear
from detect.evaluate.linear import fit_linear as fit

__all__ = ["Linear", "fit"]
