"""What a file declares about its own origin. A declaration is a claim, not a measurement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from detect.core.finding import Evidence, Hypothesis
from detect.core.mark import VisibleMark, Watermark

__all__ = [
    "C2paManifest",
    "C2paState",
    "Claim",
    "ClaimField",
    "Declaration",
    "DeclarationSource",
    "ImplicitLabel",
    "MetadataClaim",
    "Provenance",
]

DeclarationSource = Literal[
    "c2pa", "aigc-label", "iptc", "generator-metadata", "watermark", "visible-mark"
]

Claim = Literal["ai-generated", "ai-edited", "ai-possible", "captured", "not-ai"]
"""What is claimed: wholly made by a generator; made or changed in part by one; may contain such
material; taken by a camera; made by other means (drawing, screen, print)."""

C2paState = Literal[
    "trusted",  # signature and content intact, signer on an imported trust list
    "valid",  # intact, signer not on any imported trust list
    "expired",  # intact, but the credential had expired and no timestamp covers it
    "invalid-credential",  # intact, but certificate or manifest is not acceptable otherwise
    "content-changed",  # the picture, sound or an assertion is not what was signed
    "broken-signature",  # the claim signature does not verify
    "remote",  # only a link to a manifest elsewhere; never fetched
    "unreadable",  # a manifest is there that cannot be parsed
    "absent",
]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One claim about origin found in a file.

    Attributes:
        source: Which kind of carrier made it.
        claim: What it claims.
        state: `intact` (signed and verified, or an unsigned field that parsed), `untrusted`,
            `expired`, `void` (content changed or signature broken: listed, but it decides nothing),
            `malformed` (a label that does not follow its standard).
        tool: Generator or signer named by the file (untrusted text), None when not named.
        aigc_label: Value of the Chinese label's `Label` field: 1 is, 2 possibly, 3 suspected.
        evidence: Where it was found, in words.
        about: What it is about: the picture (and the file as a whole), or the voice.
    """

    source: DeclarationSource
    claim: Claim
    state: Literal["trusted", "intact", "untrusted", "expired", "void", "malformed"]
    evidence: Evidence
    tool: str | None = None
    aigc_label: int | None = None
    about: Hypothesis = "ai_generated"


@dataclass(frozen=True, slots=True)
class C2paManifest:
    """One manifest of the chain, the active one first.

    Attributes:
        label: Manifest label (untrusted text).
        relationship: To the active one: `active`, `parentOf`, `inputTo`, `componentOf`.
        generator: Claim generator (untrusted text).
        signer: Issuer of the signing certificate (untrusted text).
        signed_at: Time of the signature, ISO 8601, when a timestamp gives one.
        actions: Actions with their source types, `c2pa.created (trainedAlgorithmicMedia)`.
        problems: Validation status codes that failed, for example `assertion.dataHash.mismatch`.
        depth: 0 for the active manifest, 1 for its ingredients, and so on.
    """

    label: str
    relationship: str
    generator: str | None = None
    signer: str | None = None
    signed_at: str | None = None
    actions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ImplicitLabel:
    """One distinct AIGC label (GB 45438-2025, Annex E) as it stands in the file.

    Attributes:
        where: Every place in which it stands, in words.
        copies: How often it stands in the file.
        label: 1 is, 2 possibly, 3 suspected; None when it says none of these.
        fields: Its fields (untrusted text, cut to 2000 characters).
        problems: Where it departs from the standard: `not-json`, `vendor-form`, `label-missing`,
            `label-value`, `producer-missing`, `number-missing`, `characters`, `field-type`.
        entity: Product of the legal entity whose code it carries, None when the code is not known.
    """

    where: tuple[str, ...]
    copies: int = 1
    label: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    entity: str | None = None


ClaimField = Literal["maker", "model", "date", "software"]


@dataclass(frozen=True, slots=True)
class MetadataClaim:
    """What unsigned metadata say of camera, time and software: anybody can write it.

    Attributes:
        field: What it is about.
        text: The value (untrusted text, cut to 120 characters).
        where: The place in words, `EXIF Make`.
    """

    field: ClaimField
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything a file declares.

    Attributes:
        c2pa_state: State of the Content Credentials.
        c2pa_remote: Address of a remote manifest that was not fetched (untrusted text).
        c2pa_problems: Validation failures of the whole store.
        c2pa_soft_bindings: Names of watermark algorithms the credentials mention.
        trust_lists: Names of the imported trust lists that were consulted.
        manifests: The manifest chain, active first.
        declarations: All claims, strongest first.
        implicit_labels: China's implicit labels; the standard asks for exactly one copy of one.
        marks: Lines of text in the picture that say AI, clearest first.
        watermarks: Invisible marks that were decoded.
        claims: Camera, date and software that unsigned metadata name; they decide nothing.
    """

    c2pa_state: C2paState = "absent"
    c2pa_remote: str | None = None
    c2pa_problems: tuple[str, ...] = ()
    c2pa_soft_bindings: tuple[str, ...] = ()
    trust_lists: tuple[str, ...] = ()
    manifests: tuple[C2paManifest, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    implicit_labels: tuple[ImplicitLabel, ...] = ()
    marks: tuple[VisibleMark, ...] = ()
    watermarks: tuple[Watermark, ...] = ()
    claims: tuple[MetadataClaim, ...] = ()
