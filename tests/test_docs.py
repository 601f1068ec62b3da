"""README and docs: links lead somewhere, options exist, transcripts are of commands that work."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from detect.cli.main import cli
from scripts.docs.transcripts import Step, blocks, pages, run, workspace

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [
    *pages(),
    ROOT / "ARCHITECTURE.md",
    ROOT / "samples" / "README.md",
    ROOT / "scripts" / "README.md",
    *sorted((ROOT / "weights").glob("*/*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Names of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    prose = CODE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(prose):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 180


def shell_lines() -> Iterator[tuple[str, str]]:
    """Every command of ours that a page shows, with the page."""
    for page in pages():
        for language, block in CODE.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                shown = language == "bash" or (language == "console" and line.startswith("$ "))
                if shown and re.match(r"detect \w", line.removeprefix("$ ")):
                    yield page.name, line.removeprefix("$ ")


@pytest.mark.parametrize(("page", "line"), shell_lines())
def test_every_command_that_is_shown_exists(page: str, line: str) -> None:
    command: click.Command = cli
    words = shlex.split(line, comments=True)[1:]
    words = words[: words.index("|")] if "|" in words else words
    while isinstance(command, click.Group):
        name = words.pop(0)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None, f"{page}: there is no command {name}"
        command = inner
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    shown = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert not shown - known, f"{page}: {line}"


def readme_steps() -> list[Step]:
    return [step for block in blocks(README.read_text(encoding="utf-8")) for step in block]


def test_the_commands_of_the_readme_do_what_it_shows(tmp_path: Path) -> None:
    """The same files in the same order, and the same end; scores depend on the processor."""
    folder = workspace(tmp_path)
    for step in readme_steps():
        done = run(step.command, folder)
        ends = [line for line in step.output if line.startswith("# exit ")]
        assert done.returncode == (int(ends[0].removeprefix("# exit ")) if ends else 0), done.stderr
        names = re.compile(r"samples/[\w.-]+")
        assert names.findall(done.stdout) == names.findall("\n".join(step.output))


def test_the_library_example_of_the_readme_runs() -> None:
    (code,) = [b for language, b in CODE.findall(README.read_text("utf-8")) if language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "samples/camera-coins.jpg" in done.stdout


def test_every_script_is_listed_with_what_it_makes() -> None:
    text = (ROOT / "scripts" / "README.md").read_text(encoding="utf-8")
    for script in (ROOT / "scripts").glob("*/*.py"):
        first = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").partition("\n")[0]
        assert f"| `{script.stem}` | {first} |" in text, script
