"""Explicit labels of pictures and video held against GB 45438-2025, 5.2 and 5.4."""

from __future__ import annotations

from collections.abc import Iterator

from detect.core.mark import VisibleMark
from detect.core.verdict import Check, Outcome
from detect.labels.evidence import UNSEEN, Evidence

__all__ = ["MINIMUM_HEIGHT", "MINIMUM_SECONDS", "explicit_checks"]

MINIMUM_HEIGHT = 0.05
"""Least height of the text, as a share of the shorter side (5.2, 5.4)."""
MINIMUM_SECONDS = 2.0
"""Least time on screen (5.4)."""
_TOLERANCE = 0.1
"""Relative error of the measured height; "height" itself is not defined by the standard."""
_FIRST_FRAME = 0.5
"""Seconds within which a label counts as standing on the first frame."""
_SAMPLED = 0.75
"""Longest gap between frames that were read, in seconds, for a duration to be measured."""

_WRITE = (
    "Draw a conforming one: detect label write FILE --cn --explicit.",
    "添加符合要求的标识：detect label write FILE --cn --explicit。",
)


def explicit_checks(evidence: Evidence) -> Iterator[Check]:
    """Whether there is a visible label, and which clause it keeps or fails, and by how much."""
    video = evidence.media.kind == "video"
    rule = "cn-gb45438-5.4" if video else "cn-gb45438-5.2"
    clause = "GB 45438-2025, 5.4" if video else "GB 45438-2025, 5.2"
    if not evidence.pictures:
        yield _sound(evidence)
        return
    if not evidence.marks_read:
        yield Check(
            "cn-explicit",
            "not-examined",
            rule,
            clause,
            "Visible labels were not looked for.",
            "未检测画面中的显式标识。",
            *UNSEEN,
        )
        return
    notices = evidence.notices
    if not notices:
        yield Check(
            "cn-explicit",
            "missing",
            rule,
            clause,
            "No explicit label was read in the picture (due under Art. 4 unless Art. 9 applies).",
            "画面中未识别到显式标识（第四条要求添加，第九条情形除外）。",
            *_WRITE,
        )
        return
    mark = notices[0]
    yield _wording(mark, rule, clause)
    yield _position(mark, rule, clause)
    yield _height(mark, rule, clause)
    if video:
        yield from _time(mark, evidence, rule, clause)


def _sound(evidence: Evidence) -> Check:
    """The rhythm can be found; a spoken notice is not understood by this version."""
    outcome: Outcome = "not-examined"
    if evidence.rhythm:
        outcome = "pass"
        says = (
            "The sound has the rhythm short long, short short.",
            "音频含有“短长 短短”节奏提示。",
        )
    elif evidence.rhythm is False:
        says = (
            "The rhythm short long, short short was not found; a spoken notice was not looked for.",
            "未发现“短长 短短”节奏提示；未检测语音提示。",
        )
    else:
        says = (
            "Whether a spoken notice or rhythm stands in the sound was not examined.",
            "音频中是否有语音提示或节奏提示，未作检测。",
        )
    todo = () if evidence.rhythm else UNSEEN
    return Check("cn-explicit", outcome, "cn-gb45438-5.3", "GB 45438-2025, 5.3", *says, *todo)


def _check(
    code: str,
    good: bool,
    rule: str,
    clause: str,
    says: tuple[str, str],
    measured: float | None = None,
    required: float | None = None,
) -> Check:
    outcome: Outcome = "pass" if good else "fail"
    todo: tuple[str | None, str | None] = (None, None) if good else _WRITE
    return Check(code, outcome, rule, clause, *says, todo[0], todo[1], measured, required)


def _wording(mark: VisibleMark, rule: str, clause: str) -> Check:
    lacks = [
        words
        for there, words in (
            (
                mark.ai_element,
                ("the AI element (人工智能 or AI)", "人工智能要素（“人工智能”或“AI”）"),
            ),
            (
                mark.generation_element and mark.chinese,
                ("the generation element (生成 or 合成)", "生成合成要素（“生成”或“合成”）"),
            ),
        )
        if not there
    ]
    if not lacks:
        says = (
            "The explicit label has the AI element and the generation element.",
            "显式标识同时含有人工智能要素和生成合成要素。",
        )
    else:
        says = (
            f"The explicit label lacks {' and '.join(en for en, _ in lacks)}.",
            f"显式标识缺少{'、'.join(zh for _, zh in lacks)}。",
        )
    return _check("cn-explicit-wording", not lacks, rule, clause, says)


_PLACES_ZH = {
    "top-left": "左上角",
    "top": "上边缘",
    "top-right": "右上角",
    "left": "左边缘",
    "right": "右边缘",
    "bottom-left": "左下角",
    "bottom": "下边缘",
    "bottom-right": "右下角",
}


def _position(mark: VisibleMark, rule: str, clause: str) -> Check:
    good = mark.position != "inside"
    says = (
        f"The explicit label stands at an edge or corner ({mark.position})."
        if good
        else "The explicit label stands neither at an edge nor at a corner.",
        f"显式标识位于边或角（{_PLACES_ZH[mark.position]}）。"
        if good
        else "显式标识不在画面的边或角。",
    )
    return _check("cn-explicit-position", good, rule, clause, says)


def _height(mark: VisibleMark, rule: str, clause: str) -> Check:
    share, least = 100 * mark.height, 100 * MINIMUM_HEIGHT
    values = (round(mark.height, 4), MINIMUM_HEIGHT)
    if mark.height >= MINIMUM_HEIGHT:
        says = (
            f"The text is {share:.1f} % of the shorter side high (at least {least:.0f} %).",
            f"文字高度为画面最短边的 {share:.1f}%（不低于 {least:.0f}%）。",
        )
        return _check("cn-explicit-height", True, rule, clause, says, *values)
    short = f"{least - share:.1f}"
    says = (
        f"The text is {share:.1f} % of the shorter side high: {short} points less than "
        f"{least:.0f} %.",
        f"文字高度为画面最短边的 {share:.1f}%，比要求的 {least:.0f}% 低 {short} 个百分点。",
    )
    if mark.height >= MINIMUM_HEIGHT * (1 - _TOLERANCE):
        near = (
            f"{says[0]} That is within the error of the measurement (a tenth).",
            f"{says[1]}该差距在测量误差（十分之一）以内。",
        )
        return Check("cn-explicit-height", "note", rule, clause, *near, None, None, *values)
    return _check("cn-explicit-height", False, rule, clause, says, *values)


def _time(mark: VisibleMark, evidence: Evidence, rule: str, clause: str) -> Iterator[Check]:
    start, seconds = mark.start, mark.seconds
    if start is None or seconds is None:
        return
    good = start <= _FIRST_FRAME
    says = (
        "The explicit label stands on the first frame."
        if good
        else f"The explicit label was first read at {start:.1f} s, not on the first frame.",
        "显式标识出现在起始画面。"
        if good
        else f"显式标识首次出现于 {start:.1f} 秒，不在起始画面。",
    )
    yield _check("cn-explicit-start", good, rule, clause, says)
    values = (round(seconds, 2), MINIMUM_SECONDS)
    if seconds >= MINIMUM_SECONDS:
        says = (
            f"The explicit label stands for at least {seconds:.1f} s (2 s are asked for).",
            f"显式标识持续至少 {seconds:.1f} 秒（要求不少于 2 秒）。",
        )
        yield _check("cn-explicit-duration", True, rule, clause, says, *values)
        return
    duration = evidence.media.duration
    says = (
        f"The explicit label was read over {seconds:.1f} s only, {2 - seconds:.1f} s less than "
        "2 s.",
        f"仅在 {seconds:.1f} 秒内读到显式标识，比要求的 2 秒少 {2 - seconds:.1f} 秒。",
    )
    if duration is not None and seconds >= duration - _SAMPLED:
        whole = (
            "The explicit label stands as long as the video, which is shorter than 2 s.",
            "显式标识持续整段视频，但视频本身不足 2 秒。",
        )
        yield Check("cn-explicit-duration", "note", rule, clause, *whole, None, None, *values)
        return
    yield _check("cn-explicit-duration", False, rule, clause, says, *values)
