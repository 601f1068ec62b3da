"""The settings of a diffusion run, by what they hold and not by one tool's exact shape.

A prompt and a seed beside two of steps, guidance, sampler and model: no camera and no editor of
photographs writes these together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["are_settings", "named_in"]

_PARTS = {
    "prompt": {"prompt", "positiveprompt", "positive", "fullprompt", "inputprompt", "rawprompt"},
    "seed": {"seed", "seeds", "noiseseed", "randomseed", "modelseed"},
    "steps": {"steps", "numsteps", "numinferencesteps", "inferencesteps", "samplingsteps"},
    "guidance": {"cfg", "cfgscale", "guidance", "guidancescale", "distilledcfgscale", "scale"},
    "sampler": {"sampler", "samplername", "scheduler", "schedulername", "samplermethod"},
    "model": {
        *("model", "models", "modelname", "modelhash", "modelweights", "basemodel"),
        *("basemodelname", "basemodelhash", "checkpoint", "usestablediffusionmodel"),
        *("sdmodel", "sdmodelname", "sdmodelhash", "sdmodelcheckpoint"),
    },
}
_OF = {name: part for part, names in _PARTS.items() for name in names}
_TOOL = frozenset(("software", "app", "appid", "application", "generator", "program", "tool"))
_VERSION = re.compile(r"[ /-]*v?\d[\w.+-]*$")


def are_settings(keys: Iterable[str]) -> bool:
    """Whether these names are those of a diffusion run's settings, whatever their letters' case."""
    parts = {_OF.get(_bare(key)) for key in keys}
    return {"prompt", "seed"} <= parts and len(parts & set(_PARTS)) >= 4


def named_in(content: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Names of known tools that stand under a key like `software`, with or without a version.

    Args:
        content: An object out of a file.
        names: Known tools by their names in small letters.
    """
    for key, value in content.items():
        if isinstance(value, str) and len(value) <= 100 and _bare(str(key)) in _TOOL:
            bare = value.strip().lower().rpartition("/")[2]
            for name in (value.strip().lower(), bare, _VERSION.sub("", value.strip().lower())):
                if name in names:
                    yield name
                    break


def _bare(key: str) -> str:
    return re.sub(r"[^a-z]", "", key[:40].lower())
