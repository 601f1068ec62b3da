"""What a manifest says, what belongs together, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from detect import ConfigurationError
from detect.evaluate.dataset.categories import read_rules
from detect.evaluate.dataset.manifest import Dataset, read_dataset
from detect.evaluate.measuring.leave_out import folds_of, training_rows

ROWS = """path\tlabel\tsource\tgenerator\torigin\tfaces\tlanguage
a.png\treal\talbum\t\towner/one\t2\t
b.png\treal\tpress\t\tpaper/site\t0\t
c.png\tai\tgallery\tFLUX\towner/two\t1\t
d.png\tai\tposts\tFLUX\tsomebody/posts\t0\t
e.png\tai\tposts\tSDXL\tsomebody/posts\t0\t
f.png\tcgi\tgames\t\tstudio/games\t0\t
g.opus\tmusic-real\tband\t\tlabel/band\t\t
h.opus\treal\tvoices\t\tradio/zh\t\tzh
"""


def write(folder: Path, text: str) -> Path:
    manifest = folder / "manifest.tsv"
    manifest.write_text(text, encoding="utf-8")
    return manifest


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read_dataset(write(tmp_path, ROWS))


def test_items_say_what_they_are(dataset: Dataset) -> None:
    by_name = {Path(item.path).name: item for item in dataset.items}
    assert by_name["a.png"].categories == ("with a face",)
    assert by_name["h.opus"].categories == ("Mandarin",)
    assert by_name["g.opus"].categories == ("music",)
    assert (by_name["f.png"].synthetic, by_name["f.png"].counts) == (None, False)
    assert (by_name["g.opus"].synthetic, by_name["g.opus"].counts) == (False, False)
    assert by_name["c.png"].generator == "FLUX"
    assert by_name["a.png"].path == str(Path(dataset.items[0].path).parent / "a.png")


def test_sources_of_one_owner_are_one_group(dataset: Dataset) -> None:
    groups = {item.source: item.group for item in dataset.items}
    assert groups["album"] == groups["gallery"]
    assert len(set(groups.values())) == 6


def test_nothing_of_a_held_out_source_or_generator_is_trained_on(dataset: Dataset) -> None:
    names = [Path(item.path).name for item in dataset.items]
    held = np.array([name == "c.png" for name in names])
    rows = training_rows(dataset.items, held)
    kept = {name for name, inside in zip(names, rows, strict=True) if inside}
    # a: its owner's; d: the same generator; f: neither real nor synthetic.
    assert kept == {"b.png", "e.png", "g.opus", "h.opus"}


@pytest.mark.parametrize("folds", [0, 3])
def test_folds_hold_whole_groups(dataset: Dataset, folds: int) -> None:
    places = folds_of(dataset.items, folds)
    for item, place in zip(dataset.items, places, strict=True):
        together = {int(p) for i, p in zip(dataset.items, places, strict=True) if i is item}
        assert together == {int(place)}
        same = {int(p) for i, p in zip(dataset.items, places, strict=True) if i.group == item.group}
        assert same == {int(place)}
    assert len(set(places.tolist())) == (folds or 6)


def test_a_limit_takes_from_every_generator(tmp_path: Path) -> None:
    lines = ["path,label,source,generator"]
    lines += [f"r{n}.png,real,{'ab'[n % 2]},," for n in range(40)]
    lines += [f"m{n}.png,ai,{'xy'[n % 2]},{['one', 'two'][n // 30]}" for n in range(40)]
    found = read_dataset(write(tmp_path, "\n".join(line.rstrip(",") for line in lines)), (), 4)
    counts: dict[tuple[str, str], int] = {}
    for item in found.items:
        key = (item.source, item.generator)
        counts[key] = counts.get(key, 0) + 1
    assert counts == {("a", ""): 4, ("b", ""): 4} | {
        (source, made): 2 for source in "xy" for made in ("one", "two")
    }
    assert found.left_out == 80 - 16


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("path,label\na.png,real\n", "has no source"),
        ("path,label,source\na.png,real,x\nb.png,real,y\nc.png,ai,z\n", "1 source of synthetic"),
        ("path,label,source\nb.png,ai,y\nc.png,ai,z\n", "0 sources of real"),
        ("path,label,source\na.png,perhaps,x\n", "line 2: label 'perhaps'"),
        (
            "path,label,source,origin\na.png,real,x,me/one\nb.png,real,y,me/two\n"
            "c.png,ai,z,p/q\nd.png,ai,w,r/s\n",
            "1 source of real",
        ),
    ],
)
def test_what_allows_no_honest_figure_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        read_dataset(write(tmp_path, text))


def of_content(folder: Path, contents: str, rows: str) -> Path:
    for place, letter in enumerate(contents):
        (folder / f"{place}.wav").write_bytes(letter.encode() * 100)
    return write(folder, "path\tlabel\tsource\n" + rows)


def test_the_same_content_counts_once_and_joins_its_sources(tmp_path: Path) -> None:
    rows = [("real", "a"), ("real", "b"), ("real", "c"), ("ai", "d"), ("ai", "e")]
    text = "".join(f"{n}.wav\t{label}\t{source}\n" for n, (label, source) in enumerate(rows))
    found = read_dataset(of_content(tmp_path, "xxyzw", text))
    assert found.repeated == 1
    assert [Path(item.path).name for item in found.items] == ["0.wav", "2.wav", "3.wav", "4.wav"]
    rows[1] = ("real", "c")
    text = "".join(f"{n}.wav\t{label}\t{source}\n" for n, (label, source) in enumerate(rows))
    with pytest.raises(ConfigurationError, match="1 source of real files"):
        read_dataset(of_content(tmp_path, "xxyzw", text))  # a and c share a file


def test_semicolons_part_columns_too(tmp_path: Path) -> None:
    rows = (f"{n}.wav;{label};source {n}" for n, label in enumerate(["real", "real", "ai", "ai"]))
    found = read_dataset(write(tmp_path, "path;label;source\n" + "\n".join(rows) + "\n"))
    assert [item.source for item in found.items] == [f"source {n}" for n in range(4)]


def test_the_same_content_with_two_labels_is_refused(tmp_path: Path) -> None:
    text = "0.wav\treal\ta\n1.wav\tai\tb\n2.wav\treal\tc\n3.wav\tai\td\n"
    with pytest.raises(ConfigurationError, match=r"0\.wav and .*1\.wav have the same content"):
        read_dataset(of_content(tmp_path, "xxyz", text))


def test_rules_add_categories(tmp_path: Path) -> None:
    rules = tmp_path / "rules.csv"
    rules.write_text("column,pattern,category\nsource,al*,studio portraits\n", encoding="utf-8")
    found = read_dataset(write(tmp_path, ROWS), read_rules(rules))
    assert found.items[0].categories == ("studio portraits", "with a face")
    rules.write_text("column,pattern\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no column 'category'"):
        read_rules(rules)


def test_the_corpus_is_read_as_it_is(corpus: Path) -> None:
    def labelled(name: str, *labels: str) -> int:
        lines = (corpus / name / "manifest.tsv").read_text(encoding="utf-8").splitlines()
        return sum(row["label"] in labels for row in csv.DictReader(lines, delimiter="\t"))

    pictures = read_dataset(corpus / "images" / "manifest.tsv")
    assert sum(item.counts for item in pictures.items) == labelled("images", "real", "ai")
    groups = {item.group for item in pictures.items if item.source in ("dcsan_a", "dcsan_b")}
    assert len(groups) == 1
    sounds = read_dataset(corpus / "audio" / "manifest.tsv")
    assert sum(item.counts for item in sounds.items) == labelled("audio", "real", "synthetic")
    kinds = {kind for item in sounds.items for kind in item.categories}
    assert {"Mandarin", "phone", "music", "nonspeech", "singing"} <= kinds
