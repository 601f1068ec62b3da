"""Realistic reports: the findings are made up, fusion and labels are the real ones."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

from detect.core.finding import Evidence, Finding, Span
from detect.core.media import Media, Status
from detect.core.provenance import C2paManifest, Declaration, Provenance
from detect.core.report import Report, Thumbnail
from detect.fusion.verdict import conclude, fuse
from detect.labels import grade

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
VERSIONS = {
    "detect": "0.1.0",
    "schema": "1",
    "settings": "5f2c91aa07be",
    "vision-v3": "1.0.0",
    "vision-v3.sha256": SHA,
    "speech-v4": "4.1.0",
    "speech-v4.sha256": SHA[::-1],
}
HOSTILE_NAME = "up/[/foo]<img src=x onerror=alert(1)>\x1b]0;owned\x07\u202egpj.exe\n{{7*7}}.jpg"
HOSTILE_TEXT = (
    "</script><svg onload=alert(2)>\x1b[31m[bold]{% raw %}\u2066'\"&amp; http://evil.example/x"
)

PICTURE_TRACE = Evidence(
    "vision.generator-traces",
    "Frames score alike over the whole picture, as generators leave it.",
    "各画面的得分一致偏高，符合生成器的特征。",
    "0:00-0:30",
)
C2PA_AI = Evidence(
    "c2pa.ai-declared",
    "An action declares trainedAlgorithmicMedia.",
    "操作记录声明 trainedAlgorithmicMedia。",
    "c2pa.actions",
    "Example Generator 3 (build “nightly”)",
)


def media(path: str, kind: str, **facts: object) -> Media:
    known: dict[str, object] = {"sha256": SHA, "size": 4_404_019}
    if kind == "image":
        known |= {"format": "jpeg", "width": 3024, "height": 4032, "frame_count": 1}
    elif kind == "video":
        known |= {
            "format": "mp4", "width": 1280, "height": 720, "duration": 32.0, "fps": 29.97,
            "frame_count": 959, "video_codec": "h264", "audio_codec": "aac",
            "audio_rate": 44100, "audio_channels": 2,
        }  # fmt: skip
    elif kind == "audio":
        known |= {
            "format": "mp3", "duration": 61.2, "audio_codec": "mp3", "audio_rate": 48000,
            "audio_channels": 1,
        }  # fmt: skip
    return Media(path=path, kind=kind, **(known | facts))  # type: ignore[arg-type]


def picture(*scores: float, step: float = 2.0, evidence: tuple[Evidence, ...] = ()) -> Finding:
    """A picture finding with one score a frame."""
    llr = math.fsum(scores) / len(scores)
    spans = tuple(
        Span(n * step, n * step, score / 2, score, index=n * 60) for n, score in enumerate(scores)
    )
    return Finding(
        "vision-v3", "1.0.0", "ai_generated", score=llr / 2, llr=llr,
        decision=True if llr >= 3.1 else False if llr <= -1.2 else None,
        positive=3.1, negative=-1.2, coverage=1.0, evidence=evidence, spans=spans,
    )  # fmt: skip


def voice(*scores: float | None, window: float = 4.0) -> Finding:
    """A voice finding with one score a window; None is a window without speech."""
    spoken = [s for s in scores if s is not None]
    if not spoken:
        return Finding("speech-v4", "4.1.0", "voice_synthetic", "not-applicable", "no-speech")
    llr = max(spoken)
    spans = tuple(
        Span(n * window, (n + 1) * window, s and s / 2, s, None if s is not None else "no-speech")
        for n, s in enumerate(scores)
    )
    return Finding(
        "speech-v4", "4.1.0", "voice_synthetic", score=llr / 2, llr=llr,
        decision=True if llr >= 2.4 else False if llr <= -0.9 else None,
        positive=2.4, negative=-0.9, coverage=len(spoken) / len(scores), spans=spans,
    )  # fmt: skip


NO_SOUND = Finding("speech-v4", "4.1.0", "voice_synthetic", "not-applicable", "no-audio")
NO_PICTURE = Finding("vision-v3", "1.0.0", "ai_generated", "not-applicable", "no-picture")


def declared(source: str, claim: str, state: str, **more: object) -> Declaration:
    evidence = Evidence(f"{source}.found", "The declaration reads so.", "声明如此记载。", "XMP")
    fields: dict[str, object] = {"source": source, "claim": claim, "state": state}
    return Declaration(**({"evidence": evidence} | fields | more))  # type: ignore[arg-type]


def report(
    item: Media,
    *findings: Finding,
    provenance: Provenance | None = None,
    status: Status = "ok",
    reason: str | None = None,
    thumbnails: tuple[Thumbnail, ...] = (),
) -> Report:
    known = provenance or Provenance()
    hypotheses = fuse(findings, known, prior=0.5)
    return Report(
        media=item,
        status=status,
        reason=reason,
        hypotheses=hypotheses,
        verdict=conclude(hypotheses, known, status),
        labels=grade(hypotheses, known, kind=item.kind),
        findings=findings,
        provenance=known,
        versions=VERSIONS,
        timings={"decode": 0.412, "vision-v3": 1.93, "score": 2.4},
        thumbnails=thumbnails,
    )


def thumbnail(index: int, pts: float | None, size: tuple[int, int] = (320, 180)) -> Thumbnail:
    """A drawn scene whose colours depend on `index`."""
    from PIL import Image, ImageDraw

    width, height = size
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    tint = Image.new("RGB", size, ((index * 37) % 200 + 30, 110, (index * 91) % 160 + 60))
    image = Image.blend(image, tint, 0.55)
    draw = ImageDraw.Draw(image)
    x = width * ((index % 7) + 1) // 9
    draw.ellipse((x - 24, height // 2 - 30, x + 24, height // 2 + 18), fill=(235, 205, 180))
    draw.rectangle((x - 40, height // 2 + 18, x + 40, height), fill=(60, 70, 110))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return Thumbnail(target.getvalue(), pts, index)


def camera_photo() -> Report:
    return report(
        media("photos/庭院 2024-05-01.jpg", "image"),
        picture(-3.4),
        NO_SOUND,
        thumbnails=(thumbnail(0, None, (240, 320)),),
    )


def generated_image() -> Report:
    manifests = (
        C2paManifest(
            "urn:c2pa:3f2a", "active", "Example Editor 2.1", "Example Org CA",
            "2026-10-02T11:04:00Z", ("c2pa.edited (composite)",),
        ),
        C2paManifest(
            "urn:c2pa:77b1", "parentOf", "Example Generator 3", "Example Org CA",
            "2026-10-02T11:03:58Z", ("c2pa.created (trainedAlgorithmicMedia)",), depth=1,
        ),
    )  # fmt: skip
    return report(
        media("ai/portrait.png", "image", format="png", width=1024, height=1024),
        picture(5.2),
        NO_SOUND,
        provenance=Provenance(
            c2pa_state="trusted",
            c2pa_soft_bindings=("com.example.watermark.1",),
            trust_lists=("conformance-2026.pem",),
            manifests=manifests,
            declarations=(
                declared(
                    "c2pa", "ai-generated", "trusted", tool="Example Generator 3", evidence=C2PA_AI
                ),
            ),
        ),
        thumbnails=(thumbnail(3, None, (320, 320)),),
    )


def cloned_voice() -> Report:
    frames = (
        -2.1,
        -2.6,
        -1.9,
        -3.0,
        -2.2,
        -0.4,
        -2.4,
        -2.8,
        -2.0,
        -1.7,
        -2.9,
        -2.3,
        -2.5,
        -2.2,
        -2.7,
    )
    return report(
        media("clips/interview.mp4", "video"),
        picture(*frames),
        voice(-2.1, -1.8, None, 3.9, 4.4, 4.1, 1.2, -1.6),
        thumbnails=tuple(thumbnail(n * 60, n * 2.0) for n in range(len(frames))),
    )


def generated_video() -> Report:
    frames = (4.4, 5.1, 5.6, 3.9, 2.2, 4.8, 5.0, 5.4, 4.6, 4.9, 5.2, 5.5, 1.1, 4.7, 5.0, 4.9)
    return report(
        media("uploads/v_0031.mp4", "video", duration=31.0),
        picture(*frames, evidence=(PICTURE_TRACE,)),
        voice(None, None, None),
        provenance=Provenance(
            declarations=(
                declared("aigc-label", "ai-generated", "intact", aigc_label=1, tool="Doubao"),
            )
        ),
        thumbnails=tuple(thumbnail(n * 60, n * 2.0, (180, 320)) for n in range(len(frames))),
    )


def undecided_image() -> Report:
    return report(
        media("web/thumb.webp", "image", format="webp", width=320, height=240),
        picture(1.3),
        NO_SOUND,
    )


def drawn_image() -> Report:
    look = Finding(
        "depiction-v2", "1.0.0", "cgi_character", score=6.0, llr=3.2, decision=True,
        positive=2.0, negative=-1.0, coverage=1.0,
        evidence=(Evidence("depiction.drawn", "Looks drawn.", "画面为绘制。"),),
    )  # fmt: skip
    return report(media("art/poster.png", "image", format="png"), picture(3.9), look, NO_SOUND)


def edited_image() -> Report:
    provenance = Provenance(
        c2pa_state="valid",
        manifests=(C2paManifest("urn:c2pa:s25", "active", "Galaxy S25", "Samsung Electronics"),),
        declarations=(declared("c2pa", "ai-edited", "untrusted", tool="Galaxy S25"),),
    )
    return report(media("edited.jpg", "image"), picture(-2.0), NO_SOUND, provenance=provenance)


def camera_conflict() -> Report:
    provenance = Provenance(
        c2pa_state="trusted",
        manifests=(C2paManifest("urn:c2pa:cam", "active", "Camera X", "Camera Maker"),),
        declarations=(declared("c2pa", "captured", "trusted", tool="Camera X"),),
    )
    return report(media("conflict.jpg", "image"), picture(4.2), NO_SOUND, provenance=provenance)


def real_voice() -> Report:
    return report(media("voice/memo.m4a", "audio"), NO_PICTURE, voice(-3.1, -2.8, None, -3.3, -2.9))


def music_only() -> Report:
    return report(media("music.flac", "audio", format="flac"), NO_PICTURE, voice(None, None))


def broken(status: Status = "unreadable") -> Report:
    item = Media(path=f"broken/{status}.mp4", sha256=SHA, size=12_001)
    return report(item, status=status, reason="the file ends before its first frame; copy it again")


def failed_model() -> Report:
    error = Finding("vision-v3", "1.0.0", "ai_generated", "error", "model-error")
    return report(media("odd.avif", "image", format="avif"), error, NO_SOUND)


def long_chain(length: int = 40) -> Report:
    manifests = tuple(
        C2paManifest(
            f"urn:c2pa:{n:04}", "active" if n == 0 else "parentOf", f"Editor {n} " + "x" * (n * 3),
            "Signer 有限公司", "2026-01-01T00:00:00Z", ("c2pa.opened", "c2pa.color_adjustments"),
            ("assertion.dataHash.mismatch",) if n == 7 else (), depth=n,
        )
        for n in range(length)
    )  # fmt: skip
    provenance = Provenance(
        c2pa_state="content-changed",
        c2pa_problems=("assertion.dataHash.mismatch",),
        manifests=manifests,
        declarations=(declared("c2pa", "ai-generated", "void", tool="长" * 400),),
    )
    return report(media("chain.jpg", "image"), picture(0.2), NO_SOUND, provenance=provenance)


def hostile() -> Report:
    """Attacker text in every place that takes text out of a file."""
    bad = HOSTILE_TEXT
    evidence = Evidence("metadata.generator", "Generator metadata.", "生成工具元数据。", bad, bad)
    provenance = Provenance(
        c2pa_state="remote",
        c2pa_remote="http://evil.example/" + bad,
        c2pa_problems=(bad,),
        c2pa_soft_bindings=(bad,),
        trust_lists=(bad,),
        manifests=(C2paManifest(bad, bad, bad, bad, bad, (bad,), (bad,)),),
        declarations=(
            Declaration("generator-metadata", "ai-generated", "intact", evidence, tool=bad),
        ),
    )
    finding = Finding("vision-v3", "1.0.0", "ai_generated", "error", bad, evidence=(evidence,))
    item = media(HOSTILE_NAME, "video", format=bad, video_codec=bad, audio_codec=bad)
    return report(item, finding, provenance=provenance, reason=bad, status="unreadable")


ALL: dict[str, Callable[[], Report]] = {
    maker.__name__: maker
    for maker in (
        camera_photo, generated_image, cloned_voice, generated_video, undecided_image,
        edited_image, camera_conflict, real_voice, music_only, broken, failed_model, long_chain,
        hostile, drawn_image,
    )
}  # fmt: skip
