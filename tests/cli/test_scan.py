"""`detect scan` as a user and a pipeline see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detect.cli.main import _run


class Outcome:
    """Exit code and standard output of one command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    def call(*arguments: str | Path) -> Outcome:
        code = _run([str(a) for a in arguments])
        captured = capfdbinary.readouterr()
        return Outcome(code, captured.out.decode("utf-8"), captured.err.decode("utf-8"))

    return call


def test_contract_of_one_line_an_input(run: Any, samples: Path) -> None:
    names = ["camera-portrait.jpg", "tts-over-photos.mp4", "silence.wav", "broken.jpg"]
    outcome = run("scan", "--jsonl", *(samples / n for n in names))
    assert [Path(r["media"]["path"]).name for r in outcome.reports] == names
    for report in outcome.reports:
        assert report["schema_version"] == "1"
        assert set(report["hypotheses"]) >= {"ai_generated", "voice_synthetic"}
        for result in report["hypotheses"].values():
            assert {"status", "reason", "llr", "probability", "decision"} <= set(result)
        assert {"label", "probability", "reasons"} <= set(report["verdict"])
        assert report["labels"]["cn"]["category"] in {
            "confirmed",
            "possible",
            "suspected",
            "none-found",
        }
        assert {"findings", "provenance", "versions", "timings"} <= set(report)
    kinds = [r["media"]["kind"] for r in outcome.reports]
    assert kinds == ["image", "video", "audio", "image"]


def test_silence_is_not_applicable_never_real_or_fake(run: Any, samples: Path) -> None:
    (report,) = run("scan", "--jsonl", samples / "silence.wav").reports
    voice = report["hypotheses"]["voice_synthetic"]
    assert (voice["status"], voice["decision"], voice["llr"]) == ("not-applicable", None, None)
    assert report["verdict"]["label"] == "not-examined"


def test_declared_files_are_confirmed(run: Any, samples: Path) -> None:
    names = ("gan-morph-aigc-label.mp4", "gan-face-signed.png", "gan-face-iptc.jpg")
    outcome = run("scan", "--jsonl", *(samples / n for n in names))
    assert outcome.code == 1
    for report in outcome.reports:
        assert report["verdict"]["label"] == "ai-generated"
        assert report["verdict"]["probability"] is None
        assert report["hypotheses"]["ai_generated"]["decided_by"] == "declaration"
        assert report["labels"]["cn"]["category"] == "confirmed"


def test_a_classifier_alone_is_never_more_than_suspected(run: Any, samples: Path) -> None:
    (report,) = run("scan", "--jsonl", samples / "gan-face.jpg").reports
    assert report["hypotheses"]["ai_generated"]["decided_by"] != "declaration"
    assert report["labels"]["cn"]["category"] in ("suspected", "none-found")


def test_synthetic_voice_over_real_pictures_is_told_apart(run: Any, samples: Path) -> None:
    (report,) = run("scan", "--jsonl", samples / "tts-over-photos.mp4").reports
    assert report["hypotheses"]["voice_synthetic"]["decision"] is True
    assert report["hypotheses"]["voice_synthetic"]["spans"]
    assert report["hypotheses"]["ai_generated"]["decision"] is not True


def test_real_samples_are_not_called_synthetic(run: Any, samples: Path) -> None:
    names = ("camera-portrait.jpg", "camera-still-life.webp", "real-voice.ogg")
    outcome = run("scan", "--jsonl", *(samples / n for n in names))
    assert outcome.code == 0
    for report in outcome.reports:
        assert not any(h["decision"] for h in report["hypotheses"].values())


def test_unreadable_is_not_read_as_clean(run: Any, samples: Path, tmp_path: Path) -> None:
    missing = tmp_path / "gone.jpg"
    outcome = run("scan", "--jsonl", samples / "broken.jpg", missing)
    assert outcome.code == 3
    assert [r["status"] for r in outcome.reports] == ["unreadable", "missing"]
    assert all(r["reason"] for r in outcome.reports)


def test_fail_on_never_still_tells_unreadable(run: Any, samples: Path) -> None:
    signed, broken = samples / "gan-face-signed.png", samples / "broken.jpg"
    assert run("scan", "--jsonl", "--fail-on", "never", signed).code == 0
    assert run("scan", "--jsonl", "--fail-on", "never", signed, broken).code == 3


def test_folder_needs_r_and_keeps_the_order(run: Any, samples: Path, tmp_path: Path) -> None:
    for name in ("b", "a/x", "c"):
        target = tmp_path / f"{name}.dat"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((samples / "broken.jpg").read_bytes())
    refused = run("scan", tmp_path)
    assert refused.code == 2
    assert "-r" in refused.err
    outcome = run("scan", "--jsonl", "-r", tmp_path)
    shown = [str(Path(r["media"]["path"]).relative_to(tmp_path)) for r in outcome.reports]
    assert shown == ["b.dat", "c.dat", "a/x.dat"]


def test_list_of_files_and_standard_input(samples: Path) -> None:
    picture = samples / "gan-face-signed.png"
    command = [sys.executable, "-m", "detect", "scan", "--jsonl"]
    listed = subprocess.run(
        [*command, "--files-from", "-"],
        input=f"{picture}\n\n{picture}\n".encode(),
        capture_output=True,
        check=False,
    )
    assert len(listed.stdout.splitlines()) == 2
    piped = subprocess.run(
        [*command, "-"], input=picture.read_bytes(), capture_output=True, check=False
    )
    report = json.loads(piped.stdout)
    assert (piped.returncode, report["media"]["path"]) == (1, "-")
    assert report["media"]["sha256"] == json.loads(listed.stdout.splitlines()[0])["media"]["sha256"]


def test_names_are_attacker_text(run: Any, samples: Path, tmp_path: Path) -> None:
    content = (samples / "broken.jpg").read_bytes()
    names = [
        b"[red].jpg",
        b"a\nb.jpg",
        b"\x1b[31mred.jpg",
        b"\xff\xfe.jpg",
        b"-rf",
        "虚拟人.jpg".encode(),
    ]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(content)
    outcome = run("scan", "--jsonl", "-r", tmp_path)
    exact = set()
    for report in outcome.reports:
        media = report["media"]
        assert media["path"].isprintable()
        path = bytes.fromhex(media["path_bytes"]) if media["path_bytes"] else media["path"].encode()
        exact.add(os.path.basename(path))
    assert exact == set(names)
    assert "\x1b[31mred" not in run("scan", "-r", tmp_path).out


def test_results_do_not_depend_on_workers_or_order(run: Any, samples: Path) -> None:
    paths = [p for p in sorted(samples.iterdir()) if p.suffix != ".md"]

    def results(*arguments: str | Path) -> dict[str, dict[str, Any]]:
        found = {}
        for report in run("scan", "--jsonl", *arguments).reports:
            del report["timings"]
            found[report["media"]["path"]] = report
        return found

    assert results("--workers", "1", *paths) == results("--workers", "3", *reversed(paths))


def test_html_and_json(run: Any, samples: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    outcome = run("scan", "--json", "--html", page, samples / "tts-over-photos.mp4")
    assert len(json.loads(outcome.out)) == 1
    text = page.read_text(encoding="utf-8")
    assert "data:image/jpeg;base64," in text
    assert "tts-over-photos.mp4" in text


@pytest.mark.parametrize("form", ["--jsonl", "--details"])
def test_closed_pipe_is_no_error(samples: Path, form: str) -> None:
    command = f"{sys.executable} -m detect scan {form} -r '{samples}' | head -c 20"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"], capture_output=True, text=True
    )
    assert done.stdout.endswith("0\n"), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--json", "--jsonl", "x"),
        ("--prior", "2", "x"),
        ("--operating-point", "lenient", "x"),
        ("--no-such-flag", "x"),
    ],
)
def test_wrong_usage(run: Any, arguments: tuple[str, ...]) -> None:
    outcome = run("scan", *arguments)
    assert outcome.code == 2
    assert outcome.err


def test_terminal_names_the_verdict_first(run: Any, samples: Path) -> None:
    outcome = run("scan", samples / "gan-face-signed.png")
    head = outcome.out[:400]
    assert "gan-face-signed.png" in head
    assert "AI" in head


def test_chinese_terminal(run: Any, samples: Path) -> None:
    assert "人工智能" in run("scan", "--language", "zh", samples / "gan-face-signed.png").out
