"""Command-line options made from the settings table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import click

from detect.core.settings import Settings

__all__ = ["settings_options"]

F = TypeVar("F", bound=Callable[..., Any])


def settings_options(*names: str) -> Callable[[F], F]:
    """Adds one option for each named setting, with its help, choices and default."""
    table = {f.name: f for f in dataclasses.fields(Settings)}

    def decorate(command: F) -> F:
        for name in reversed(names):
            item = table[name]
            if item.metadata.get("switch"):
                flag = name.replace("_", "-")
                command = click.option(
                    f"--{flag}/--no-{flag}", name, default=None, help=item.metadata["help"]
                )(command)
                continue
            choices = item.metadata.get("choices")
            kind: Any = click.Choice(choices) if choices else type(item.default)
            text = f"{item.metadata['help']}  [default: {item.default}]"
            flag = "--" + name.replace("_", "-")
            command = click.option(flag, name, type=kind, default=None, help=text)(command)
        return command

    return decorate
