"""Whole evaluations: both protocols, broken files, resuming, and a report that can be published."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detect import ConfigurationError
from detect.core.serialize import to_plain
from detect.core.settings import Settings
from detect.evaluate.dataset.manifest import read_dataset
from detect.evaluate.protocols import Plan
from detect.evaluate.results.markdown import markdown
from detect.evaluate.results.page import page
from detect.evaluate.results.tables import tables
from detect.evaluate.results.tally import Tally
from detect.evaluate.run import evaluate
from detect.evaluate.statistics.result import Evaluation, Summary
from detect.evaluate.statistics.scored import Scored
from detect.models.manifest import Manifest
from tests.evaluate.make import HOSTILE, Roughness, write_pictures, write_sounds

pytest.importorskip("sklearn")

SETTINGS = Settings(workers=1, threads=1)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def found(pictures: Path) -> Evaluation:
    plan = Plan("images", folds=0, rounds=50)
    return evaluate(read_dataset(pictures), plan, SETTINGS, recipe=Roughness())


def test_every_source_is_left_out_once(found: Evaluation) -> None:
    assert list(found.summaries) == ["clean", "web", "hard"]
    for summary in found.summaries.values():
        assert (summary.real, summary.synthetic) == (9, 9)
        assert summary.measures["auc"].value > 0.9
        assert summary.measures["ece"].low is not None
        whole = summary.measures["auc"]
        assert whole.low is None or whole.low < whole.high, "no interval without a width"
    assert {row.name for row in found.synthetic_sources} == {f"ai source {n}" for n in range(3)}
    assert {row.name for row in found.generators} == {f"maker {n}" for n in range(3)}
    assert {row.name for row in found.categories} >= {"no face", "with a face"}


def test_a_broken_file_is_named_and_counted_nowhere_else(found: Evaluation) -> None:
    assert [Path(broken.path).name for broken in found.broken] == ["broken.png"]
    assert sum(row.files for row in found.real_sources) == 9


def test_few_real_files_support_no_narrow_claim(found: Evaluation) -> None:
    share = found.summaries["clean"].measures["false_positives"]
    assert share.high is not None and share.high > 0.2


def test_a_stopped_run_goes_on(pictures: Path, tmp_path: Path) -> None:
    plan = Plan("images", folds=0, rounds=10, cache=tmp_path, conditions=("clean", "hard"))
    first, second = Roughness(), Roughness()
    before = evaluate(read_dataset(pictures), plan, SETTINGS, recipe=first)
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 18
    kept[0].unlink()
    kept[1].write_bytes(b"cut short")
    after = evaluate(read_dataset(pictures), plan, SETTINGS, recipe=second)
    assert (first.calls, second.calls) == (36, 4)
    assert first.fits == second.fits and len(first.fits) == 6
    same = replace(after, created=before.created)
    assert to_plain(same) == to_plain(before)


def test_the_recipe_gets_the_threads_that_were_asked_for(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    class Counting(Roughness):
        def __init__(self, manifest: Manifest, *, threads: int) -> None:
            given.append(threads)
            super().__init__()

    monkeypatch.setattr("detect.evaluate.protocols.VisionRecipe", Counting)
    plan = Plan("images", folds=0, rounds=10, conditions=("clean",))
    evaluate(read_dataset(pictures), plan, replace(SETTINGS, threads=3))
    assert given == [3]


def test_sound_goes_through_every_channel(tmp_path: Path) -> None:
    plan = Plan("audio", folds=0, rounds=10)
    result = evaluate(read_dataset(write_sounds(tmp_path)), plan, SETTINGS, recipe=Roughness())
    assert list(result.summaries) == ["clean", "aac64", "opus24", "8khz", "noise15", "music10"]
    assert not any("music10" in note for note in result.notes)  # the dataset's own was mixed in
    assert any("pink noise" in note for note in result.notes)
    assert [row.name for row in result.categories] == ["music"]
    kinds = next(t for t in tables(result) if t.key == "categories")
    assert dict(zip(kinds.header, kinds.rows[0], strict=True))["scored"] == "1"


def test_a_condition_with_too_few_scores_is_left_out_and_the_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Tally.summary

    def summary(self: Tally, name: str, scored: Scored) -> Summary:
        if name == "noise15":
            scored = replace(scored, score=np.full_like(scored.score, np.nan))
        return whole(self, name, scored)

    monkeypatch.setattr(Tally, "summary", summary)
    plan = Plan("audio", conditions=("clean", "noise15"), folds=0, rounds=10)
    result = evaluate(read_dataset(write_sounds(tmp_path)), plan, SETTINGS, recipe=Roughness())
    assert list(result.summaries) == list(result.conditions) == ["clean"]
    assert result.notes[0].startswith("Left out: under noise15, real files of 0 source(s)")
    assert [table for table in tables(result) if table.rows]


def test_too_few_sources_to_train_on_is_an_error(pictures: Path) -> None:
    plan = Plan("images", folds=2, rounds=10)
    with pytest.raises(ConfigurationError, match="left to train on"):
        evaluate(read_dataset(pictures), plan, SETTINGS, recipe=Roughness())


def test_the_installed_model_is_judged_as_a_scan_does(pictures: Path) -> None:
    from detect.pipeline.scanner import Scanner

    plan = Plan("images", "shipped", ("clean",), rounds=10)
    dataset = read_dataset(pictures, (), 1)
    result = evaluate(dataset, plan, SETTINGS)
    with Scanner(SETTINGS) as scanner:
        reports = list(scanner.scan_many(item.path for item in dataset.items))
    decisions = [report.hypotheses["ai_generated"].decision for report in reports]
    called = sum(row.files * (row.shares["clean"].called or 0) for row in result.real_sources)
    called += sum(row.files * (row.shares["clean"].called or 0) for row in result.synthetic_sources)
    assert called == pytest.approx(decisions.count(True))
    with pytest.raises(ConfigurationError, match="no model 'nobody'"):
        evaluate(dataset, replace(plan, model="nobody"), SETTINGS)


def test_the_report_is_self_contained_and_harmless(found: Evaluation) -> None:
    html = "".join(page(found))
    assert "<script" not in html and "\x1b" not in html
    assert "&lt;script&gt;alert" in html
    assert not re.search(r"""(src|href)\s*=|url\(|@import""", html)
    assert html.count("<svg") == 2 + 6
    assert "default-src 'none'" in html
    text = markdown(found)
    assert HOSTILE not in text and "\x1b" not in text and "<script" not in text
    for word in ("AUC", "ECE", "TPR at 1 %", "EER", "False positives by source", "maker 1"):
        assert word in html and word in text
    for line in text.splitlines():
        if line.startswith("| "):  # hostile names add no columns
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 5, 8, 9, 12)
