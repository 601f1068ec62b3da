"""What the evidence amounts to, before any jurisdiction looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detect.core.media import Kind
from detect.core.provenance import Declaration, Provenance
from detect.core.verdict import HypothesisResult, Reason

__all__ = ["AUDIBLE", "NOTE_EN", "NOTE_ZH", "Basis"]

NOTE_EN = "What the evidence supports; no legal advice."
NOTE_ZH = "仅说明证据所支持的结论，不构成法律意见。"

_SIGNED = {
    "trusted": Reason(
        "declared-signed-trusted",
        "Signed Content Credentials from a signer on your trust list declare AI.",
        "内容凭证由受信任列表中的签名者签署，声明使用了人工智能。",
    ),
    "expired": Reason(
        "declared-signed-expired",
        "Content Credentials declare AI; the content is as signed, but the certificate expired.",
        "内容凭证声明使用了人工智能；内容与签名一致，但证书已过期。",
    ),
}
_SIGNED_UNTRUSTED = Reason(
    "declared-signed-untrusted",
    "Content Credentials declare AI; the content is as signed, the signer is on no trust list.",
    "内容凭证声明使用了人工智能；内容与签名一致，但签名者不在受信任列表中。",
)
_UNSIGNED = {
    "aigc-label": Reason(
        "declared-aigc-label",
        "The file carries China's implicit label (AIGC), which says it is AI-generated.",
        "文件元数据含有隐式标识（AIGC），标明为人工智能生成合成内容。",
    ),
    "iptc": Reason(
        "declared-iptc",
        "The IPTC digital source type declares AI (unsigned: a claim of the file).",
        "IPTC 数字来源类型声明使用了人工智能（未签名，仅为文件自身的声明）。",
    ),
    "generator-metadata": Reason(
        "declared-generator-metadata",
        "The metadata of a generator is in the file (unsigned: a claim of the file).",
        "文件含有生成工具写入的元数据（未签名，仅为文件自身的声明）。",
    ),
}
_LABEL_POSSIBLE = Reason(
    "aigc-label-possible",
    "The file's own AIGC label says possibly AI-generated (Label 2).",
    "文件自带的 AIGC 标识为“可能”（Label 2）。",
)
_LABEL_SUSPECTED = Reason(
    "aigc-label-suspected",
    "The file's own AIGC label says suspected (Label 3).",
    "文件自带的 AIGC 标识为“疑似”（Label 3）。",
)
_MALFORMED = Reason(
    "declaration-malformed",
    "An AI label is in the file but does not follow its standard, so it counts as a trace only.",
    "文件含有人工智能标识，但不符合标准格式，仅作为痕迹看待。",
)
_VOID = Reason(
    "declaration-void",
    "Credentials that declare AI do not match this content, so they count as a trace only.",
    "声明使用人工智能的凭证与当前内容不符，仅作为痕迹看待。",
)
_HEDGED = Reason(
    "declaration-hedged",
    "The file declares that it may contain AI-generated material.",
    "文件声明其中可能包含人工智能生成的素材。",
)
_VISIBLE = Reason(
    "declared-visible-mark",
    "A mark that can be seen in the picture says AI; without an implicit label it is a trace.",
    "画面中可见人工智能标识；在没有隐式标识时，仅作为痕迹看待。",
)
_WATERMARK = Reason(
    "declared-watermark",
    "An invisible watermark of a generator was decoded; it is not in the metadata, so it counts as "
    "a trace.",
    "解码出生成工具的隐形水印；其不在文件元数据中，故按痕迹看待。",
)
AUDIBLE = Reason(
    "declared-audible-label",
    "The sound has the rhythm of an audible AI label; without an implicit label it is a trace.",
    "声音中有人工智能节奏提示标识；在没有隐式标识时，仅作为痕迹看待。",
)
_PUBLISHER = Reason(
    "declared-by-publisher",
    "The publisher declares that the content is AI-generated.",
    "发布者声明内容为人工智能生成合成。",
)
_DETECTED = {
    "ai_generated": Reason(
        "classifier-ai-generated",
        "The picture classifier decides that the picture is AI-generated.",
        "图像分类器判定画面为人工智能生成。",
    ),
    "voice_synthetic": Reason(
        "classifier-voice-synthetic",
        "The speech classifier decides that the voice is synthetic.",
        "语音分类器判定语音为合成。",
    ),
}
_CAMERA = Reason(
    "declared-captured",
    "A declaration of camera capture speaks against it; it does not remove the label.",
    "文件声明由相机拍摄，与此相反；该声明不会撤销本标识。",
)
_WITHHELD = Reason(
    "classifier-withheld",
    "A classifier sees a generator, but other evidence contradicts it: nothing was decided.",
    "分类器认为是生成内容，但与其他证据矛盾，因此未作判定。",
)
_NOT_EXAMINED = Reason("not-examined", "The content could not be examined.", "未能对内容进行检测。")
_NOTHING = Reason(
    "no-declaration",
    "No declaration of AI was found and no classifier decided for AI. Platforms strip metadata, so "
    "this says nothing about the origin.",
    "未发现人工智能生成的声明，分类器也未判定。平台常会清除元数据，因此这并不说明内容来源。",
)


@dataclass(frozen=True, slots=True)
class Basis:
    """The evidence sorted by how much it can carry.

    Attributes:
        declared: Why the file counts as declared AI by metadata that is intact.
        possible: Why it counts as declared possible AI.
        traces: Why it is suspected: void, malformed or hedged declarations.
        detected: Why classifiers decided for synthetic.
        withheld: Why a classifier that decided for synthetic was not followed.
        against: Intact declarations of another origin.
        labelled: It carries China's own implicit label.
        marked: What is declared was put there as a mark, not left behind by a tool; a watermark
            is one.
        detected_names: The hypotheses that classifiers decided.
        examined: At least one hypothesis was examined.
        pictures: It may hold pictures: not a sound file.
    """

    declared: tuple[Reason, ...] = ()
    possible: tuple[Reason, ...] = ()
    traces: tuple[Reason, ...] = ()
    detected: tuple[Reason, ...] = ()
    withheld: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()
    labelled: bool = False
    marked: bool = False
    detected_names: frozenset[str] = frozenset()
    examined: bool = True
    pictures: bool = True

    @classmethod
    def of(
        cls,
        hypotheses: Mapping[str, HypothesisResult],
        provenance: Provenance,
        *,
        kind: Kind = "unknown",
        declared_by_publisher: bool = False,
    ) -> Basis:
        """Sorts the evidence."""
        shelves: dict[str, list[Reason]] = {"declared": [], "possible": [], "traces": []}
        against: list[Reason] = []
        for declaration in provenance.declarations:
            if declaration.claim in ("captured", "not-ai"):
                if declaration.claim == "captured" and declaration.state not in _WEAK:
                    against.append(_CAMERA)
                continue
            shelf, reason = _place(declaration)
            shelves[shelf].append(reason)
        if declared_by_publisher:
            shelves["possible"].append(_PUBLISHER)
        # What a picture looks like (`cgi_character`) is no sign of AI.
        judged = {n: r for n, r in hypotheses.items() if n != "cgi_character"}
        detected = [
            name
            for name, result in judged.items()
            if result.decision is True
            and (result.decided_by == "classifier" or result.model_decision is True)
        ]
        overruled = any(r.model_decision and r.decision is None for r in judged.values())
        return cls(
            declared=_unique(shelves["declared"]),
            possible=_unique(shelves["possible"]),
            traces=_unique(shelves["traces"]),
            detected=tuple(_DETECTED.get(name) or _other(name) for name in detected),
            withheld=(_WITHHELD,) if overruled else (),
            against=_unique(against),
            labelled=_UNSIGNED["aigc-label"] in shelves["declared"],
            marked=any(reason.code != _LEFT_BEHIND for reason in shelves["declared"])
            or _WATERMARK in shelves["traces"],
            detected_names=frozenset(detected),
            examined=any(result.status == "ok" for result in hypotheses.values()),
            pictures=kind != "audio",
        )

    @property
    def positive(self) -> tuple[Reason, ...]:
        """Everything that speaks for synthetic, strongest first."""
        return self.declared + self.possible + self.traces + self.detected

    @property
    def nothing(self) -> tuple[Reason, ...]:
        """Why nothing was found."""
        if self.withheld:
            return self.withheld + self.against
        return (_NOTHING,) if self.examined else (_NOT_EXAMINED,)


_WEAK = ("void", "malformed")
_LEFT_BEHIND = _UNSIGNED["generator-metadata"].code


def _place(declaration: Declaration) -> tuple[str, Reason]:
    if declaration.state == "void":
        return "traces", _VOID
    if declaration.state == "malformed":
        return "traces", _MALFORMED
    if declaration.source == "visible-mark":
        return "traces", _VISIBLE
    if declaration.source == "watermark":
        return "traces", _WATERMARK
    if declaration.aigc_label == 2:
        return "possible", _LABEL_POSSIBLE
    if declaration.aigc_label == 3:
        return "traces", _LABEL_SUSPECTED
    if declaration.claim == "ai-possible":
        return "traces", _HEDGED
    if declaration.source == "c2pa":
        return "declared", _SIGNED.get(declaration.state, _SIGNED_UNTRUSTED)
    return "declared", _UNSIGNED[declaration.source]


def _other(name: str) -> Reason:
    return Reason(
        f"classifier-{name.replace('_', '-')}",
        f"A classifier decides for {name}.",
        f"分类器判定：{name}。",
    )


def _unique(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))
