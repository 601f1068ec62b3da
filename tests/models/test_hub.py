"""The hub is asked once, for one revision, and only for files that hold no code."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from detect import ConfigurationError
from detect.models.hub import fetch, is_hub_name

constants = pytest.importorskip("huggingface_hub.constants")

REVISION = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b"{}",
    "preprocessor_config.json": b"{ }",
    "model.safetensors": b"weights",
    "pytorch_model.bin": b"pickle",
    "modeling.py": b"raise SystemExit",
    "onnx/model.safetensors": b"another",
}


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub's protocol as a download by revision needs."""

    files = FILES

    def do_GET(self) -> None:
        if self.path.startswith(f"/api/models/me/tiny/revision/{REVISION}"):
            listed = [{"rfilename": name} for name in self.files]
            self._answer(
                json.dumps({"id": "me/tiny", "sha": REVISION, "siblings": listed}).encode()
            )
        elif (name := self.path.removeprefix(f"/me/tiny/resolve/{REVISION}/")) in self.files:
            self._answer(self.files[name])
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _point(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """What HF_ENDPOINT does when it is set before the client is imported."""
    old = constants.ENDPOINT
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(old, endpoint)
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    class Handler(Hub):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        _point(monkeypatch, f"http://127.0.0.1:{server.server_port}")
        yield Handler
        server.shutdown()


def test_only_configuration_and_safetensors_are_fetched(hub: type[Hub], tmp_path: Path) -> None:
    fetch("me/tiny", REVISION, tmp_path)
    found = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    wanted = ("config.json", "preprocessor_config.json", "model.safetensors")
    assert found == {name: FILES[name] for name in wanted}


def test_pickled_weights_are_refused_before_the_download(hub: type[Hub], tmp_path: Path) -> None:
    hub.files = {name: FILES[name] for name in ("config.json", "pytorch_model.bin")}
    with pytest.raises(ConfigurationError, match="never read"):
        fetch("me/tiny", REVISION, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_model_is_a_clear_error(hub: type[Hub], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="me/other at 0123456789ab cannot be fetched"):
        fetch("me/other", REVISION, tmp_path)


def test_without_a_network_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens on the discard port.
    _point(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="download it elsewhere and give the folder"):
        fetch("me/tiny", REVISION, tmp_path)


@pytest.mark.parametrize("revision", [None, "main", REVISION[:12], REVISION.upper()])
def test_a_revision_that_can_move_is_refused(revision: str | None, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="full commit hash"):
        fetch("me/tiny", revision, tmp_path)


def test_hub_names_have_an_owner() -> None:
    assert is_hub_name("owner/a-model_1.0")
    assert not any(map(is_hub_name, ("model", "a/b/c", "../b", "/a/b", "a/", "a b/c", "a/..\n")))
