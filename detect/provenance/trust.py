"""Trust lists: the certificates whose signatures a user decided to trust.

None is bundled. A user imports one once; it lies in the configuration folder from then on, and
every report names the lists that were consulted.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from detect.core.errors import TrustListError
from detect.core.home import user_folder

__all__ = [
    "TrustList",
    "TrustLists",
    "import_list",
    "load_trust",
    "remove_list",
    "stored_lists",
    "trust_folder",
]

MAX_BYTES = 16 * 2**20
_BLOCK = re.compile(
    r"-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class TrustList:
    """One imported list.

    Attributes:
        name: Name it was imported under.
        sha256: Digest of the stored file.
        certificates: How many certificates it holds.
    """

    name: str
    sha256: str
    certificates: int


@dataclass(frozen=True, slots=True)
class TrustLists:
    """All lists that are consulted, as one immutable value that can be sent to a worker.

    Attributes:
        names: Names of the lists, sorted.
        sha256: Their digests, in the same order.
        pem: The certificates of all of them, in PEM.
    """

    names: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()
    pem: str = ""


def trust_folder() -> Path:
    """Where imported lists lie. The folder need not exist."""
    return user_folder() / "trust"


def import_list(path: Path, name: str | None = None) -> TrustList:
    """Stores the certificates of a PEM file; a list of the same name is replaced.

    Args:
        path: PEM file with one or more certificates.
        name: Name of the list; the file's name without its suffix when omitted.

    Returns:
        What was stored.

    Raises:
        TrustListError: The file cannot be read or stored, holds something else than certificates,
            or the name is not usable.
    """
    path = Path(path)
    name = name or path.stem
    if not _NAME.fullmatch(name):
        raise TrustListError(
            f"{name!r} cannot be the name of a trust list: letters, digits, '.', '_' and '-' only"
        )
    pem = "".join(_certificates(path))
    folder = trust_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{name}.pem", pem.encode())
    except OSError as error:
        raise TrustListError(f"the trust list cannot be stored in {folder}: {error}") from None
    return _describe(name, pem)


def stored_lists() -> tuple[TrustList, ...]:
    """The imported lists, by name."""
    return tuple(_describe(name, pem) for name, pem in _stored())


def load_trust() -> TrustLists:
    """All imported lists, as a detector needs them.

    Raises:
        TrustListError: A stored list cannot be read.
    """
    stored = _stored()
    return TrustLists(
        names=tuple(name for name, _ in stored),
        sha256=tuple(hashlib.sha256(pem.encode()).hexdigest() for _, pem in stored),
        pem="".join(pem for _, pem in stored),
    )


def remove_list(name: str) -> None:
    """Forgets an imported list.

    Raises:
        TrustListError: There is no list of that name, or it cannot be removed.
    """
    known = [item for item, _ in _stored()]
    if name not in known:
        there = ", ".join(known) or "none is imported"
        raise TrustListError(f"no trust list is called {name!r} ({there})")
    try:
        (trust_folder() / f"{name}.pem").unlink()
    except OSError as error:
        raise TrustListError(f"the trust list {name!r} cannot be removed: {error}") from None


def _stored() -> list[tuple[str, str]]:
    folder = trust_folder()
    if not folder.is_dir():
        return []
    try:
        return [
            (path.stem, path.read_text(encoding="ascii"))
            for path in sorted(folder.glob("*.pem"))
            if _NAME.fullmatch(path.stem)
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise TrustListError(f"a trust list in {folder} cannot be read: {error}") from None


def _describe(name: str, pem: str) -> TrustList:
    digest = hashlib.sha256(pem.encode()).hexdigest()
    return TrustList(name, digest, pem.count("-----BEGIN CERTIFICATE-----"))


def _certificates(path: Path) -> list[str]:
    """The certificates of a PEM file, each as a normalised block of its own."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TrustListError(f"{path} is too large to be a trust list")
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise TrustListError(f"{path} cannot be read: {error.strerror or error}") from None
    if "PRIVATE KEY-----" in text:
        raise TrustListError(f"{path} holds a private key; a trust list holds certificates only")
    blocks = _BLOCK.findall(text)
    if not blocks or len(blocks) != text.count("-----BEGIN CERTIFICATE-----"):
        raise TrustListError(f"{path} is not a list of certificates in PEM")
    certificates = []
    for number, block in enumerate(blocks, 1):
        try:
            der = base64.b64decode("".join(block.split()), validate=True)
        except binascii.Error:
            der = b""
        if not _is_certificate(der):
            raise TrustListError(f"{path}: certificate {number} is damaged")
        body = base64.encodebytes(der).decode("ascii")
        certificates.append(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    return certificates


def _is_certificate(der: bytes) -> bool:
    """Whether DER bytes have the outline of X.509: SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING }."""
    outer = _element(der, 0)
    if outer is None or outer[0] != 0x30 or outer[2] != len(der):
        return False
    tags, at = [], outer[1]
    while at < outer[2]:
        inner = _element(der, at)
        if inner is None or inner[2] > outer[2]:
            return False
        tags.append(inner[0])
        at = inner[2]
    return tags == [0x30, 0x30, 0x03]


def _element(der: bytes, at: int) -> tuple[int, int, int] | None:
    """Tag, start of the content and end of one DER element."""
    if at + 2 > len(der):
        return None
    tag, length, start = der[at], der[at + 1], at + 2
    if length & 0x80:
        width = length & 0x7F
        if not 1 <= width <= 4 or start + width > len(der):
            return None
        length = int.from_bytes(der[start : start + width], "big")
        start += width
    return tag, start, start + length


def _write(path: Path, content: bytes) -> None:
    """Writes all or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
