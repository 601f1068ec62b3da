"""Content Credentials signed with the user's certificate. Runs in a worker, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from detect.provenance.c2pa import MEDIA_TYPES

__all__ = ["sign"]

_ALGORITHMS = (b"es256", b"ps256", b"es384", b"ed25519", b"es512", b"ps384", b"ps512")


def sign(payload: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Signs a file; earlier credentials stay as the parent ingredient.

    Args:
        payload: `original`, `source`, `target`, `certificate`, `key` (paths in hexadecimal),
            `format`, `source_type`, `system`, `had_credentials`.

    Returns:
        `said` with what was done, or `refused` with the reason.
    """
    import c2pa

    paths = {
        name: Path(bytes.fromhex(payload[name]).decode("utf-8", "surrogateescape"))
        for name in ("original", "source", "target", "certificate", "key")
    }
    media_type = MEDIA_TYPES.get(payload["format"])
    if media_type is None:
        return {"refused": f"Content Credentials cannot be put into {payload['format']}"}, []
    try:
        chain, key = paths["certificate"].read_bytes(), paths["key"].read_bytes()
    except OSError as error:
        return {"refused": f"certificate or key cannot be read: {error.strerror}"}, []
    if b"BEGIN CERTIFICATE" not in chain or b"PRIVATE KEY" not in key:
        return {"refused": "--sign takes a certificate chain in PEM, --key its private key"}, []
    problem = ""
    for algorithm in _ALGORITHMS:
        try:
            info = c2pa.C2paSignerInfo(algorithm, chain, key, None)
            _sign(payload, paths, media_type, c2pa.Signer.from_info(info))
            return {"said": algorithm.decode()}, []
        except c2pa.C2paError as error:
            # The first message is about the certificate, later ones about the algorithm.
            problem = problem or str(error)[:300]
    return {"refused": f"the certificate cannot sign Content Credentials: {problem}"}, []


def _sign(payload: dict[str, Any], paths: dict[str, Path], media_type: str, signer: Any) -> None:
    import c2pa

    verify = {
        "verify_after_sign": False,
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_trust": False,
    }
    context = c2pa.Context(c2pa.Settings.from_dict({"version": 1, "verify": verify}))
    name, _, version = (payload["system"] or "").partition("/")
    generator = {"name": name or "detect", "version": version or "0"}
    actions: list[dict[str, Any]] = []
    if payload["had_credentials"]:
        actions.append({"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}})
        actions.append({"action": "c2pa.edited", "digitalSourceType": payload["source_type"]})
    else:
        actions.append({"action": "c2pa.created", "digitalSourceType": payload["source_type"]})
    definition = {
        "claim_generator_info": [generator],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }
    with c2pa.Builder(definition, context) as builder:
        if payload["had_credentials"]:
            about = {"title": "original", "relationship": "parentOf", "instance_id": "parent"}
            with paths["original"].open("rb") as file:
                builder.add_ingredient(json.dumps(about), media_type, file)
        with paths["source"].open("rb") as source, paths["target"].open("w+b") as target:
            builder.sign(signer, media_type, source, target)
