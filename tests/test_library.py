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
