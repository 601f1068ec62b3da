"""Times in a recording, as people read them."""

from __future__ import annotations

__all__ = ["clock", "stretch"]


def clock(seconds: float, *, tenths: bool = False) -> str:
    """`1:05` or `1:02:05`; with `tenths` `1:05.3`."""
    total = max(0.0, seconds)
    ticks = round(total * 10) if tenths else int(total) * 10
    whole, tenth = divmod(ticks, 10)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{text}.{tenth}" if tenths else text


def stretch(start: float, end: float) -> str:
    """`13.0-31.0 s` within the first minute, `55:40-56:00` past it."""
    return f"{start:.1f}-{end:.1f} s" if end < 60 else f"{clock(start)}-{clock(end)}"
