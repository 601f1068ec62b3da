"""`detect label write`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from detect.cli.main import EXIT_NOT_EXAMINED
from detect.core.settings import load_settings
from detect.pipeline.inputs import printable
from detect.report.text import clean

if TYPE_CHECKING:
    from detect.labelling.request import LabelRequest

__all__ = ["write"]

_POSITIONS = (
    *("top-left", "top", "top-right", "left"),
    *("right", "bottom-left", "bottom", "bottom-right"),
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--cn", is_flag=True, help="China: the AIGC label (GB 45438-2025, Annex E).")
@click.option("--eu", is_flag=True, help="EU: a machine-readable mark (IPTC digital source type).")
@click.option("--us-ny", is_flag=True, help="New York: as --eu; the law asks for --explicit.")
@click.option("--us-ca", is_flag=True, help="California: as --eu with --system and a number.")
@click.option("--in", "in_", is_flag=True, help="India: as --eu with a number.")
@click.option("--kr", is_flag=True, help="Korea: as --eu.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The labelled file.")
@click.option("--in-place", is_flag=True, help="Replace FILE; otherwise it is kept as it is.")
@click.option("--overwrite", is_flag=True, help="Replace an output that is there.")
@click.option("--producer", help="Code (or name) of the service that made the content.")
@click.option("--content-id", help="Number of the content; from its SHA-256 when omitted.")
@click.option("--label", "value", type=click.Choice(("1", "2", "3")), default="1",
              show_default=True, help="1 is AI, 2 possibly, 3 suspected (China).")  # fmt: skip
@click.option("--propagator", help="Code (or name) of the platform: adds propagation fields.")
@click.option("--propagate-id", help="Number that the platform gave the content.")
@click.option("--reserved", default="", help="Security data of the producer (ReservedCode1).")
@click.option("--system", help="Name of the AI system, with its version after a slash.")
@click.option("--edited", is_flag=True, help="Parts were made with AI, not the whole.")
@click.option("--carrier", type=click.Choice(("exif", "text")),
              help="EXIF (JPEG) or a text chunk (PNG) in place of XMP.")  # fmt: skip
@click.option(
    "--explicit", is_flag=True, help="Also a label that people see or hear; encodes anew."
)
@click.option("--text", help="Its words; AI生成 and AI-generated when omitted.")
@click.option("--position", type=click.Choice(_POSITIONS), default="bottom-right",
              show_default=True, help="Edge or corner of the picture.")  # fmt: skip
@click.option("--height", type=click.FloatRange(0.05, 0.3), default=0.06, show_default=True,
              help="Height of its letters, as a share of the shorter side.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(2.0), help="Time in a video; all when omitted.")
@click.option("--notice", type=click.Path(exists=True, dir_okay=False),
              help="Sound: a file with a spoken notice, in place of the rhythm.")  # fmt: skip
@click.option("--font", type=click.Path(exists=True, dir_okay=False),
              help="A font, for words that the shipped one cannot write.")  # fmt: skip
@click.option("--sign", "certificate", type=click.Path(exists=True, dir_okay=False),
              help="Add Content Credentials signed with this certificate chain (PEM).")  # fmt: skip
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="Its private key (PEM).")
def write(file: str, output: str | None, in_place: bool, overwrite: bool, **options: Any) -> int:
    """Write labels into a copy of FILE (NAME.labelled.SUFFIX beside it, or --output).

    Where only metadata is added nothing is encoded anew: pixels and samples stay as they are, byte
    by byte. A label that is there is never removed or replaced.
    """
    from detect.labelling.write import write_labels
    from detect.media.source import MediaError

    target = _target(file, output, in_place, overwrite)
    request = _request(options)
    try:
        done = write_labels(file, target, request, load_settings())
    except MediaError as error:
        click.echo(f"detect: {printable(file)}: {clean(str(error))}", err=True)
        return EXIT_NOT_EXAMINED
    for remark in done.remarks:
        click.echo(f"note: {remark}", err=True)
    parts = [*done.added]
    if done.explicit:
        parts.append(done.explicit)
    if done.signed:
        parts.append("Content Credentials")
    click.echo(f"{printable(str(target))}: {', '.join(parts) or 'unchanged'}")
    if options["us_ny"] and not options["explicit"]:
        click.echo("note: New York asks for a disclosure people see; add --explicit", err=True)
    return 0


def _target(file: str, output: str | None, in_place: bool, overwrite: bool) -> Path:
    source = Path(file)
    if in_place:
        if output:
            raise click.UsageError("--in-place and --output exclude each other")
        return source
    target = Path(output) if output else source.with_name(f"{source.stem}.labelled{source.suffix}")
    if target.exists():
        if target.samefile(source):
            raise click.UsageError("the output is FILE itself; say --in-place to replace it")
        if not overwrite:
            raise click.UsageError(f"{printable(str(target))} is there; say --overwrite")
    return target


def _request(options: dict[str, Any]) -> LabelRequest:
    from detect.labelling.request import ExplicitLabel, LabelRequest

    flags = {"cn": "cn", "eu": "eu", "us_ny": "us-ny", "us_ca": "us-ca", "in_": "in", "kr": "kr"}
    chosen = tuple(name for flag, name in flags.items() if options[flag])
    if not chosen and not options["certificate"]:
        raise click.UsageError("say whose label: --cn, --eu, --us-ny, --us-ca, --in, --kr, --sign")
    if bool(options["certificate"]) != bool(options["key"]):
        raise click.UsageError("--sign and --key belong together")
    drawing = [n for n in ("text", "notice", "font", "seconds") if options[n] is not None]
    if drawing and not options["explicit"]:
        raise click.UsageError(f"--{drawing[0]} is for --explicit")
    explicit = None
    if options["explicit"]:
        explicit = ExplicitLabel(
            text=options["text"],
            position=options["position"],
            seconds=options["seconds"],
            notice=options["notice"],
            font=options["font"],
            height=options["height"],
        )
    values: dict[str, Literal[1, 2, 3]] = {"1": 1, "2": 2, "3": 3}
    kept = ("producer", "content_id", "propagator", "propagate_id", "reserved", "system", "edited")
    return LabelRequest(
        jurisdictions=chosen,
        label=values[options["value"]],
        explicit=explicit,
        certificate=options["certificate"],
        key=options["key"],
        carrier=options["carrier"],
        **{name: options[name] for name in kept},
    )
