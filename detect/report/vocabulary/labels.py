"""Labels by jurisdiction."""

from __future__ import annotations

__all__ = ["TABLE"]

TABLE: dict[str, tuple[str, str]] = {
    "jurisdiction.cn": ("China", "中国"),
    "jurisdiction.eu": ("European Union", "欧盟"),
    "jurisdiction.us-ny": ("New York", "纽约州"),
    "jurisdiction.us-ca": ("California", "加利福尼亚州"),
    "jurisdiction.us": ("United States", "美国"),
    "jurisdiction.in": ("India", "印度"),
    "jurisdiction.kr": ("South Korea", "韩国"),
    "jurisdiction.platform": ("Platforms", "平台"),
    "category.confirmed": ("confirmed 属于", "属于（确认）"),
    "category.possible": ("possible 可能", "可能"),
    "category.suspected": ("suspected 疑似", "疑似"),
    "category.none-found": ("none found", "未发现"),
    "category.disclose": ("disclose", "应披露"),
    "category.review": ("review", "需复核"),
    "category.not-in-force": ("not in force", "尚未生效"),
    "outcome.pass": ("conforms", "符合"),
    "outcome.fail": ("fails", "不符合"),
    "outcome.missing": ("missing", "缺失"),
    "outcome.note": ("note", "提示"),
    "outcome.not-examined": ("not examined", "未检测"),
    "rulestate.in-force": ("in force", "已生效"),
    "rulestate.upcoming": ("upcoming", "即将生效"),
    "rulestate.draft": ("draft", "草案"),
}
