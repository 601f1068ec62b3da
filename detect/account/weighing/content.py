"""How the content of an account is made, by the evidence of all its pictures together.

One picture is seldom decided; the pictures of one account seldom lie. Their log-likelihood ratios
are taken as draws around a level of the account, the level as a draw from the levels of camera or
of AI sources (`spread`), both with the heavy tails of Student's t, so that one odd picture or one
odd source decides nothing. A mixed account has two levels that lie apart: one before and one after
a turn (Smith 1975), or pictures of both kinds throughout. The three marginal likelihoods are
weighed against each other (Kass and Raftery 1995); what an account says of itself stays apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detect.account.weighing.scores import PostScore
from detect.account.weighing.spread import Spread, Spreads

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["CLEAR", "OUTCOMES", "Content", "judge_content"]

Outcome = Literal["camera", "ai-generated", "mixed", "drawn-or-rendered", "undecided"]
OUTCOMES: tuple[Outcome, ...] = ("camera", "ai-generated", "mixed", "drawn-or-rendered")

CLEAR = 0.85
"""Probability from which an outcome is stated."""
LEAST = 4
"""Scored posts below which none is."""
PRIOR = {"camera": 0.45, "ai-generated": 0.45, "mixed": 0.1}
"""Before any picture is seen. Few accounts are mixed; an even chance for them would turn every
account with a few odd pictures into one."""
MOSTLY = 0.6
"""Share of looked-at pictures from which an account is one of drawings or renders."""
DECLARED = 0.5
"""Share of posts that declare AI from which the account's own word is enough."""
LEAST_SIDE = 3
"""Posts on each side of a turn."""
APART = 1.0
"""Log-likelihood ratio between the two levels of a mixed account, at least."""
MOST = 240
"""Posts that are weighed, evenly spaced over time."""
TAIL_SOURCES, TAIL_PICTURES = 5.0, 6.0
"""Degrees of freedom: heavy, so that the odd source and the odd picture are expected."""
SHARES = (0.15, 0.3, 0.5, 0.7, 0.85)


@dataclass(frozen=True, slots=True)
class Content:
    """The answer.

    Attributes:
        outcome: How the content is made, or `undecided`.
        probability: Of the most probable outcome; None where a rule decides (`declared`, drawings)
            or nothing could be scored.
        leaning: The most probable outcome, also when undecided; None without any score.
        probabilities: By outcome.
        basis: `pictures`, `declared`, `depiction`, or why there is no answer: `too-few`,
            `not-calibrated`, `no-posts`.
        posts: Posts that were weighed.
        level: Mean log-likelihood ratio of these.
        since: Time of the first post after the most probable turn, of a mixed account.
        turned: `turned-synthetic` or `turned-camera`, with `since`.
    """

    outcome: Outcome
    probability: float | None
    leaning: Outcome | None
    probabilities: Mapping[Outcome, float]
    basis: str
    posts: int
    level: float | None = None
    since: str | None = None
    turned: str | None = None


def judge_content(
    scores: Sequence[PostScore],
    spreads: Mapping[str, Spreads],
    *,
    posts: int,
    declared: int = 0,
    looked: int = 0,
    drawn: int = 0,
) -> Content:
    """Judges how an account's content is made.

    Args:
        scores: The classifier's evidence by post.
        spreads: By kind of post; posts of a kind without spreads are not weighed.
        posts: Posts with a picture or video.
        declared: Of these, posts that label, words or file call AI-generated.
        looked: Pictures that were looked at for how they are made.
        drawn: Of these, drawn or rendered ones.
    """
    weighed = sorted(
        (s for s in scores if s.kind in spreads), key=lambda s: (s.time is None, s.time or "")
    )
    chosen = _spaced(weighed)
    level = sum(s.llr for s in chosen) / len(chosen) if chosen else None
    found = _weigh(chosen, spreads) if chosen else None
    leaning = max(found.odds.items(), key=lambda item: item[1])[0] if found else None
    shares: Mapping[Outcome, float] = found.odds if found else {}
    if posts and declared >= max(LEAST, DECLARED * posts):
        return Content("ai-generated", None, leaning, shares, "declared", len(chosen), level)
    if looked >= LEAST and drawn >= MOSTLY * looked:
        outcome: Outcome = "drawn-or-rendered"
        return Content(outcome, None, outcome, shares, "depiction", len(chosen), level)
    if found is None or leaning is None or len(chosen) < LEAST:
        known = bool(spreads)
        basis = "no-posts" if not posts else "too-few" if known else "not-calibrated"
        return Content("undecided", None, leaning, shares, basis, len(chosen), level)
    clear = found.odds[leaning] >= CLEAR
    mixed = leaning == "mixed" and found.place is not None
    return Content(
        leaning if clear else "undecided",
        found.odds[leaning],
        leaning,
        found.odds,
        "pictures",
        len(chosen),
        level,
        chosen[found.place].time if mixed and found.place is not None else None,
        found.turned if mixed else None,
    )


@dataclass(frozen=True, slots=True)
class _Weighed:
    odds: dict[Outcome, float]
    place: int | None
    turned: str | None


def _weigh(scores: Sequence[PostScore], spreads: Mapping[str, Spreads]) -> _Weighed:
    import numpy as np

    grid: Array = np.linspace(-6.0, 6.0, 49)
    levels = {side: _levels(grid, scores, spreads, side) for side in ("camera", "ai")}
    single = {side: _single(grid, scores, spreads, side) for side in ("camera", "ai")}
    camera, ai = (_log_sum(levels[k] + single[k].sum(axis=1)) for k in ("camera", "ai"))
    throughout = _throughout(grid, levels, single)
    turn, place, turned = _turn(grid, levels, single)
    mixed = float(np.logaddexp(turn, throughout)) - math.log(2)
    names: tuple[Outcome, ...] = ("camera", "ai-generated", "mixed")
    values = np.array([camera, ai, mixed]) + np.log([PRIOR[name] for name in names])
    odds = np.exp(values - _log_sum(values))
    likely = turn > throughout and all(s.time is not None for s in scores)
    return _Weighed(
        {name: float(p) for name, p in zip(names, odds, strict=True)},
        place if likely else None,
        turned if likely else None,
    )


def _side(spreads: Spreads, side: str) -> Spread:
    return spreads.camera if side == "camera" else spreads.ai


def _levels(
    grid: Array, scores: Sequence[PostScore], spreads: Mapping[str, Spreads], side: str
) -> Array:
    """Log-probability of each level of the grid, by the kind that most posts are of."""
    kinds = [score.kind for score in scores]
    spread = _side(spreads[max(set(kinds), key=kinds.count)], side)
    values = _log_t((grid - spread.level) / spread.between, TAIL_SOURCES)
    return values - _log_sum(values)


def _single(
    grid: Array, scores: Sequence[PostScore], spreads: Mapping[str, Spreads], side: str
) -> Array:
    """Log-likelihood of each post at each level, shape (levels, posts)."""
    import numpy as np

    llr = np.array([s.llr for s in scores])
    within = np.array([_side(spreads[s.kind], side).within for s in scores])
    values: Array = _log_t((llr - grid[:, None]) / within, TAIL_PICTURES) - np.log(within)
    return values


def _throughout(grid: Array, levels: Mapping[str, Array], single: Mapping[str, Array]) -> float:
    """Pictures of both kinds, in any order."""
    import numpy as np

    apart = grid[None, :] - grid[:, None] >= APART
    prior = levels["camera"][:, None] + levels["ai"][None, :]
    total = []
    for share in SHARES:
        camera = math.log(1 - share) + single["camera"]
        ai = math.log(share) + single["ai"]
        value = prior + sum(
            np.logaddexp(camera[:, None, i], ai[None, :, i]) for i in range(camera.shape[1])
        )
        total.append(_log_sum(value[apart]))
    return _log_sum(np.array(total)) - math.log(len(SHARES))


def _turn(
    grid: Array, levels: Mapping[str, Array], single: Mapping[str, Array]
) -> tuple[float, int | None, str | None]:
    """One kind before a post, the other from it on; with the most probable post and direction."""
    import numpy as np

    posts = single["camera"].shape[1]
    places = np.arange(LEAST_SIDE, posts - LEAST_SIDE + 1)
    if not len(places):
        return -math.inf, None, None
    sums = {k: np.pad(v.cumsum(axis=1), ((0, 0), (1, 0))) for k, v in single.items()}
    found = []
    for first, then in (("camera", "ai"), ("ai", "camera")):
        before = levels[first][:, None] + sums[first][:, places]
        after = levels[then][:, None] + sums[then][:, -1:] - sums[then][:, places]
        rise = grid[None, :] - grid[:, None]
        apart = (rise if first == "camera" else -rise) >= APART
        value = np.where(apart[..., None], before[:, None] + after[None, :], -np.inf)
        flat = value.reshape(-1, len(places))
        top = flat.max(axis=0)
        found.append(top + np.log(np.exp(flat - top).sum(axis=0)))
    joint = np.stack(found)
    row, column = np.unravel_index(int(joint.argmax()), joint.shape)
    total = _log_sum(joint.ravel()) - math.log(2 * len(places))
    return total, int(places[column]), ("turned-synthetic", "turned-camera")[int(row)]


def _log_t(value: Array, degrees: float) -> Array:
    """Logarithm of the density of Student's t."""
    import numpy as np

    constant = (
        math.lgamma((degrees + 1) / 2)
        - math.lgamma(degrees / 2)
        - 0.5 * math.log(degrees * math.pi)
    )
    result: Array = constant - (degrees + 1) / 2 * np.log1p(value * value / degrees)
    return result


def _log_sum(values: Array) -> float:
    import numpy as np

    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum())) if math.isfinite(top) else top


def _spaced(items: Sequence[PostScore]) -> list[PostScore]:
    if len(items) <= MOST:
        return list(items)
    return [items[number * len(items) // MOST] for number in range(MOST)]
