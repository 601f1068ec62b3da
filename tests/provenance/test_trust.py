"""Trust lists: what can be imported, where it lies, and how `detect trust` shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from detect.cli.trust import trust
from detect.core.errors import TrustListError
from detect.provenance.trust import (
    TrustLists,
    import_list,
    load_trust,
    remove_list,
    stored_lists,
    trust_folder,
)
from scripts.samples.sign_c2pa import make_authority


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of the test's own."""
    monkeypatch.setenv("DETECT_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """A list of two certificates with remarks between them."""
    path = tmp_path / "known.pem"
    path.write_text(f"# first\n{make_authority('A').pem}\nsecond\n{make_authority('B').pem}")
    return path


def test_nothing_imported() -> None:
    assert load_trust() == TrustLists()
    assert stored_lists() == ()
    assert not trust_folder().exists()


def test_import_normalises_and_names(pem: Path) -> None:
    stored = import_list(pem)
    assert (stored.name, stored.certificates) == ("known", 2)
    loaded = load_trust()
    assert loaded.names == ("known",)
    assert loaded.sha256 == (stored.sha256,)
    assert "first" not in loaded.pem
    assert loaded.pem.count("BEGIN CERTIFICATE") == 2
    assert [p.name for p in trust_folder().iterdir()] == ["known.pem"]
    import_list(pem, "again")
    assert load_trust().names == ("again", "known")
    remove_list("known")
    assert [item.name for item in stored_lists()] == ["again"]


def test_published_lists_are_accepted(provenance: Path) -> None:
    counts = {p.stem: import_list(p).certificates for p in (provenance / "trust").glob("*.pem")}
    assert counts == {"C2PA-TRUST-LIST": 30, "C2PA-TSA-TRUST-LIST": 22}


def test_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DETECT_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert trust_folder() == tmp_path / "detect" / "trust"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert trust_folder() == tmp_path / ".config" / "detect" / "trust"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a list of certificates"),
        ("hello", "not a list of certificates"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
        ("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", "not a list"),
        (make_authority().pem.replace("M", "N", 1), "damaged"),
        (make_authority().pem[:-40], "not a list of certificates"),
        (make_authority().key + make_authority().pem, "private key"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "list.pem"
    path.write_text(content)
    with pytest.raises(TrustListError, match=message):
        import_list(path)
    assert stored_lists() == ()


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "a b", "x" * 65, "-x"])
def test_names_cannot_leave_the_folder(pem: Path, name: str) -> None:
    with pytest.raises(TrustListError, match="cannot be the name"):
        import_list(pem, name)


def test_missing_file_and_missing_list(tmp_path: Path) -> None:
    with pytest.raises(TrustListError, match="cannot be read"):
        import_list(tmp_path / "none.pem")
    with pytest.raises(TrustListError, match="no trust list is called 'x'"):
        remove_list("x")


def test_unwritable_folder_leaves_nothing(pem: Path, home: Path) -> None:
    (home / "home").write_text("a file where the folder should be")
    with pytest.raises(TrustListError, match="cannot be stored"):
        import_list(pem)


def test_commands(pem: Path) -> None:
    runner = CliRunner()
    assert "No trust list" in runner.invoke(trust, ["list"]).stderr
    done = runner.invoke(trust, ["import", str(pem), "--name", "mine"])
    assert done.output.startswith("mine: 2 certificates, sha256 ")
    assert runner.invoke(trust, ["list"]).stdout == done.stdout
    assert runner.invoke(trust, ["remove", "mine"]).output == "mine: removed\n"
    refused = runner.invoke(trust, ["remove", "mine"])
    assert isinstance(refused.exception, TrustListError)
