"""One file, many records: event lists, playlists, answers of interfaces, lists of lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["records_of"]

MOST_RECORDS = 200_000
_LISTS = (
    "entries",
    "items",
    "data",
    "videos",
    "aweme_list",
    "posts",
    "statuses",
    "weibo",
    "ig_stories",
    "ig_reels_media",
)
_FROM_PLAYLIST = ("extractor", "extractor_key", "uploader", "uploader_id", "channel")


def records_of(document: object) -> Iterator[Mapping[str, Any] | str]:
    """The records of a document, the outermost first, or in words what cannot be one.

    gallery-dl's `--dump-json` lists events: `[2, {}]` a folder, `[3, address, {}]` a file,
    `[6, address, {}]` another page, `[-1, {}]` an error. yt-dlp's `-J` nests `entries`. Answers of
    interfaces have their posts in `data`, also as `{"data": {"videos": []}}`.

    Args:
        document: A parsed JSON document.
    """
    stack: list[tuple[object, Mapping[str, Any]]] = [(document, {})]
    seen = 0
    while stack:
        one, above = stack.pop()
        seen += 1
        if seen > MOST_RECORDS:
            yield f"more than {MOST_RECORDS} records"
            return
        if isinstance(one, Mapping):
            whole = {**above, **one} if above else one
            yield whole
            inherited = {
                key: one[key]
                for key in _FROM_PLAYLIST
                if isinstance(one.get(key), str) and one.get("_type") in ("playlist", "multi_video")
            }
            for key in _LISTS:
                inner = one.get(key)
                if key == "data" and isinstance(inner, Mapping):
                    inner = next((inner[k] for k in _LISTS if isinstance(inner.get(k), list)), None)
                if isinstance(inner, list):
                    stack += [(v, inherited) for v in reversed(inner) if isinstance(v, Mapping)]
        elif isinstance(one, list):
            if one and isinstance(one[0], int) and not isinstance(one[0], bool):
                if one[0] == -1:
                    yield "an error that the tool recorded"
                elif one[0] in (2, 3) and isinstance(one[-1], Mapping):
                    yield one[-1]
                elif one[0] != 6:
                    yield "an entry of no known kind"
            else:
                stack += [(v, above) for v in reversed(one)]
        elif one is not None:
            yield f"a {type(one).__name__} where a record should be"
