"""What is to be written, and the metadata that says it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from detect.core.errors import LabelError
from detect.core.provenance import ImplicitLabel, Provenance

__all__ = ["JURISDICTIONS", "UNSPECIFIED", "ExplicitLabel", "LabelRequest", "metadata_for"]

JURISDICTIONS = ("cn", "eu", "us-ny", "us-ca", "in", "kr")
UNSPECIFIED = "unspecified"
"""What stands for a provider that the user did not name."""

_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_VALUE = re.compile(r"[!-~]{1,1000}")
_FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)


@dataclass(frozen=True, slots=True)
class ExplicitLabel:
    """A label that people perceive.

    Attributes:
        text: What stands in the picture, None for the usual words of the jurisdictions.
        position: Edge or corner.
        seconds: How long it stands in a video, from the first frame; None for all of it.
        notice: A sound file with a spoken notice, in place of the rhythm, for sound.
        font: A font file, None for the one that is shipped.
        height: Height of the letters as a share of the shorter side.
    """

    text: str | None = None
    position: str = "bottom-right"
    seconds: float | None = None
    notice: str | None = None
    font: str | None = None
    height: float = 0.06


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """What is to be written.

    Attributes:
        jurisdictions: Whose labels, from `JURISDICTIONS`.
        label: China's `Label`: 1 is, 2 possibly, 3 suspected.
        producer: Code or name of the service that made the content.
        content_id: Number of the content; made from the digest of the file when None.
        propagator: Code or name of the platform that spreads it.
        propagate_id: Number that the platform gave it.
        reserved: Security data of the producer (`ReservedCode1`).
        system: Name of the AI system, perhaps with its version after a `/`.
        edited: Parts were made with AI, not the whole.
        carrier: `exif` or `text` in place of XMP, None for the usual carrier.
        explicit: The label that people perceive, None for none.
        certificate: PEM file of the certificate chain for Content Credentials.
        key: PEM file of its private key.
    """

    jurisdictions: tuple[str, ...] = ("cn",)
    label: Literal[1, 2, 3] = 1
    producer: str | None = None
    content_id: str | None = None
    propagator: str | None = None
    propagate_id: str | None = None
    reserved: str = ""
    system: str | None = None
    edited: bool = False
    carrier: str | None = None
    explicit: ExplicitLabel | None = None
    certificate: str | None = None
    key: str | None = None

    @property
    def source_type(self) -> str:
        """The IPTC digital source type."""
        kind = "compositeWithTrainedAlgorithmicMedia" if self.edited else "trainedAlgorithmicMedia"
        return _SOURCE_TYPES + kind


def metadata_for(
    request: LabelRequest, provenance: Provenance, number: str
) -> tuple[dict[str, str], list[str]]:
    """The metadata to add to a file, and remarks on what is kept as it is.

    Args:
        request: What is to be written.
        provenance: What the file carries already.
        number: Number of the content.

    Raises:
        LabelError: A value is not allowed, or a label that is there stands in the way.
    """
    tags: dict[str, str] = {}
    remarks: list[str] = []
    if "cn" in request.jurisdictions:
        if provenance.implicit_labels:
            changed = _propagated(request, provenance.implicit_labels)
            if changed:
                tags["AIGC"] = changed
            else:
                remarks.append("the file carries an implicit label already; it is kept as it is")
        else:
            tags["AIGC"] = _new_label(request, number)
            if request.producer is None and request.propagator is None:
                remarks.append(f"no --producer given: ContentProducer is {UNSPECIFIED!r}")
    if set(request.jurisdictions) - {"cn"}:
        tags |= _declarations(request, provenance, number)
    return tags, remarks


def _declarations(request: LabelRequest, provenance: Provenance, number: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    claims = {d.claim for d in provenance.declarations if d.source == "iptc"}
    if claims & {"captured", "not-ai"}:
        raise LabelError(
            "the file's digital source type says that it was not made by AI; it is not replaced"
        )
    if not claims:
        tags["DigitalSourceType"] = request.source_type
    if request.system:
        name, _, version = _text("--system", request.system).partition("/")
        tags["AISystemUsed"] = name
        if version:
            tags["AISystemVersionUsed"] = version
    if {"us-ca", "in"} & set(request.jurisdictions):
        tags["DigImageGUID"] = _value("--content-id", number)
    return tags


def _new_label(request: LabelRequest, number: str) -> str:
    producer = request.producer or ("" if request.propagator else UNSPECIFIED)
    values = {
        "Label": str(request.label),
        "ContentProducer": _value("--producer", producer) if producer else "",
        "ProduceID": _value("--content-id", number) if producer else "",
        "ReservedCode1": _value("--reserved", request.reserved) if request.reserved else "",
        "ContentPropagator": _value("--propagator", request.propagator or "", empty=True),
        "PropagateID": _value(
            "--propagate-id",
            (request.propagate_id or number) if request.propagator else "",
            empty=True,
        ),
        "ReservedCode2": "",
    }
    return _json(values)


def _propagated(request: LabelRequest, labels: tuple[ImplicitLabel, ...]) -> str | None:
    """The label of the file with the fields of the platform, where it has none yet."""
    total = sum(label.copies for label in labels)
    problems = [problem for label in labels for problem in label.problems]
    if total != 1 or problems:
        why = ", ".join(problems) or f"{total} copies"
        raise LabelError(
            f"the file carries an implicit label that does not conform ({why}); a label that is "
            "there is not replaced (Measures, Art. 10): have its service export the file anew"
        )
    fields = labels[0].fields
    if not request.propagator:
        return None
    if fields.get("ContentPropagator"):
        raise LabelError("the implicit label names a platform already; it is not replaced")
    if any(len(value) >= 2000 for value in fields.values()):
        raise LabelError("the implicit label is too long to be carried over")
    values = dict.fromkeys(_FIELDS, "") | fields
    values["ContentPropagator"] = _value("--propagator", request.propagator)
    number = request.propagate_id or values["ProduceID"]
    values["PropagateID"] = _value("--propagate-id", number)
    return _json(values)


def _json(values: dict[str, str]) -> str:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":"))


def _value(option: str, text: str, *, empty: bool = False) -> str:
    if (empty and not text) or _VALUE.fullmatch(text):
        return text
    raise LabelError(
        f"{option}: only the characters 0x21 to 0x7E may stand in a label (no spaces, no Chinese); "
        "give the code of the provider"
    )


def _text(option: str, text: str) -> str:
    if text.isascii() and text.isprintable() and 0 < len(text) <= 200:
        return text
    raise LabelError(f"{option}: plain ASCII text of at most 200 characters")
