"""People in the journal: who recurs is found, nothing biometric leaves it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import detect
from detect.account.audit import audit
from detect.account.running.journal import Journal
from detect.account.running.people import FACE, PEOPLE, read_people
from tests.account.fake import Brightness

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One face in ten posts, others in two, one too small to compare; one with a voice."""
    from PIL import Image

    home = tmp_path_factory.mktemp("people") / "export"
    home.mkdir()
    face = Image.open(SAMPLES / "gan-face.jpg").convert("RGB")
    for number in range(10):
        width, height = face.size
        cut = face.crop((number, number, width - number, height - number))
        cut.save(home / f"{number:02}.jpg", quality=70 + 2 * number)
    for name in ("camera-portrait.jpg", "camera-temple.jpg", "tts-over-photos.mp4"):
        (home / name).write_bytes((SAMPLES / name).read_bytes())
    distant = Image.open(SAMPLES / "camera-temple.jpg").convert("RGB").resize((640, 480))
    distant.paste(face.resize((48, 48)), (300, 200))
    distant.save(home / "distant.jpg", quality=90)
    return home


def test_the_face_that_recurs_is_found(folder: Path, tmp_path: Path) -> None:
    result = audit(folder, journal=tmp_path / "a.db", classifiers=[Brightness()])
    persona = result.summary()["persona"]
    first = persona["faces"]["recurring"][0]
    assert first["account"] and first["posts"] == 10 and first["tightness"] < 0.4
    assert persona["faces"]["posts"] == 13 and persona["faces"]["people"] <= 4
    assert persona["voices"]["posts"] == 1
    assert persona["outcome"] == "undecided"  # nobody measured this classifier's errors
    assert len(result.people.sheet) == 10
    jpeg = result.attachment(result.people.sheet[0], FACE) or b""
    assert jpeg.startswith(b"\xff\xd8")
    body = result.attachment(result.people.sheet[0], PEOPLE)
    assert body is not None
    faces = read_people(body).faces
    assert faces[0].vector.shape == (128,) and faces[0].vector.dtype == np.float32
    out = tmp_path / "out"
    out.mkdir()
    for kind in ("json", "csv", "html"):
        getattr(result, f"write_{kind}")(out / f"r.{kind}")
    with Journal(tmp_path / "a.db", writing=False) as book:
        rows = book._db.execute("SELECT body FROM extras WHERE name = ?", (PEOPLE,)).fetchall()
    kept = [json.loads(row[0]) for row in rows]
    vectors = [f["vector"] for one in kept for f in one["faces"]]
    vectors += [voice for one in kept for voice in one["voices"]]
    assert len(vectors) > 12
    for report in out.rglob("*"):
        if report.is_file():
            text = report.read_text(encoding="utf-8")
            assert not any(vector in text for vector in vectors)
            assert '"vector' not in text


def test_without_biometrics_nothing_is_kept(folder: Path, tmp_path: Path) -> None:
    journal = tmp_path / "a.db"
    audit(folder, journal=journal, classifiers=[Brightness()])
    with Journal(journal, writing=False) as book:
        (body,) = book._db.execute("SELECT body FROM extras WHERE name = ?", (PEOPLE,)).fetchone()
    vector = json.loads(body)["faces"][0]["vector"].encode()
    assert vector in journal.read_bytes()
    off = detect.load_settings({"biometrics": False})
    result = audit(folder, journal=journal, classifiers=[Brightness()], settings=off)
    persona = result.summary()["persona"]
    assert persona["faces"] is None and persona["voices"] is None
    assert persona["outcome"] == "undecided"
    with Journal(journal) as book:
        rows = book._db.execute("SELECT DISTINCT name FROM extras").fetchall()
    assert rows == [("thumbnail",)]
    assert not any(vector in file.read_bytes() for file in tmp_path.iterdir())


def test_voices_over_posts(tmp_path: Path) -> None:
    """A reader in three posts, one speech engine in a video and alone, another one, silence."""
    home = tmp_path / "export"
    home.mkdir()
    for name in (
        "real-voice.ogg",
        "real-voice-short.ogg",
        "tts-voice.m4a",
        "tts-voice-undecided.mp3",
        "tts-over-photos.mp4",
        "silence.wav",
    ):
        (home / name).write_bytes((SAMPLES / name).read_bytes())
    (home / "again.ogg").write_bytes((SAMPLES / "real-voice.ogg").read_bytes() + b"\0")
    result = audit(home, journal=tmp_path / "a.db", classifiers=[Brightness()])
    voices = result.summary()["persona"]["voices"]
    assert (voices["posts"], voices["voices"], voices["main"]) == (6, 3, 3)
    assert voices["account"] is True
