"""The library interface."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import detect


@pytest.fixture(scope="module")
def scanner() -> object:
    with detect.Scanner() as scanner:
        yield scanner


def test_path_bytes_and_stream_are_the_same_file(scanner: detect.Scanner, samples: Path) -> None:
    path = samples / "camera-portrait.jpg"
    content = path.read_bytes()
    reports = list(scanner.scan_many([path, str(path), content, io.BytesIO(content)]))
    assert len({r.media.sha256 for r in reports}) == 1
    assert len({r.hypotheses["ai_generated"].llr for r in reports}) == 1
    assert [r.media.path for r in reports][2:] == ["<bytes>", "-"]


def test_a_bad_file_is_a_report(scanner: detect.Scanner, tmp_path: Path) -> None:
    report = scanner.scan(tmp_path / "gone.jpg")
    assert report.status == "missing"
    assert report.verdict.label == "not-examined"
    assert report.reason


def test_same_input_same_json(scanner: detect.Scanner, samples: Path) -> None:
    def fixed() -> object:
        plain = scanner.scan(samples / "tts-over-photos.mp4").to_dict()
        del plain["timings"]
        return plain

    assert fixed() == fixed()


def test_spooled_content_leaves_nothing_behind(
    scanner: detect.Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scanner.scan(b"not a picture")
    many = scanner.scan_many([b"one", b"two", b"three"])
    next(many)
    many.close()
    assert list(tmp_path.iterdir()) == []


def test_walk_does_not_follow_loops(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    names = [Path(p).name for p in detect.walk(tmp_path)]
    assert names == ["file", "loop"]


def test_walk_of_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(detect.ConfigurationError):
        list(detect.walk(tmp_path / "gone"))


def test_evidence_of_a_signed_picture(scanner: detect.Scanner, samples: Path) -> None:
    report = scanner.scan(samples / "gan-face-signed.png")
    assert report.provenance.c2pa_state in {"valid", "trusted"}
    assert any(e.code.startswith("c2pa") for e in report.evidence)
    assert all(e.en and e.zh for e in report.evidence)


@pytest.mark.parametrize("source", [None, 5, ["a.jpg"]])
def test_wrong_use_is_an_exception_that_says_so(scanner: detect.Scanner, source: object) -> None:
    with pytest.raises(TypeError, match="a path, bytes or a binary stream"):
        scanner.scan(source)  # type: ignore[arg-type]


def test_contents_have_names(scanner: detect.Scanner, samples: Path) -> None:
    content = (samples / "camera-portrait.jpg").read_bytes()
    for kind in (bytes, bytearray, memoryview, io.BytesIO):
        report = scanner.scan(kind(content), name="up\nload.jpg")
        assert (report.status, report.media.path) == ("ok", "up\\nload.jpg")
    named = detect.Named(io.BytesIO(content), "b.jpg")
    assert next(scanner.scan_many([named])).media.path == "b.jpg"


def test_a_stream_at_its_end_says_so(scanner: detect.Scanner) -> None:
    stream = io.BytesIO(b"abc")
    stream.read()
    report = scanner.scan(stream)
    assert report.status == "unreadable"
    assert "seek to its start" in (report.reason or "")
    stream.close()
    assert scanner.scan(stream).status == "invalid"


def test_a_wrong_item_is_a_report_among_others(scanner: detect.Scanner, samples: Path) -> None:
    import jsonschema

    from detect.report.schema import load_schema

    sources = [5, samples / "silence.wav", None, io.StringIO("text")]
    reports = list(scanner.scan_many(sources))  # type: ignore[arg-type]
    assert [r.status for r in reports] == ["invalid", "ok", "invalid", "invalid"]
    for report in reports:
        jsonschema.validate(report.to_dict(), load_schema())
        assert report.why_not and all(r.code and r.en and r.zh for r in report.why_not)
    with pytest.raises(TypeError, match="several"):
        scanner.scan_many("a.jpg")


def test_why_not_is_one_place(scanner: detect.Scanner, samples: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (20, 20)).save(tmp_path / "small.png")
    small = scanner.scan(tmp_path / "small.png")
    assert (small.status, small.reason) == ("ok", None)
    assert small.why_not[0].code == "too-small"
    assert scanner.scan(tmp_path / "gone").why_not[0].code == "missing"
    signed = scanner.scan(samples / "gan-face-signed.png")
    assert signed.is_synthetic is True and signed.why_not == ()
    assert scanner.scan(samples / "camera-portrait.jpg").is_synthetic is False


def test_the_library_reads_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "detect.toml").write_text("prior = 0.25")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DETECT_THREADS", "3")
    assert detect.Scanner().settings == detect.Settings()
    asked = detect.Scanner(detect.load_settings()).settings
    assert (asked.prior, asked.threads) == (0.25, 3)


def test_the_backend_of_the_page_runs(samples: Path) -> None:
    import json
    import re

    page = Path(__file__).resolve().parent.parent / "docs" / "library.md"
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
    (code,) = (block for block in blocks if "application" in block)
    room: dict[str, object] = {}
    exec(compile(code, str(page), "exec"), room)
    application: object = room["application"]
    content = (samples / "gan-face-signed.png").read_bytes()
    said: list[str] = []
    environ = {
        "wsgi.input": io.BytesIO(content),
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_X_FILE_NAME": "a.png",
    }
    body = application(environ, lambda status, headers: said.append(status))  # type: ignore[operator]
    room["scanner"].close()  # type: ignore[attr-defined]
    assert said == ["200 OK"]
    assert json.loads(b"".join(body))["action"] == "label"
