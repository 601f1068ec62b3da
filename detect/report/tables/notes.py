"""Worth knowing beside the verdict: copies of the same content, names that lie."""

from __future__ import annotations

from collections.abc import Mapping

from detect.core.report import Report
from detect.report.text import clean
from detect.report.words import Phrase

__all__ = ["Notes", "misnamed", "others_line"]

_SAME = (
    {"jpg", "jpeg", "jpe", "jfif"}, {"png", "apng"}, {"gif"}, {"webp"}, {"bmp"},
    {"tif", "tiff"}, {"heic", "heif", "avif"}, {"jp2", "j2k"},
    {"mp4", "m4v", "mov", "3gp", "m4a"}, {"mkv", "webm", "mka", "matroska"}, {"avi"}, {"flv"},
    {"mpg", "mpeg"}, {"ts", "mpegts"}, {"wmv", "wma", "asf"},
    {"ogg", "oga", "ogv", "opus"}, {"wav"}, {"mp3"}, {"flac"}, {"aac"}, {"amr"}, {"caf"},
    {"aif", "aiff"},
)  # fmt: skip
_GROUP = {name: number for number, names in enumerate(_SAME) for name in names}


def misnamed(report: Report) -> str | None:
    """The extension of a file whose content is of another format; None where they agree."""
    name, dot, extension = report.media.path.rpartition(".")
    named = _GROUP.get(extension.lower()) if dot and name else None
    found = _GROUP.get((report.media.format or "").lower())
    return extension if None not in (named, found) and named != found else None


class Notes:
    """Keeps what was seen, to name copies."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def same_as(self, report: Report) -> str | None:
        """The path of an earlier file with the same content; the file is remembered."""
        digest = report.media.sha256
        if digest is None:
            return None
        first = self._first.setdefault(digest, report.media.path)
        return None if first == report.media.path else first

    @staticmethod
    def say(report: Report, same_as: str | None) -> tuple[Phrase, ...]:
        """The notes on a file in words."""
        notes = []
        if same_as is not None:
            shown = clean(same_as, 400)
            notes.append(Phrase(f"same as {shown}", f"与 {shown} 内容相同"))
        if extension := misnamed(report):
            what, named = clean((report.media.format or "").upper(), 20), clean(extension, 10)
            notes.append(
                Phrase(f"named .{named}, but it is {what}", f"扩展名为 .{named}，内容却是 {what}")
            )
        return tuple(notes)


def others_line(others: Mapping[str, int], filtered: int) -> Phrase | None:
    """What was left out of folders, in one line; None where nothing was."""
    english, chinese = [], []
    if count := sum(others.values()):
        ranked = sorted(others.items(), key=lambda item: (-item[1], item[0]))
        listed = [f"{n} {clean(name, 30)}" for name, n in ranked[:6]]
        rest = count - sum(n for _, n in ranked[:6])
        en = ", ".join([*listed, *([f"{rest} of other kinds"] if rest else [])])
        zh = "、".join([*listed, *([f"其他类型 {rest}"] if rest else [])])
        one = count == 1
        english.append(f"{count} other {'file was' if one else 'files were'} not media: {en}")
        chinese.append(f"另有 {count} 个文件不是媒体文件：{zh}")
    if filtered:
        one = filtered == 1
        english.append(f"{filtered} {'file was' if one else 'files were'} left out by patterns")
        chinese.append(f"{filtered} 个文件因匹配规则未检测")
    return Phrase("; ".join(english), "；".join(chinese)) if english else None
