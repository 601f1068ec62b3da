"""Values out of a sidecar: nothing in it has the type it should have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

__all__ = ["count", "counts", "first", "hashtags", "text", "time"]

LONGEST_TEXT = 20_000
LONGEST_TAG = 100
MOST_TAGS = 100
_TAG = re.compile(r"[#＃]([^\s#＃.,，。、!！?？:：;；()（）\[\]【】'\"“”…]+)")
_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y-%m-%d_%H:%M:%S",
    "%Y-%m-%d_%H.%M.%S",
    "%Y-%m-%d %H-%M-%S",
    "%Y-%m-%d %H.%M.%S",
    "%a %b %d %H:%M:%S %z %Y",  # Weibo, X
)


def first(document: object, *paths: str) -> Any:
    """The first value under one of the dotted paths that is neither missing, None nor empty."""
    for path in paths:
        value = document
        for key in path.split("."):
            if isinstance(value, Mapping):
                value = value.get(key)
            elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            else:
                value = None
                break
        if value is not None and value != "" and value != [] and value != {}:
            return value
    return None


def text(value: object, limit: int = LONGEST_TEXT) -> str | None:
    """A string, or a number as one; None for everything else. Lone surrogates are replaced."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value)[:limit].encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def count(value: object) -> int | None:
    """A number of things: a non-negative integer, also as text or as `{"count": n}`."""
    if isinstance(value, Mapping):
        value = value.get("count")
    if isinstance(value, str) and value.strip().isascii() and len(value) < 19:
        value = value.strip().replace(",", "")
        value = int(value) if value.isdigit() else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 2**53 else None


def counts(document: object, **paths: tuple[str, ...]) -> dict[str, int]:
    """Counts by name, from the first path that holds one; those not stated are left out."""
    found = {name: count(first(document, *keys)) for name, keys in paths.items()}
    return {name: number for name, number in found.items() if number is not None}


def time(value: object, *, hours: int = 0) -> str | None:
    """A moment as `2026-03-01T12:00:00Z`: of seconds or milliseconds since 1970, or of text.

    Args:
        value: What stands there.
        hours: The zone of text without one, in hours east of Greenwich; most tools write UTC.
    """
    zone = timezone(timedelta(hours=hours))
    if isinstance(value, str):
        plain = value.strip()[:64]
        if plain.isascii() and re.fullmatch(r"\d{8}", plain):
            return _shown(_parse(plain, "%Y%m%d"), zone)
        if plain.isascii() and re.fullmatch(r"\d{9,13}(\.\d+)?", plain):
            return time(float(plain))
        try:
            return _shown(datetime.fromisoformat(plain), zone)
        except ValueError:
            return _shown(
                next(filter(None, (_parse(plain, form) for form in _FORMATS)), None), zone
            )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    seconds = value / 1000 if abs(value) > 1e11 else value
    try:
        return _shown(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _parse(plain: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(plain, form)
    except ValueError:
        return None


def _shown(moment: datetime | None, zone: timezone = UTC) -> str | None:
    if moment is None or not 2000 <= moment.year < 2100:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hashtags(caption: str, listed: object = ()) -> tuple[str, ...]:
    """Hashtags of the list and of the caption: lower case, without `#`, each once."""
    names: list[str] = []
    for item in listed if isinstance(listed, (list, tuple)) else ():
        name = item
        if isinstance(item, Mapping):
            name = first(item, "hashtagName", "title", "name", "tag", "topic_title")
        plain = text(name, LONGEST_TAG)
        if plain:
            names.append(plain)
    names += _TAG.findall(caption)
    return _unique(n.strip("#＃ \t\n").lower()[:LONGEST_TAG] for n in names)[:MOST_TAGS]


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for n in names if n))
