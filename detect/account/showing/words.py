"""Words for the codes of an audit, in English and Chinese, and what to do about its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detect.report.words import Phrase, phrase

__all__ = ["advice", "content_note", "label_caveat", "share_caveat", "title", "words"]

_TABLE: dict[str, tuple[str, str]] = {
    # Who is behind the account
    "persona.real-person": ("Real person", "真人"),
    "persona.real-person-ai-edited": (
        "Real person, some posts AI-generated or AI-edited",
        "真人，部分帖子经 AI 生成或编辑",
    ),
    "persona.ai-persona": ("AI persona", "AI 人设"),
    "persona.cgi-virtual-human": ("CGI virtual human", "CGI 虚拟人"),
    "persona.anime-vtuber": ("Anime character or VTuber", "动漫形象或 VTuber"),
    "persona.no-persona": ("No persona (brand, objects)", "无人设（品牌、物品）"),
    "persona.undecided": ("Undecided", "无法判定"),
    # How the content is made
    "content.camera": ("Camera", "实拍"),
    "content.ai-generated": ("AI-generated", "AI 生成"),
    "content.mixed": ("Camera and AI mixed", "实拍与 AI 生成混合"),
    "content.drawn-or-rendered": ("Drawn or rendered", "绘制或渲染"),
    "content.undecided": ("Undecided", "无法判定"),
    "contentbasis.pictures": (
        "By the evidence of {posts} posts together, held against accounts that the classifier "
        "never saw.",
        "依据 {posts} 条帖子的整体证据，并与分类器从未见过的账号对照得出。",
    ),
    "contentbasis.declared": (
        "Platform label, words or file of most posts say AI.",
        "多数帖子的平台标识、文字或文件已声明为 AI。",
    ),
    "contentbasis.depiction": (
        "Most pictures look drawn or rendered; who or what drew them is another question.",
        "多数画面呈绘制或渲染效果；由谁或何种工具制作另当别论。",
    ),
    "contentbasis.too-few": (
        "Too few posts could be scored for an answer ({posts}; four are needed).",
        "可评分的帖子过少（{posts} 条，至少需要 4 条），无法作答。",
    ),
    "contentbasis.not-calibrated": (
        "How evidence is spread over accounts is not known for this model or kind of posts.",
        "尚无此模型或此类帖子的账号级校准数据。",
    ),
    "contentbasis.no-posts": ("There is no post with a picture.", "没有含画面的帖子。"),
    "content.since": ("camera until {day}, then AI", "{day} 之前为实拍，此后为 AI 生成"),
    "content.until": ("AI until {day}, then camera", "{day} 之前为 AI 生成，此后为实拍"),
    # Disclosure of a post
    "outcome.undisclosed": ("undisclosed", "未披露"),
    "outcome.label-removed": ("label switched off", "标识被关闭"),
    "outcome.declared-in-file": ("declared in the file only", "仅文件内声明"),
    "outcome.disclosed": ("disclosed", "已披露"),
    "outcome.over-disclosed": ("says AI, no sign found", "自称 AI，未见迹象"),
    "outcome.unclear": ("unclear", "不明"),
    "outcome.no-sign": ("no sign", "未见迹象"),
    "means.undisclosed": (
        "Synthetic by file, mark or classifier; neither the platform's label nor the text says so.",
        "由文件声明、画面标识或分类器判为合成，平台标识与文字均未说明。",
    ),
    "means.label-removed": (
        "An AI label was switched off, and the post does not say AI.",
        "AI 标识曾被关闭，且帖子未说明为 AI。",
    ),
    "means.declared-in-file": (
        "The file still declares AI; the export does not keep whether the platform shows a label.",
        "文件内仍有 AI 声明；导出数据不含平台是否显示标识的信息。",
    ),
    "means.disclosed": (
        "Label, text or a visible mark says AI.",
        "平台标识、文字或画面标识已说明为 AI。",
    ),
    "means.over-disclosed": (
        "It says AI, and no picture shows a trace of it.",
        "声称为 AI，但画面均未见合成迹象。",
    ),
    "means.unclear": (
        "Nothing is disclosed, and the evidence decides nothing.",
        "未作披露，且证据不足以判断。",
    ),
    "means.no-sign": (
        "Nothing is disclosed and no trace was found. That does not prove a camera.",
        "未作披露，也未发现迹象；但这不能证明为实拍。",
    ),
    # What a source says
    "says.yes": ("says AI", "标明 AI"),
    "says.removed": ("switched off", "已关闭"),
    "says.none": ("nothing", "无"),
    "says.synthetic": ("synthetic", "合成"),
    "says.undecided": ("undecided", "无法判定"),
    "says.camera": ("no trace", "未见迹象"),
    "says.not-examined": ("not examined", "未检测"),
    "source.platform": ("Platform label", "平台标识"),
    "source.text": ("Creator's text", "作者文字"),
    "source.file": ("File provenance", "文件来源信息"),
    "source.mark": ("Visible mark", "画面标识"),
    "source.classifier": ("Classifier", "分类器"),
    "basis.file": ("the file declares AI", "文件声明为 AI"),
    "basis.mark": ("visible mark", "画面标识"),
    "basis.picture": ("picture classifier", "画面分类器"),
    "basis.voice": ("voice classifier", "语音分类器"),
    "how.synthetic": ("AI", "AI"),
    "how.camera": ("no trace", "未见迹象"),
    "how.drawn": ("drawn or rendered", "绘制或渲染"),
    "how.undecided": ("undecided", "无法判定"),
    "how.unknown": ("not scored", "未评分"),
    "media.ok": ("examined", "已检测"),
    "media.pending": ("not yet examined", "尚未检测"),
    "media.not-scored": ("not scored (thumbnails, music)", "不评分（封面、配乐）"),
    "media.unreadable": ("unreadable", "无法读取"),
    "media.unsupported": ("unsupported format", "不支持的格式"),
    "media.too-large": ("over a limit", "超出限制"),
    "media.timed-out": ("timed out", "超时"),
    "media.crashed": ("crashed the decoder", "导致解码器崩溃"),
    "media.missing": ("missing", "文件不存在"),
    "media.denied": ("no permission", "无访问权限"),
    "media.not-regular": ("not a regular file", "不是普通文件"),
    "risk.high": ("high", "高"),
    "risk.medium": ("medium", "中"),
    "risk.open": ("unclear", "不明"),
    "risk.low": ("low", "低"),
    "risk.unread": ("not read", "未读取"),
    "riskrule.high": (
        "a paid post carries evidence of AI and does not say so",
        "有付费帖子存在 AI 证据却未披露",
    ),
    "riskrule.medium": (
        "a post that is not known to be paid does",
        "有（未知是否付费的）帖子存在 AI 证据却未披露",
    ),
    "riskrule.open": (
        "nothing of that kind, but the interval of the share reaches beyond 50%, a synthetic "
        "persona is stated, a file declares AI where labels are not kept, or more than half of the "
        "posts stay unclear",
        "无上述情形，但占比区间超过 50%，或判定为合成人设，或导出数据不含标识而文件声明为 AI，"
        "或半数以上帖子不明",
    ),
    "riskrule.low": ("none of this", "以上均无"),
    "riskrule.unread": ("no post could be examined", "没有可检测的帖子"),
    # Tiers
    "tier.none": ("below nano (under 10,000)", "低于尾部（不足 1 万）"),
    "tier.nano": ("nano (10,000 to 50,000)", "尾部达人（1 万–5 万）"),
    "tier.micro": ("micro (50,000 to 500,000)", "腰部达人（5 万–50 万）"),
    "tier.mid": ("mid (500,000 to 1 million)", "中腰部达人（50 万–100 万）"),
    "tier.macro": ("macro (1 to 5 million)", "头部达人（100 万–500 万）"),
    "tier.mega": ("mega (over 5 million)", "超头部达人（500 万以上）"),
    "tier.unknown": ("not stated in the export", "导出数据未注明"),
    # Change
    "change.turned-synthetic": ("Turned synthetic", "转为合成内容"),
    "change.turned-camera": ("Turned to camera pictures", "转为实拍内容"),
    # Labels that an export does not keep
    "labels.unknown-all": (
        "The export does not keep whether the platform shows an AI label ({all} of {seen} posts): "
        "there, no label is no sign of hiding.",
        "导出数据不含平台 AI 标识信息（{seen} 条帖子中的 {all} 条）：其中“无标识”不代表隐瞒。",
    ),
    "labels.unknown-folder": (
        "A plain folder keeps no captions either.",
        "普通文件夹亦不含文案。",
    ),
    "labels.unknown-gap": (
        "Look at the posts in question on the platform first ({gap} of them are of this kind).",
        "存疑帖子中有 {gap} 条属于此类，请先到平台查看原帖。",
    ),
    # Why no share is estimated, or of fewer posts
    "share.nothing-scored": ("no picture could be scored", "没有可评分的画面"),
    "share.no-rates": (
        "how often the classifier errs is not known for this kind of posts ({kinds})",
        "尚不知分类器在此类帖子上的误差率（{kinds}）",
    ),
    "share.carried-over": (
        "The share rests on {scored} posts; {rest} others without such a score (videos, blank or "
        "unreadable files) are taken to be like them.",
        "占比依据 {scored} 条帖子得出；其余 {rest} 条未获此类评分（视频、空白或无法读取的文件），"
        "按相同占比推算。",
    ),
    # The summary at a terminal
    "line.followers": ("{number} followers, {tier}", "{number} 粉丝，{tier}"),
    "line.on": ("{name} on {platform}{tier}", "{name}（{platform}）{tier}"),
    "line.together": ("taken together: posts of {shown}", "合并统计以下账号的帖子：{shown}"),
    "line.handle": ("{handle} on {platform} ({posts})", "{handle}（{platform}，{posts} 条）"),
    "line.examined": (
        "{examined:,} of {posts:,} posts examined",
        "已检测 {posts:,} 条帖子中的 {examined:,} 条",
    ),
    "line.margin": (", ± {points} points from sampling", "，抽样误差 ±{points} 个百分点"),
    "line.content": ("content: {said}", "内容：{said}"),
    "line.content-chance": ("content: {said} ({chance})", "内容：{said}（{chance}）"),
    "line.who": ("who: {said} ({chance})", "身份：{said}（{chance}）"),
    "line.leaning": ("; most probable: {leaning}", "；最可能为：{leaning}"),
    "line.share": (
        "synthetic posts: {value} (90 % interval {low} to {high})",
        "合成帖子占比：{value}（90% 区间：{low} 至 {high}）",
    ),
    "line.no-share": ("synthetic posts: no estimate, {why}", "合成帖子占比：无法估计，{why}"),
    "line.change": (
        "{direction} with the post of {time} ({earliest} to {latest})",
        "{direction}，自 {time} 的帖子起（{earliest} 至 {latest}）",
    ),
    "line.change-date": (
        "{direction} with the post of {time}",
        "{direction}，自 {time} 的帖子起",
    ),
    "line.all": ("disclosure: {listed}", "披露情况：{listed}"),
    "line.paid": ("disclosure of paid posts: {listed}", "付费帖子的披露情况：{listed}"),
    "line.count": ("{number} {outcome}", "{outcome} {number}"),
    "line.note": ("note: {said}", "提示：{said}"),
    "line.look": ("look at: {urls}", "请查看：{urls}"),
    "line.do": ("what to do: {said}", "建议：{said}"),
    "line.not-used": (
        "not used: {number} (listed in the reports)",
        "未使用：{number} 项（详见报告）",
    ),
    "line.journal": ("journal: {path}", "日志：{path}"),
    "line.not-read": ("not read: {account}: {why}", "未能读取：{account}：{why}"),
    "column.content": ("content", "内容"),
    "column.risk": ("risk", "风险"),
    "column.account": ("account", "账号"),
    "column.platform": ("platform", "平台"),
    "column.followers": ("followers", "粉丝"),
    "column.posts": ("posts", "帖子"),
    "column.share": ("synthetic (90 %)", "合成占比（90%）"),
    "column.persona": ("persona", "人设"),
    "column.undisclosed": ("undisclosed", "未披露"),
    "column.paid": ("paid", "付费"),
    "column.change": ("change", "变化"),
    # What to do
    "do.paid-gap": (
        "Before paying or booking: have a person check the paid posts that carry signs of AI and "
        "do not say so ({paid} of {paid_posts}), ask the account for the originals, and have them "
        "labelled.",
        "付款或签约前：请人工复核有 AI 迹象却未披露的付费帖子（{paid_posts} 条中的 {paid} 条），"
        "向账号索取原始文件，并要求补充标识。",
    ),
    "do.gap": (
        "Have a person check the posts that carry signs of AI and do not say so ({gap} of {seen}), "
        "ask the account how they were made, and have them labelled.",
        "请人工复核有 AI 迹象却未披露的帖子（{seen} 条中的 {gap} 条），"
        "询问账号制作方式，并要求补充标识。",
    ),
    "do.alarms": (
        "Look at what the classifier calls synthetic ({gap} of {seen} posts), but conclude "
        "nothing: among so many posts of this kind it may be its false alarms.",
        "可查看被分类器判为合成的 {gap} 条帖子，但请勿下结论：在如此多的帖子中，这可能是误报。",
    ),
    "do.declared": (
        "Look on the platform whether the posts whose files declare AI say so ({declared} of "
        "{seen}): the export does not keep its labels.",
        "请到平台查看文件内声明为 AI 的帖子是否已标识（{seen} 条中的 {declared} 条）："
        "导出数据不含平台标识。",
    ),
    "do.persona": (
        "The person shown is not a living one; check that contract, biography and every paid post "
        "say so.",
        "所展示人物并非真人；请确认合同、简介及每条付费内容均已说明。",
    ),
    "do.unclear": (
        "Do not conclude anything from this audit alone: ask for the original files of the posts "
        "that stayed unclear.",
        "请勿仅凭本次审计下结论：对结果不明的帖子，请索取原始文件。",
    ),
    "do.empty": (
        "Nothing could be examined: check the export and run the audit again.",
        "没有可检测的内容：请检查导出数据后重新审计。",
    ),
    "do.over": (
        "No undisclosed synthetic post was found; ask about what is called AI and shows no trace "
        "of it ({over} of {seen} posts).",
        "未发现未披露的合成帖子；另有 {over} 条自称 AI 但未见迹象，可向账号询问。",
    ),
    "do.nothing": (
        "No action follows from this evidence. It does not prove that the account is real.",
        "根据现有证据无需处理，但这不能证明账号真实。",
    ),
}  # fmt: skip


def words(key: str) -> Phrase:
    """The words for `persona.ai-persona`, `outcome.unclear`, ...; others as in `report.words`."""
    return Phrase(*_TABLE[key]) if key in _TABLE else phrase(key)


def content_note(summary: Mapping[str, Any]) -> Phrase:
    """On what the answer about the content rests, and since when a mixed account is what it is."""
    content = summary["content"]
    said = words(f"contentbasis.{content['basis']}")
    basis = Phrase(*(text.format(posts=content["posts"]) for text in said))
    if not content["since"] or content["outcome"] != "mixed":
        return basis
    key = "content.since" if content["turned"] == "turned-synthetic" else "content.until"
    turn = Phrase(*(text.format(day=content["since"][:10]) for text in words(key)))
    return Phrase(f"{turn.en[:1].upper()}{turn.en[1:]}. {basis.en}", f"{turn.zh}。{basis.zh}")


def title(account: Mapping[str, Any], export: str) -> str:
    """What an account is called: its name and, in brackets, its handle, which may be a number.

    Args:
        account: Of the summary; its texts are untrusted.
        export: Name of the export, for accounts without either.
    """
    handle, name = account["handle"], account["name"]
    if handle and name and name.strip().casefold() != handle.strip("@").casefold():
        return f"{name} ({handle})"
    return handle or name or export


def label_caveat(summary: Mapping[str, Any]) -> Phrase | None:
    """What the export cannot tell about the platform's labels; None when it keeps them."""
    unknown = summary["disclosure"]["label_unknown"]
    if not unknown["all"]:
        return None
    said = [words("labels.unknown-all")]
    said += [words("labels.unknown-folder")] if "folder" in summary["counts"]["readers"] else []
    said += [words("labels.unknown-gap")] if unknown["gap"] else []
    facts = {**unknown, "seen": summary["sampling"]["examined"]}
    return Phrase(
        " ".join(p.en for p in said).format(**facts), "".join(p.zh for p in said).format(**facts)
    )


def share_caveat(summary: Mapping[str, Any]) -> Phrase | None:
    """Why no share is estimated, or which posts it is carried over to; None when to none."""
    scored, estimate = summary["counts"]["scored"], summary["estimate"]
    if estimate is None:
        kinds = [phrase(f"kind.{kind}") for kind, number in scored.items() if number]
        said = words("share.no-rates" if kinds else "share.nothing-scored")
        return Phrase(
            said.en.format(kinds=", ".join(kind.en for kind in kinds)),
            said.zh.format(kinds="、".join(kind.zh for kind in kinds)),
        )
    facts = {"scored": estimate["share"]["scored"]}
    facts["rest"] = summary["sampling"]["examined"] - facts["scored"]
    said = words("share.carried-over")
    return Phrase(said.en.format(**facts), said.zh.format(**facts)) if facts["rest"] else None


def advice(summary: Mapping[str, Any]) -> Phrase:
    """One sentence: what a brand's analyst should do next.

    Args:
        summary: As `Audit.summary` makes it.
    """
    every, paid = summary["disclosure"]["all"], summary["disclosure"]["paid"]
    facts = {
        "gap": every["undisclosed"] + every["label-removed"],
        "paid": paid["undisclosed"] + paid["label-removed"],
        "over": every["over-disclosed"],
        "declared": every.get("declared-in-file", 0),
        "paid_posts": sum(paid.values()),
        "seen": sum(every.values()),
    }
    seen = facts["seen"]
    share = summary["estimate"]["share"]["share"] if summary["estimate"] else None
    certain = summary["disclosure"]["firm"]["all"] or share is None or share["low"] * seen >= 1
    if not seen or not summary["counts"]["media"].get("ok"):
        key = "empty"
    elif facts["gap"] and not certain:
        key = "alarms"
    elif facts["paid"]:
        key = "paid-gap"
    elif facts["gap"]:
        key = "gap"
    elif facts["declared"]:
        key = "declared"
    elif summary["persona"]["outcome"] in ("ai-persona", "cgi-virtual-human"):
        key = "persona"
    elif every["unclear"] > seen / 2:
        key = "unclear"
    else:
        key = "over" if facts["over"] else "nothing"
    chosen = words(f"do.{key}")
    return Phrase(chosen.en.format(**facts), chosen.zh.format(**facts))
