"""Opening files that nobody vouches for, and showing their names."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from detect.media.source import MediaError, display_name, open_source, sha256_of


def refused(path: Path | bytes | str, **limits: int) -> tuple[str, str]:
    with pytest.raises(MediaError) as caught:
        open_source(path if isinstance(path, (bytes, str)) else bytes(path), **limits)
    return caught.value.status, str(caught.value)


def test_a_regular_file_is_opened_through_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content" * 1000)
    (tmp_path / "link").symlink_to("a")
    with open_source(bytes(tmp_path / "link")) as file:
        assert sha256_of(file) == hashlib.sha256(b"content" * 1000).hexdigest()
        assert os.get_inheritable(file.fileno()) is False


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for path in ("nothing", "file/below", "dangling", "loop", "x" * 300):
        assert refused(tmp_path / path)[0] == "missing", path
    assert refused(b"a\0b")[0] == "missing"


def test_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(tmp_path)
        try:
            server.bind("socket.png")
        finally:
            os.chdir(here)
        for path in ("pipe.mp4", "zero.jpg", "socket.png", "."):
            assert refused(tmp_path / path)[0] == "not-regular", path
    assert "pipe" in refused(tmp_path / "pipe.mp4")[1]
    assert "-r" in refused(tmp_path)[1]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "secret").chmod(0)
    assert refused(tmp_path / "secret")[0] == "denied"


def test_size(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 11)
    assert refused(tmp_path / "empty") == ("unreadable", "the file is empty")
    status, reason = refused(tmp_path / "large", max_bytes=10)
    assert status == "too-large"
    assert "max_bytes" in reason
    open_source(bytes(tmp_path / "large"), max_bytes=11).close()


def test_no_descriptor_leaks(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    before = len(os.listdir("/proc/self/fd"))
    for path in (tmp_path / "empty", tmp_path, Path("/dev/zero")):
        refused(path)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"plain name.jpg", "plain name.jpg"),
        ("猫 café 👨\u200d👩\u200d👧.jpg".encode(), "猫 café 👨\u200d👩\u200d👧.jpg"),
        (b"[/x]<img onerror>=cmd -rf", "[/x]<img onerror>=cmd -rf"),
        (b"a\nb\tc\r", "a\\nb\\tc\\r"),
        (b"\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        (b"lone \xff\xfe bytes", "lone \\xff\\xfe bytes"),
        ("gpj.\u202eexe".encode(), "gpj.\\u202eexe"),
        ("\u2066isolated\u2069\u200b\ufeff\u2028".encode(), None),
        (b"\xed\xa0\x80 surrogate", "\\xed\\xa0\\x80 surrogate"),
        ("\x85\x9b".encode(), "\\x85\\x9b"),
    ],
)
def test_names(name: bytes, shown: str | None) -> None:
    display, exact = display_name(name)
    if shown is not None:
        assert display == shown
    assert display.encode("utf-8")
    assert not set(display) & set("\x1b\n\r\t\x07\x85\x9b\u202e\u2066\u2069\u200b\ufeff\u2028")
    if display.encode() == name:
        assert exact is None
    else:
        assert bytes.fromhex(exact or "") == name
