"""Content Credentials (C2PA): every manifest of a file, verified offline.

Nothing is ever fetched: a manifest that lies elsewhere is reported with its address. Trust comes
only from the lists that a user imported. States follow the specification's status codes, sorted by
what they mean for the content: a certificate that is unknown, expired or unacceptable leaves the
claim intact; a hash or signature that does not match voids it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, BinaryIO

from detect.core.provenance import C2paManifest, Provenance
from detect.provenance.c2pa_chain import (
    Node,
    actions,
    chain,
    dict_of,
    dicts,
    generator,
    state_of_all,
    text_of,
)
from detect.provenance.c2pa_claims import declarations
from detect.provenance.carriers.fields import Carriers
from detect.provenance.source_types import term
from detect.provenance.trust import TrustLists

__all__ = ["MEDIA_TYPES", "read_c2pa"]

MAX_JSON = 32 * 2**20
MAX_WHOLE = 64 * 2**20
"""Largest file of a format that the library reads into memory, or in very small steps."""

_READ_WHOLE = ("jpeg", "png", "apng", "gif", "mp3", "flac")
# In these a manifest, or the address of one, lies where our own reader has looked.
_LOOKED = ("png", "apng", "gif", "webp", "avif", "heif", "heic", "wav", "avi",
           "mp4", "m4v", "mov", "m4a", "3gp", "3g2")  # fmt: skip
MAX_UNSEEN = 8 * 2**20
"""Largest file of another format that is searched although our own reader saw no manifest."""

MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "apng": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "avif": "image/avif",
    "heif": "image/heif",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "3gp": "video/mp4",
    "3g2": "video/mp4",
    "mov": "video/quicktime",
    "m4a": "audio/mp4",
    "avi": "video/avi",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
}
# Extended key usages a signer may have: document signing (RFC 9336), e-mail protection, time
# stamping, OCSP, Microsoft and Adobe document signing, C2PA claim signing.
_KEY_USAGES = "\n".join(
    (
        "1.3.6.1.5.5.7.3.36",
        "1.3.6.1.5.5.7.3.4",
        "1.3.6.1.5.5.7.3.8",
        "1.3.6.1.5.5.7.3.9",
        "1.3.6.1.4.1.311.76.59.1.9",
        "1.2.840.113583.1.1.5",
        "1.3.6.1.4.1.62558.2.1",
    )
)
_REMOTE = re.compile(r"must fetch remote manifests from url (\S{1,2000})")


def read_c2pa(file: BinaryIO, format: str, carriers: Carriers, *, trust: TrustLists) -> Provenance:
    """Reads and verifies the Content Credentials of a file.

    Args:
        file: Seekable; its position is changed.
        format: Name of the format as sniffed.
        carriers: What was read from the container: a file without a C2PA box and without the
            address of a manifest is not searched again.
        trust: The imported trust lists.

    Returns:
        The C2PA part of the provenance, `absent` when there are no credentials.
    """
    absent = Provenance(trust_lists=trust.names)
    linked = any(f.carrier == "xmp" and "provenance" in f.text for f in carriers.fields)
    unseen = format not in _LOOKED and carriers.size <= MAX_UNSEEN
    if format not in MEDIA_TYPES or not (carriers.c2pa or linked or unseen):
        return absent
    import c2pa

    file.seek(0)
    try:
        if carriers.flooded or (carriers.size > MAX_WHOLE and format in _READ_WHOLE):
            raise ValueError("too large to verify")
        with c2pa.Reader(MEDIA_TYPES[format], file, context=_context(trust)) as reader:
            text = reader.json()
        store = json.loads(text) if len(text) <= MAX_JSON else None
        if isinstance(store, dict) and isinstance(store.get("manifests"), dict):
            return _provenance(store, trust)
        problem = "not a manifest store"
    except c2pa.C2paError as error:
        if remote := _REMOTE.search(str(error)):
            return replace(absent, c2pa_state="remote", c2pa_remote=remote[1])
        if "ManifestNotFound" in str(error):
            return absent
        problem = str(error)[:200]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OSError) as error:
        problem = str(error)[:200] or type(error).__name__
    if not carriers.c2pa:
        return absent
    return replace(absent, c2pa_state="unreadable", c2pa_problems=(problem,))


@lru_cache(maxsize=4)
def _context(trust: TrustLists) -> Any:
    import c2pa

    trusted: dict[str, Any] = {"trust_config": _KEY_USAGES}
    if trust.pem:
        trusted["trust_anchors"] = trust.pem
    verify = {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}
    settings = {"version": 1, "trust": trusted, "verify": verify}
    return c2pa.Context(c2pa.Settings.from_dict(settings))


def _provenance(store: Mapping[str, Any], trust: TrustLists) -> Provenance:
    nodes = chain(store)
    if not nodes:
        return Provenance(c2pa_state="unreadable", trust_lists=trust.names)
    return Provenance(
        c2pa_state=state_of_all(nodes),
        c2pa_problems=tuple(dict.fromkeys(code for node in nodes for code in node.failures)),
        c2pa_soft_bindings=tuple(dict.fromkeys(_soft_bindings(nodes))),
        trust_lists=trust.names,
        manifests=tuple(map(_manifest, nodes)),
        declarations=declarations(nodes, trust),
    )


def _soft_bindings(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        for assertion in dicts(node.content.get("assertions")):
            if str(assertion.get("label", "")).startswith("c2pa.soft-binding"):
                name = dict_of(assertion.get("data")).get("alg")
                if isinstance(name, str):
                    yield name[:100]


def _manifest(node: Node) -> C2paManifest:
    signature = dict_of(node.content.get("signature_info"))
    return C2paManifest(
        label=node.label[:200],
        relationship=node.relationship[:40],
        generator=generator(node.content),
        signer=text_of(signature.get("issuer")),
        signed_at=text_of(signature.get("time")),
        actions=tuple(_action(a) for a in actions(node.content)[:64]),
        problems=tuple(node.failures),
        depth=node.depth,
    )


def _action(action: Mapping[str, Any]) -> str:
    name = str(action.get("action", ""))[:80]
    source = action.get("digitalSourceType")
    return f"{name} ({term(source) or str(source)[:80]})" if source else name
