"""Encodings of lists, tables and settings: read, or refused in words; nothing is replaced."""

from __future__ import annotations

import codecs
import io
import os
from pathlib import Path

import pytest

from detect.core.errors import ConfigurationError
from detect.core.settings import load_settings
from detect.core.text import decoded, path_of
from detect.evaluate.dataset.categories import read_rules
from detect.pipeline.inputs import read_list
from detect.pipeline.labelled import read_labelled

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "gb18030")


def encoded(text: str, encoding: str) -> bytes:
    if encoding.endswith("-bom"):
        name = encoding.removesuffix("-bom")
        mark = codecs.BOM_UTF16_LE if name.endswith("le") else codecs.BOM_UTF16_BE
        return mark + text.encode(name)
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_in_every_encoding(encoding: str) -> None:
    assert decoded(encoded("我的造型由AI生成, 1\r\n", encoding)) == "我的造型由AI生成, 1\r\n"


@pytest.mark.parametrize("content", [b"caf\xe9, 1\n", b"\xd5\n", b"\xff\xfe\xd8", b"\x81"])
def test_what_is_none_of_them_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(content)


@pytest.mark.parametrize("encoding", [e for e in ENCODINGS if e != "gb18030"])
def test_lists_of_files(encoding: str) -> None:
    content = encoded("inputs/一.jpg\r\n\r\ninputs/b c.jpg", encoding)
    assert list(read_list(io.BytesIO(content))) == ["inputs/一.jpg", "inputs/b c.jpg"]


def test_names_in_a_list_need_no_encoding() -> None:
    names = [os.fsencode(n) for n in read_list(io.BytesIO(b"\xef\xbb\xbfa\xd5.jpg\n\xff.png\n"))]
    assert names == [b"a\xd5.jpg", b"\xff.png"]
    with pytest.raises(ConfigurationError, match="UTF-16"):
        list(read_list(io.BytesIO(b"\xff\xfea\0b")))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_settings_and_tables(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "d.toml").write_bytes(encoded("prior = 0.25  # 占比\n", encoding))
    assert load_settings(file=tmp_path / "d.toml", environment={}).prior == 0.25
    rules = "column,pattern,category\nsource,a*,影棚\n"
    (tmp_path / "r.csv").write_bytes(encoded(rules, encoding))
    assert read_rules(tmp_path / "r.csv")[0].category == "影棚"
    (tmp_path / "m.csv").write_bytes(encoded("path,label,source\n一.jpg,real,影棚\n", encoding))
    (found,) = read_labelled(tmp_path / "m.csv")
    assert (found.path, found.source) == (str(tmp_path / "一.jpg"), "影棚")


def test_a_name_that_the_disk_has_in_the_bytes_of_the_table(tmp_path: Path) -> None:
    exact = os.path.join(os.fsencode(tmp_path), "图.jpg".encode("gb18030"))
    Path(os.fsdecode(exact)).write_bytes(b"x")
    assert os.fsencode(path_of(str(tmp_path), "图.jpg", "gb18030")) == exact
    (tmp_path / "图.jpg").write_bytes(b"x")
    assert path_of(str(tmp_path), "图.jpg", "gb18030") == str(tmp_path / "图.jpg")
