"""How often the vision classifier answers what, source by source: the `rates` of a calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["source_rates"]


def source_rates(
    llr: Mapping[str, np.ndarray],
    points: Mapping[str, Mapping[str, float]],
    positive: np.ndarray,
    sources: Sequence[str],
    fitted_on: str,
) -> dict[str, object]:
    """Counts of left-out answers for `detect.account.weighing.rates.read_rates`.

    Args:
        llr: By condition, shape (n,), each of a head and a line that saw nothing of the source.
        points: The operating points that ship; their thresholds separate the answers.
        positive: Which pictures are AI, shape (n,).
        sources: Source of each picture.
        fitted_on: In words.

    Returns:
        `edges`, and for `image` the answers of each `real` and `ai` source, as the mean over
        conditions, so that a source counts as many pictures as it has.
    """
    names = np.array(sources)
    edges = np.unique([t for point in points.values() for t in point.values()])
    answers = np.stack([np.searchsorted(edges, v, side="right") for v in llr.values()])
    table: dict[str, list[list[float]]] = {}
    for side, keep in (("real", ~positive), ("ai", positive)):
        table[side] = [
            (np.bincount(answers[:, keep & (names == source)].ravel(), minlength=len(edges) + 1)
             / len(llr)).round(3).tolist()
            for source in np.unique(names[keep])
        ]  # fmt: skip
    return {"edges": edges.tolist(), "image": table, "fitted_on": fitted_on}
