"""Cuts the font of the explicit labels out of Noto Sans CJK Bold (SIL Open Font License 1.1).

python -m scripts.samples.label_font /usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc

Needs fontTools. The cut has another name, as the licence asks of changed versions.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

NAME = "Detect Label Sans"
CHINESE = (
    "人工智能生成合成内容由疑似可属于为数字虚拟本视频音图片该作品使用技术请谨慎甄别"
    "声语含辅助编辑修改等与的示提标识仿真换脸配图文章广告表演者创作信息，。、：！（）·"
)
TARGET = Path(__file__).resolve().parents[2] / "detect" / "labelling" / "fonts" / "label.otf"


def main(source: str) -> None:
    """Writes the font."""
    fonts = TTCollection(source).fonts
    font = next(f for f in fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(
        layout_features=[], name_IDs=[0, 13, 14], hinting=False, notdef_outline=True
    )
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(map(chr, range(0x20, 0x7F))) + CHINESE)
    cutter.subset(font)
    for number, text in ((1, NAME), (2, "Bold"), (3, NAME), (4, NAME), (6, NAME.replace(" ", ""))):
        font["name"].setName(text, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames[0] = NAME.replace(" ", "")
    cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = NAME
    TARGET.parent.mkdir(exist_ok=True)
    font.save(TARGET)


if __name__ == "__main__":
    main(sys.argv[1])
