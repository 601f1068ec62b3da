"""Lists of files."""

from __future__ import annotations

import io
import os

import pytest

from detect.pipeline.inputs import printable, read_list


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"", []),
        (b"a.jpg\nb c.jpg\n", ["a.jpg", "b c.jpg"]),
        (b"a.jpg\r\n\r\n b.jpg", ["a.jpg", " b.jpg"]),
        (b"a\nb.jpg\0c.jpg\0", ["a\nb.jpg", "c.jpg"]),
        (b"\xff.jpg\n", [os.fsdecode(b"\xff.jpg")]),
    ],
)
def test_lists_are_lines_or_separated_by_nul(content: bytes, names: list[str]) -> None:
    assert list(read_list(io.BytesIO(content))) == names


def test_names_across_chunks_stay_whole() -> None:
    names = [f"{number:020}.jpg" for number in range(10_000)]
    assert list(read_list(io.BytesIO("\n".join(names).encode()))) == names


def test_printable_is_harmless_and_valid() -> None:
    shown = printable("\x1b[31m\n" + os.fsdecode(b"\xff"))
    assert shown.isprintable()
    shown.encode("utf-8")
