"""Adding properties to an XMP packet without touching the others (ISO 16684-1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from detect.core.errors import LabelError
from detect.provenance.carriers.xmp import read_xmp

__all__ = ["with_properties"]

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SPACES = {
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_END = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?RDF\s*>")
_ABOUT = re.compile(r"\b(?:\w+:)?about\s*=\s*(\"[^\"<]{0,500}\"|'[^'<]{0,500}')")
_OLD_LABEL = (
    re.compile(r"<([A-Za-z_][\w.-]{0,60}):AIGC\b[^>]{0,300}>[^<]{0,65536}</\1:AIGC\s*>"),
    re.compile(r"\s[A-Za-z_][\w.-]{0,60}:AIGC\s*=\s*(?:\"[^\"<]{0,65536}\"|'[^'<]{0,65536}')"),
)
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
)


def with_properties(packet: str | None, properties: Mapping[str, str]) -> bytes:
    """A packet with more properties.

    Args:
        packet: The old packet, None when there is none.
        properties: Text by name: `AIGC` goes into the TC260 schema and replaces an old one, every
            other name into IPTC Extension.

    Raises:
        LabelError: The old packet is not well-formed enough to be kept whole.
    """
    old = (packet or _EMPTY).strip("\x00")
    kept = read_xmp(old)
    if "AIGC" in properties:
        kept = tuple(p for p in kept if p.name != "AIGC")
        for pattern in _OLD_LABEL:
            old = pattern.sub("", old, count=1)
    ends = list(_END.finditer(old))
    if not ends:
        raise LabelError("the XMP packet of this file is damaged; repair or export the file first")
    about = _ABOUT.search(old)
    inner = "".join(
        f"<{_prefix(name)}:{name}>{escape(value)}</{_prefix(name)}:{name}>"
        for name, value in properties.items()
    )
    spaces = " ".join(
        f"xmlns:{prefix}={quoteattr(_SPACES[prefix])}"
        for prefix in dict.fromkeys(map(_prefix, properties))
    )
    block = (
        f'<rdf:Description xmlns:rdf="{_RDF}" rdf:about={about[1] if about else chr(34) * 2} '
        f"{spaces}>{inner}</rdf:Description>"
    )
    at = ends[-1].start()
    new = old[:at] + block + old[at:]
    found = read_xmp(new)
    added = {(_SPACES[_prefix(name)], name, value) for name, value in properties.items()}
    if not added <= set(found) or [p for p in found if tuple(p) not in added] != [
        p for p in kept if tuple(p) not in added
    ]:
        raise LabelError("the XMP packet of this file is damaged; repair or export the file first")
    return new.encode("utf-8")


def _prefix(name: str) -> str:
    return "TC260" if name == "AIGC" else "Iptc4xmpExt"
