"""The chain of manifests in a C2PA store, and the state of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from detect.core.provenance import C2paState

__all__ = ["Node", "actions", "chain", "dict_of", "dicts", "generator", "state_of_all", "text_of"]

MAX_MANIFESTS = 64
MAX_DEPTH = 16

_WORSE: tuple[C2paState, ...] = (
    "trusted",
    "valid",
    "invalid-credential",
    "expired",
    "content-changed",
    "broken-signature",
)
_BROKEN = frozenset({"claimSignature.mismatch", "claimSignature.missing", "claim.missing"})
_CHANGED = frozenset({"assertion.missing", "assertion.undeclared", "hashedURI.missing"})
_UNTRUSTED = "signingCredential.untrusted"
_OWNER = re.compile(r"/c2pa/([^/]+)")


@dataclass(slots=True)
class Node:
    """A manifest in its place in the chain.

    Attributes:
        label: Key of the manifest in the store.
        content: The manifest as the reader reports it.
        relationship: To the manifest that names it; `active` for the first.
        depth: Steps from the active one.
        placed: Somewhere on the way it was only a component, an element placed in a picture.
        parent: The manifest that names it.
        state: Its own state, by the failures below.
        failures: Validation codes that failed for it.
        trusted: Its signer is on an imported list.
    """

    label: str
    content: Mapping[str, Any]
    relationship: str = "active"
    depth: int = 0
    placed: bool = False
    parent: Node | None = None
    state: C2paState = "valid"
    failures: list[str] = field(default_factory=list)
    trusted: bool = False

    @property
    def standing(self) -> C2paState:
        """The worst state on the way from the active manifest to this one.

        Only the manifest above says that this one belongs to the content, so that a genuine
        credential under an untrusted or broken one proves nothing.
        """
        above = self.parent.standing if self.parent else self.state
        return max(above, self.state, key=_WORSE.index)


def chain(store: Mapping[str, Any]) -> list[Node]:
    """The active manifest, then its ingredients, breadth first; each once, with its state."""
    nodes = list(_walk(store))
    if nodes:
        _judge(store, nodes)
    return nodes


def _walk(store: Mapping[str, Any]) -> Iterator[Node]:
    manifests = store["manifests"]
    waiting = [Node(str(store.get("active_manifest")), {})]
    seen: set[str] = set()
    while waiting and len(seen) < MAX_MANIFESTS:
        node = waiting.pop(0)
        content = manifests.get(node.label)
        if node.label in seen or node.depth > MAX_DEPTH or not isinstance(content, dict):
            continue
        seen.add(node.label)
        node.content = content
        yield node
        for ingredient in dicts(content.get("ingredients")):
            kind = str(ingredient.get("relationship", "componentOf"))
            child = ingredient.get("active_manifest")
            if isinstance(child, str):
                placed = node.placed or kind == "componentOf"
                waiting.append(Node(child, {}, kind, node.depth + 1, placed, node))


def _judge(store: Mapping[str, Any], nodes: list[Node]) -> None:
    """Gives every manifest its failures and its state."""
    known = {node.label: node for node in nodes}
    targets: dict[str, str] = {}
    for node in nodes:
        for ingredient in dicts(node.content.get("ingredients")):
            child = ingredient.get("active_manifest")
            if not isinstance(child, str) or child not in known:
                continue
            targets[f"{node.label}/{ingredient.get('label')}"] = child
            # What the signer of this manifest found when the ingredient was taken in.
            recorded = dict_of(dict_of(ingredient.get("validation_results")).get("activeManifest"))
            failed = [*dicts(ingredient.get("validation_status")), *dicts(recorded.get("failure"))]
            _note(known, child, failed, dicts(recorded.get("success")))
    results = dict_of(store.get("validation_results"))
    active = dict_of(results.get("activeManifest"))
    _note(known, nodes[0].label, dicts(active.get("failure")), dicts(active.get("success")))
    for delta in dicts(results.get("ingredientDeltas")):
        uri = str(delta.get("ingredientAssertionURI", ""))
        owner = _OWNER.search(uri)
        changes = dict_of(delta.get("validationDeltas"))
        target = targets.get(f"{owner[1] if owner else ''}/{uri.rpartition('/')[2]}", "")
        _note(known, target, dicts(changes.get("failure")), dicts(changes.get("success")))
    for node in nodes:
        node.failures = list(dict.fromkeys(node.failures))
        node.state = _state(node)


def _note(known: Mapping[str, Node], fallback: str, failed: list[Any], passed: list[Any]) -> None:
    """Books status codes on the manifest that their address names."""
    doubted: set[str] = set()
    for status in failed:
        node = _owner(known, status, fallback)
        code = str(status.get("code", ""))[:100]
        if node and code:
            node.failures.append(code)
            if code == _UNTRUSTED:
                node.trusted = False
                doubted.add(node.label)
    for status in passed:
        node = _owner(known, status, fallback)
        if node and status.get("code") == "signingCredential.trusted":
            node.trusted = node.label not in doubted
    for node in known.values():
        if node.trusted:
            node.failures = [code for code in node.failures if code != _UNTRUSTED]


def _owner(known: Mapping[str, Node], status: Mapping[str, Any], fallback: str) -> Node | None:
    match = _OWNER.search(str(status.get("url", "")))
    return known.get(match[1] if match else fallback) or known.get(fallback)


def _state(node: Node) -> C2paState:
    """Content Credentials states of one manifest, worst first."""
    failures = [f for f in node.failures if not f.startswith(("timeStamp.", "cawg."))]
    if _BROKEN & set(failures):
        return "broken-signature"
    if any(f in _CHANGED or f.endswith("mismatch") for f in failures):
        return "content-changed"
    if "signingCredential.expired" in failures:
        return "expired"
    if any(f != _UNTRUSTED for f in failures):
        return "invalid-credential"
    return "trusted" if node.trusted else "valid"


def state_of_all(nodes: list[Node]) -> C2paState:
    """The active manifest's state, unless a manifest under it is itself damaged.

    An ingredient whose picture differed from its own credential when it was taken in
    (`assertion.dataHash.mismatch`) says nothing about this file; a broken signature or assertion
    inside the store does.
    """
    state = nodes[0].state
    if state in ("broken-signature", "content-changed"):
        return state
    inside = {code for node in nodes[1:] for code in node.failures}
    if inside & _BROKEN:
        return "broken-signature"
    if inside & (_CHANGED | {"assertion.hashedURI.mismatch", "ingredient.manifest.mismatch"}):
        return "content-changed"
    return state


def generator(manifest: Mapping[str, Any]) -> str | None:
    """Name of the claim generator (untrusted text)."""
    for info in dicts(manifest.get("claim_generator_info")):
        if name := text_of(info.get("name")):
            return name
    return text_of(manifest.get("claim_generator"))


def actions(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The actions of a manifest, in order."""
    found: list[Mapping[str, Any]] = []
    for assertion in dicts(manifest.get("assertions")):
        if re.fullmatch(r"c2pa\.actions(\.v\d+)?(__\d+)?", str(assertion.get("label", ""))):
            found += dicts(dict_of(assertion.get("data")).get("actions"))
    return found


def text_of(value: object) -> str | None:
    """A short text, None when it is not text (untrusted)."""
    return value.strip()[:200] or None if isinstance(value, str) else None


def dict_of(value: object) -> Mapping[str, Any]:
    """An object, empty when it is none."""
    return value if isinstance(value, dict) else {}


def dicts(value: object) -> list[Any]:
    """The objects in a list."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
