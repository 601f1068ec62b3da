"""Readers of foreign text: tables, lists, sidecars, settings, what a worker answers."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detect.account.exports.export import read_export
from detect.account.exports.records.post import Post, Problem, Profile
from detect.account.exports.records.sidecar import SidecarError, parse
from detect.account.weighing.rates import read_rates
from detect.core.errors import ConfigurationError, DetectError, WeightsError
from detect.core.report import Report
from detect.core.serialize import from_plain
from detect.core.settings import Settings, load_settings
from detect.core.text import decoded
from detect.evaluate.dataset.categories import read_rules
from detect.evaluate.dataset.manifest import read_dataset
from detect.models.label_map import guess_labels, map_labels, parse_map
from detect.models.manifest import load_manifest
from detect.pipeline.inputs import printable, read_list
from detect.provenance.trust import import_list
from detect.workers.wire import WireError, pack, unpack
from tests.properties.strategies import bounded, foreign, json_values, mutated

CHECKOUT = Path(__file__).resolve().parents[2]
POST = {
    "category": "instagram",
    "post_id": "1",
    "username": "mia",
    "description": "#ad",
    "date": "2026-01-01 10:00:00",
    "filename": "a",
    "extension": "jpg",
    "num": 1,
    "count": 1,
}
TIKTOK = {"category": "tiktok", "id": "7", "desc": "x", "author": {"uniqueId": "m"}, "stats": {}}
YOUTUBE = {"extractor_key": "Youtube", "id": "v1", "title": "t", "timestamp": 1767225600}
NODE = {"node": {"id": "1", "shortcode": "C", "__typename": "GraphImage"}, "instaloader": {}}
TABLE = "id,time,text,media,ai_label\n1,2026-01-01,雨 #ad,a.jpg,creator\n"
LABELLED = "path,label,source\na.jpg,real,s\nb.jpg,ai,t\n"


@contextmanager
def folder(**files: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        for key, content in files.items():
            (Path(name) / key.replace("__", ".")).write_bytes(content)
        yield Path(name)


@foreign
@given(content=mutated(*(json.dumps(x).encode() for x in (POST, TIKTOK, YOUTUBE, NODE, [POST]))))
@bounded
def test_any_sidecar_is_a_post_or_a_problem(content: bytes) -> None:
    with folder(a__jpg=b"\xff\xd8\xff\xd9", a__jpg__json=content) as export:
        for found in read_export(export):
            assert isinstance(found, (Post, Profile, Problem))
            assert json.dumps(str(found), ensure_ascii=False).encode("utf-8", "surrogatepass")


@foreign
@given(
    kind=st.sampled_from((POST, TIKTOK, YOUTUBE, NODE)), key=st.text(max_size=8), value=json_values
)
@bounded
def test_any_value_in_a_sidecar(kind: dict[str, Any], key: str, value: Any) -> None:
    for name in [*kind, key]:
        content = json.dumps({**kind, name: value}).encode()
        with folder(a__jpg=b"\xff\xd8\xff\xd9", a__jpg__json=content) as export:
            list(read_export(export))


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
@foreign
@given(data=st.data())
@bounded
def test_any_manifest_of_an_account(ending: str, data: st.DataObject) -> None:
    line = json.dumps({"id": "1", "media": "a.jpg", "text": "x"})
    seeds = (TABLE.encode(), TABLE.encode("gb18030"), TABLE.encode("utf-16"), line.encode())
    with folder(**{f"posts__{ending}": data.draw(mutated(*seeds)), "a__jpg": b"x"}) as export:
        for found in read_export(export):
            assert isinstance(found, (Post, Profile, Problem))


@foreign
@given(content=st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()))
@bounded
def test_any_json(content: bytes) -> None:
    try:
        parse(content)
    except SidecarError as error:
        assert str(error)


@foreign
@given(content=mutated(LABELLED.encode(), LABELLED.encode("utf-16"), b"path\tlabel\na\t1\n"))
@bounded
def test_any_manifest_of_an_evaluation(content: bytes) -> None:
    with folder(m__csv=content) as place:
        for read in (read_dataset, read_rules):
            try:
                read(place / "m.csv")
            except ConfigurationError as error:
                assert str(error)


@foreign
@given(
    content=mutated(b"a.jpg\nb.jpg\n", "一.jpg\r\n".encode("utf-16"), b"a\0b\0", b"\xef\xbb\xbfa")
)
@bounded
def test_any_list_of_files(content: bytes) -> None:
    try:
        names = list(read_list(io.BytesIO(content)))
    except ConfigurationError:
        return
    assert all(printable(name).isprintable() or not name for name in names)


@foreign
@example(content=b"prior = 0")
@given(content=mutated(b'prior = 0.5\nworkers = 2\nprofile = "fast"\n', b"a = [1]\n"))
@bounded
def test_any_settings_file(content: bytes) -> None:
    with folder(d__toml=content) as place:
        try:
            assert isinstance(load_settings(file=place / "d.toml", environment={}), Settings)
        except ConfigurationError as error:
            assert "d.toml" in str(error)


@foreign
@given(content=mutated(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"))
@bounded
def test_any_trust_list(content: bytes) -> None:
    with folder(t__pem=content) as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DETECT_HOME", str(place / "home"))
        with pytest.raises(ConfigurationError):
            import_list(place / "t.pem")


@foreign
@given(content=mutated((CHECKOUT / "weights" / "manifest.toml").read_bytes()[:3000]))
@bounded
def test_any_manifest_of_weights(content: bytes) -> None:
    with folder(manifest__toml=content) as place:
        try:
            load_manifest(place)
        except WeightsError as error:
            assert str(error)


@foreign
@given(content=mutated((CHECKOUT / "weights" / "vision-v3" / "calibration.json").read_bytes()))
@bounded
def test_any_rates_of_a_calibration(content: bytes) -> None:
    try:
        read_rates(content, "balanced")
    except WeightsError as error:
        assert str(error)


@foreign
@given(items=st.lists(st.text(max_size=20), max_size=4), names=st.lists(st.text(), max_size=4))
@bounded
def test_any_labels_of_a_checkpoint(items: list[str], names: list[str]) -> None:
    try:
        map_labels(names, parse_map(items), "ai_generated")
    except DetectError as error:
        assert str(error)
    assert guess_labels(names, "ai_generated") is None or names


@foreign
@given(content=mutated(b"".join(map(bytes, pack({"a": 1, "b": [None, "x"]})))))
@bounded
def test_any_answer_of_a_worker(content: bytes) -> None:
    stream = io.BytesIO(content)

    def fill(view: memoryview) -> None:
        if stream.readinto(view) < len(view):
            raise EOFError("the worker is gone")

    try:
        unpack(fill)
    except (WireError, EOFError) as error:
        assert str(error)


@foreign
@given(value=json_values)
@bounded
def test_any_plain_value_is_no_report(value: Any) -> None:
    with pytest.raises(ValueError):
        from_plain(Report, value)


@foreign
@given(content=st.binary(max_size=300))
@bounded
def test_any_text(content: bytes) -> None:
    try:
        decoded(content).encode("utf-8")
    except ValueError as error:
        assert str(error)
