"""Foreign bytes for the readers: arbitrary, cut off, and valid ones with a few bytes changed."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("DETECT_FUZZ", "25"))
"""Of each property; `DETECT_FUZZ=2000` looks longer."""
MOST_MEMORY = 96 * 2**20
"""What a reader may take for the small inputs that are made here."""

foreign = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

_ODD = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")
"""Lengths and counts that readers stumble over."""


@st.composite
def mutated(draw: st.DrawFn, *seeds: bytes) -> bytes:
    """A valid input with stretches overwritten, doubled, taken out or cut off; or any bytes."""
    if not draw(st.integers(0, 5)):
        return draw(st.sampled_from(seeds))[: draw(st.integers(0, 16))] + draw(
            st.binary(max_size=400)
        )
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        # Heads hold the structure, so they are hit more often.
        reach = draw(st.sampled_from((32, 256, len(data))))
        at = draw(st.integers(0, max(0, min(reach, len(data)) - 1)))
        what = draw(st.integers(0, 5))
        if what == 0:
            data[at : at + 4] = draw(st.sampled_from(_ODD))
        elif what == 1:
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif what == 2:
            del data[at : at + draw(st.integers(1, 64))]
        elif what == 3:
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        elif what == 4:
            del data[at:]
        else:
            data[at : at + 8] = draw(st.binary(min_size=0, max_size=8))
    return bytes(data)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


def bounded(test: Callable[..., None]) -> Callable[..., None]:
    """Fails when an example takes more memory than small inputs may cost."""

    @wraps(test)
    def measured(*arguments: Any, **named: Any) -> None:
        tracemalloc.start()
        try:
            test(*arguments, **named)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < MOST_MEMORY, f"{peak} bytes"

    return measured
