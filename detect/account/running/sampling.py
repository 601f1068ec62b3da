"""Which posts of a large account are examined: drawn over time in proportion, extendable.

Posts are ordered once: within each month by a hash of their id, and across months by Sainte-Laguë's
divisors, so that the first n are spread over time like the whole account, for every n. A larger
sample therefore contains every smaller one.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable

__all__ = ["draw_order", "margin_of", "size_for"]

Z90 = 1.6448536269514722
"""Standard normal quantile of a two-sided 90 % interval."""
SEED = "1"


def draw_order(posts: Iterable[tuple[int, str, str, str | None]]) -> list[int]:
    """Numbers of posts in the order in which they are drawn.

    Args:
        posts: Number, platform, id and time (ISO 8601) of each.
    """
    months: defaultdict[str, list[tuple[bytes, int]]] = defaultdict(list)
    for number, platform, post_id, time in posts:
        name = f"{SEED}\0{platform}\0{post_id}".encode("utf-8", "backslashreplace")
        months[(time or "")[:7]].append((hashlib.sha256(name).digest(), number))
    order: list[tuple[float, str, int]] = []
    for month, members in months.items():
        for place, (_, number) in enumerate(sorted(members)):
            order.append(((place + 0.5) / len(members), month, number))
    return [number for _, _, number in sorted(order)]


def size_for(margin: float, total: int) -> int:
    """Posts to draw so that a share is known within `margin` from sampling alone (90 %).

    Worst case of a share of one half, with the correction for a finite account (Cochran 1977,
    eq. 4.2). The classifier's own errors come on top and are in the interval of the estimate.

    Args:
        margin: In (0, 1), for example 0.06.
        total: Posts of the account.
    """
    infinite = (Z90 * 0.5 / margin) ** 2
    return min(total, math.ceil(infinite / (1 + (infinite - 1) / max(total, 1))))


def margin_of(drawn: int, total: int) -> float:
    """Half width of the 90 % interval of a share of one half from sampling alone; 0 when all."""
    if drawn >= total or drawn == 0:
        return 0.0 if drawn else 1.0
    return Z90 * 0.5 / math.sqrt(drawn) * math.sqrt((total - drawn) / (total - 1))
