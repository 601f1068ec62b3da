"""No audit takes the journal of another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect.account.audit import audit
from detect.account.exports.place import accounts_inside, journal_name
from detect.account.running.journal import Journal
from detect.cli.main import _run
from detect.core.errors import ConfigurationError
from tests.account.fake import Brightness, account


def test_no_two_exports_share_a_default_name(tmp_path: Path) -> None:
    places = [
        "mia.travels",
        "mia.beauty",
        "a/mia",
        "b/mia",
        "posts.csv",
        "posts.jsonl",
        "米娅",
        "米",
    ]
    names = {journal_name(tmp_path / place) for place in places}
    assert len(names) == len(places)
    assert journal_name(tmp_path / "mia.travels").startswith("mia.travels-")


@pytest.mark.parametrize("resume", [True, False])
def test_the_journal_of_another_export_is_not_touched(tmp_path: Path, resume: bool) -> None:
    journal = tmp_path / "a.db"
    audit(account(tmp_path / "one", 4), journal=journal, classifiers=[Brightness()])
    with pytest.raises(ConfigurationError, match="another export") as caught:
        audit(
            account(tmp_path / "two", 2), journal=journal, classifiers=[Brightness()], resume=resume
        )
    assert "no-resume" not in str(caught.value)
    with Journal(journal) as book:
        assert len(list(book.post_keys())) == 4


def test_an_empty_export_is_no_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert _run(["audit", "empty"]) == 3
    shown = capsys.readouterr()
    assert "no post was found in it" in shown.err
    assert "most probable" not in shown.out + shown.err


def test_a_folder_of_several_accounts_is_for_a_portfolio(tmp_path: Path) -> None:
    for name in ("ann", "ben"):
        account(tmp_path / "both" / name, 2, handle=name)
    with pytest.raises(ConfigurationError, match="detect portfolio"):
        audit(tmp_path / "both", journal=tmp_path / "a.db", classifiers=[Brightness()])
    assert not (tmp_path / "a.db").exists()


def test_one_person_on_two_platforms_is_one_account(tmp_path: Path) -> None:
    for name in ("instagram", "tiktok"):
        account(tmp_path / "ann" / name, 2, handle=f"ann.{name}", platform=name)
    assert accounts_inside(tmp_path / "ann") == []
