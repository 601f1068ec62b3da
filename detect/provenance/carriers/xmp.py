"""Properties of an XMP packet."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["XmpProperty", "read_xmp"]

MAX_PROPERTIES = 10_000
MAX_SALVAGE = 65_536
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RESOURCE = f"{_RDF}resource"
_LISTS = frozenset(f"{_RDF}{name}" for name in ("li", "Seq", "Bag", "Alt"))
_SYNTAX = frozenset(f"{_RDF}{name}" for name in ("resource", "about", "parseType", "datatype"))


class XmpProperty(NamedTuple):
    """One property: an element with text or a resource, or an attribute.

    Attributes:
        namespace: Address of its schema.
        name: Local name.
        value: Untrusted text.
    """

    namespace: str
    name: str
    value: str


@lru_cache(maxsize=8)
def read_xmp(packet: str) -> tuple[XmpProperty, ...]:
    """The properties of a packet in document order.

    List items (`rdf:li`) are reported under the name of the property they belong to. A packet with
    a document type is refused: XMP has none, entity bombs do.
    """
    from xml.etree.ElementTree import ParseError, iterparse

    text = packet.strip("\x00\ufeff \t\r\n")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return ()
    found: list[XmpProperty] = []
    owners: list[str] = []
    try:
        # Entities cannot be declared without the document type refused above.
        for event, element in iterparse(io.StringIO(text), events=("start", "end")):  # noqa: S314
            tag = element.tag
            if event == "end":
                value = (element.text or "").strip() or element.get(_RESOURCE, "")
                if value:
                    _add(found, owners[-1], value)
                owners.pop()
                continue
            owners.append(owners[-1] if owners and tag in _LISTS else tag)
            for key, value in element.attrib.items():
                if key not in _SYNTAX:
                    _add(found, key, value)
            if len(found) > MAX_PROPERTIES:
                break
    except (ParseError, ValueError):
        found += _salvage(text)
    return tuple(found)


_KNOWN = {
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_PROPERTY = re.compile(
    r"\b(TC260|Iptc4xmpExt):(AIGC|DigitalSourceType)(?:>|=\")(\{.{2,4000}?\}|[^<\"]{1,400})",
    re.DOTALL,
)


def _salvage(text: str) -> list[XmpProperty]:
    """The declarations of a packet that is not well-formed, under their usual prefixes."""
    return [
        XmpProperty(_KNOWN[prefix], name, value)
        for prefix, name, value in _PROPERTY.findall(text, 0, MAX_SALVAGE)[:16]
    ]


def _add(found: list[XmpProperty], tag: str, value: str) -> None:
    namespace, _, name = tag.rpartition("}")
    found.append(XmpProperty(namespace.removeprefix("{"), name, value))
