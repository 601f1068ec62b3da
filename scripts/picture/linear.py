"""The regression of the heads: the one that `detect eval` fits anew."""

from __future__ import annotations

from detect.evaluate.recipes.linear import Linear
from detect.evaluate.recipes.linear import fit_linear as fit

__all__ = ["Linear", "fit"]
