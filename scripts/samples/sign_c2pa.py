"""Signs a file with Content Credentials of a throw-away certificate authority.

For samples and tests only: the authority is made on the spot and its key is never stored.

    python -m scripts.samples.sign_c2pa IN OUT [--ai-model NAME] [--authority-out CA.pem]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


_STEPS = {"parentOf": "c2pa.opened", "componentOf": "c2pa.placed"}


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority and one signer under it.

    Attributes:
        pem: The authority's certificate: what a trust list would hold.
        chain: The signer's certificate chain, in PEM.
        key: The signer's private key, in PEM (PKCS 8).
    """

    pem: str
    chain: str
    key: str


def make_authority(
    organisation: str = "Throw-away Test Signer",
    *,
    start: dt.datetime | None = None,
    valid: dt.timedelta = dt.timedelta(days=3650),
) -> Authority:
    """Makes an authority and a signer whose certificate C2PA accepts (ES256, document signing).

    Args:
        organisation: Name of the signer, as a report shows it.
        start: Start of the signer's validity; yesterday when omitted.
        valid: Length of the signer's validity; the library signs with a valid one only.
    """
    start = start or dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    root_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"{organisation} Root")
    root = (
        _certificate(
            root_name,
            root_name,
            root_key,
            start - dt.timedelta(days=1),
            valid + dt.timedelta(days=3650),
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _certificate(_name(organisation), root_name, key, start, valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    pem = root.public_bytes(serialization.Encoding.PEM).decode()
    return Authority(
        pem,
        leaf.public_bytes(serialization.Encoding.PEM).decode() + pem,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )


def _name(organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, organisation),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: dt.datetime,
    valid: dt.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + valid)
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not sign,
        crl_sign=not sign,
        encipher_only=False,
        decipher_only=False,
    )


def manifest(generator: str, *actions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A manifest definition.

    Args:
        generator: Name of the claim generator.
        actions: `{"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE + "..."}`, in order.
        more: Further keys, such as `assertions` to add.
    """
    assertions = [{"label": "c2pa.actions.v2", "data": {"actions": list(actions)}}]
    assertions += more.pop("assertions", [])
    return {
        "claim_generator_info": [{"name": generator, "version": "1"}],
        "assertions": assertions,
        **more,
    }


def sign(
    path_in: Path,
    path_out: Path,
    definition: Mapping[str, Any],
    authority: Authority,
    *,
    ingredients: Mapping[Path, str] | None = None,
) -> None:
    """Writes a signed copy of a media file.

    Args:
        path_in: The file to sign.
        path_out: The signed copy.
        definition: A manifest definition, see `manifest`.
        authority: Who signs.
        ingredients: Files it was made from, with `parentOf`, `componentOf` or `inputTo`; the
            first two add their actions (`c2pa.opened`, `c2pa.placed`).
    """
    import c2pa

    verify = {"verify_after_sign": False, "remote_manifest_fetch": False, "verify_trust": False}
    context = c2pa.Context(c2pa.Settings.from_dict({"version": 1, "verify": verify}))
    info = c2pa.C2paSignerInfo(b"es256", authority.chain.encode(), authority.key.encode(), None)
    signer = c2pa.Signer.from_info(info)
    definition = json.loads(json.dumps(definition))
    steps = definition["assertions"][0]["data"]["actions"]
    sources = list((ingredients or {}).items())
    for number, (_, relationship) in enumerate(sources):
        if action := _STEPS.get(relationship):
            where = 0 if action == "c2pa.opened" else len(steps)
            steps.insert(where, {"action": action, "parameters": {"ingredientIds": [f"i{number}"]}})
    with c2pa.Builder(definition, context) as builder:
        for number, (path, relationship) in enumerate(sources):
            about = {"title": path.name, "relationship": relationship, "instance_id": f"i{number}"}
            with path.open("rb") as file:
                builder.add_ingredient(json.dumps(about), _media_type(path), file)
        with path_in.open("rb") as source, path_out.open("w+b") as target:
            builder.sign(signer, _media_type(path_in), source, target)


def _media_type(path: Path) -> str:
    known = {
        ".avif": "image/avif",
        ".flac": "audio/flac",
        ".heic": "image/heic",
        ".m4a": "audio/mp4",
        ".wav": "audio/wav",
        ".webp": "image/webp",
    }
    return known.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or ""


def main() -> None:
    """Signs one file as the work of a generator."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("path_in", type=Path)
    parser.add_argument("path_out", type=Path)
    parser.add_argument("--ai-model", default="Test Generator", help="name of the claim generator")
    parser.add_argument("--authority-out", type=Path, help="where to write the authority's PEM")
    options = parser.parse_args()
    authority = make_authority()
    action = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPE + "trainedAlgorithmicMedia",
    }
    sign(options.path_in, options.path_out, manifest(options.ai_model, action), authority)
    if options.authority_out:
        options.authority_out.write_text(authority.pem)


if __name__ == "__main__":
    main()
