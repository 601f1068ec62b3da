"""The command group: commands load on use, errors become exit codes."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from typing import Any

import click

from detect.core.errors import ConfigurationError, DetectError, WeightsError
from detect.core.version import VERSION

__all__ = ["cli", "main"]

EXIT_LABELLED = 1
EXIT_USAGE = 2
EXIT_NOT_EXAMINED = 3
EXIT_WEIGHTS = 4
EXIT_INTERNAL = 5
EXIT_INTERRUPTED = 130

COMMANDS = {
    "scan": ("detect.cli.scan:scan", "Examine files and say what is synthetic."),
    "eval": ("detect.cli.eval:evaluate", "Measure a model on labelled files."),
    "audit": ("detect.cli.audit:audit", "Audit a whole account from its export."),
    "portfolio": ("detect.cli.portfolio:portfolio", "Audit many accounts, sorted by risk."),
    "label": ("detect.cli.label.group:label", "Rules on AI labels; read, check and write them."),
    "compare": ("detect.cli.compare:compare", "Is this the person of these genuine recordings?"),
    "trust": ("detect.cli.trust:trust", "Import the C2PA trust lists you rely on."),
    "weights": ("detect.cli.weights:weights", "List, verify and add model weights."),
    "doctor": ("detect.cli.doctor:doctor", "Check this installation."),
}


class _ReaderWentAway(Exception):
    """Standard output was closed by its reader. Not an OSError: click would exit with 1."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not when help is shown."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderWentAway from None
        except SystemExit as stop:
            if isinstance(stop.__context__, BrokenPipeError):  # rich's answer
                raise _ReaderWentAway from None
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and os.path.lexists(args[0]):
            from detect.report.text import clean

            folder = "-r " if os.path.isdir(args[0]) else ""
            given = clean(shlex.quote(args[0]), 400)
            raise click.UsageError(f"to examine it: detect scan {folder}{given}", ctx)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="detect")
def cli() -> None:
    """Tells real people from synthetic ones: AI-generated pictures, video and voices.

    Everything runs on this machine; nothing is ever uploaded or downloaded.

    \b
    Exit codes:
      0    finished, nothing at or above --fail-on
      1    something was labelled
      2    wrong usage or configuration
      3    nothing labelled, but some item could not be examined
      4    weights missing or corrupt
      5    internal error
      130  interrupted
    """


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `detect` command; always ends the process."""
    _open_closed_streams()
    sys.exit(_run(arguments))


def _open_closed_streams() -> None:
    """Gives the null device to standard streams that the caller has closed (`>&-`).

    Otherwise the next file that is opened would become one of them, and Python has None for them.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False, encoding="utf-8"))


def _run(arguments: list[str] | None) -> int:
    try:
        outcome: Any = cli.main(args=arguments, prog_name="detect", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (_ReaderWentAway, BrokenPipeError):
        # No error; keep Python from flushing into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except ConfigurationError as error:
        _complain(str(error))
        return EXIT_USAGE
    except WeightsError as error:
        _complain(str(error))
        return EXIT_WEIGHTS
    except DetectError as error:
        _complain(str(error))
        return EXIT_INTERNAL
    except OSError as error:
        _complain(f"{error.strerror or error}: {error.filename or ''}")
        return EXIT_INTERNAL
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("detect: this is a bug; please report it with the lines above", err=True)
        return EXIT_INTERNAL


def _complain(message: str) -> None:
    """A message on standard error; names that it quotes from files can move and colour nothing."""
    from detect.report.text import clean

    click.echo("detect: " + "\n".join(map(clean, message.splitlines())), err=True)
