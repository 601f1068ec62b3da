"""Dataclasses to plain JSON values and back, checked on the way back.

Worker processes answer in JSON, never in pickles: a decoder that a hostile file took over can at
worst send wrong values of the right types.
"""

from __future__ import annotations

import dataclasses
import math
import types
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["from_plain", "to_plain"]

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Dataclasses, tuples and dicts as dicts, lists and scalars.

    Floats are rounded to 6 digits after the point; NaN and infinities become None. Lone surrogates
    in text are escaped, so that the result is always valid UTF-8.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if value is None or isinstance(value, (bool, int)):
        return value
    raise TypeError(f"{type(value).__name__} has no JSON form")


def from_plain(kind: type[T], value: Any) -> T:
    """Builds a dataclass of type `kind` from plain values.

    Raises:
        ValueError: A field is missing, unknown or of another type.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{kind.__name__}: expected an object")
    hints = get_type_hints(kind)
    known = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := value.keys() - known:
        raise ValueError(f"{kind.__name__}: unknown field {min(unknown)!r}")
    try:
        return kind(**{name: _convert(hints[name], v) for name, v in value.items()})
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _convert(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        for option in get_args(hint):
            if option is type(None):
                continue
            try:
                return _convert(option, value)
            except ValueError:
                continue
        raise ValueError(f"{value!r:.80} is not {hint}")
    if origin is Literal:
        if value in get_args(hint):
            return value
        raise ValueError(f"{value!r:.80} is not one of {get_args(hint)}")
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError("expected a list")
        return tuple(_convert(get_args(hint)[0], v) for v in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise ValueError("expected an object")
        return {str(k): _convert(get_args(hint)[1], v) for k, v in value.items()}
    if dataclasses.is_dataclass(hint):
        return from_plain(hint, value)  # type: ignore[arg-type]
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite")
        return float(value)
    if hint is Any or (isinstance(value, hint) and not (hint is int and isinstance(value, bool))):
        return value
    raise ValueError(f"{value!r:.80} is not {hint}")
