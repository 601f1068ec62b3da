"""The part of an ONNX network that some of its outputs need, cut out of the file's bytes.

onnxruntime computes every node of a network, also those that no fetched output needs. Cutting them
takes the wire format of protocol buffers alone: length-delimited fields, copied or left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = [
    "GRAPH",
    "INITIALIZER",
    "NODE",
    "NODE_INPUT",
    "NODE_OUTPUT",
    "fields",
    "names",
    "subgraph",
    "varint",
]

GRAPH = 7
NODE, INITIALIZER, OUTPUT = 1, 5, 12
NODE_INPUT, NODE_OUTPUT, TENSOR_NAME, VALUE_NAME = 1, 2, 8, 1
"""Field numbers of onnx.proto: in ModelProto, GraphProto and the messages within."""


def subgraph(content: bytes, outputs: Sequence[str]) -> bytes:
    """A network that computes only some outputs, in exactly the same way.

    Args:
        content: A serialised ModelProto without nested graphs.
        outputs: Names of graph outputs to keep.

    Raises:
        ValueError: The bytes are no ONNX network, or it has no such output.
    """
    whole = memoryview(content)
    graph = next((body for number, _, body in fields(whole) if number == GRAPH), None)
    if graph is None:
        raise ValueError("no graph in it")
    parts = [(number, field, body) for number, field, body in fields(graph)]
    needed, kept = set(outputs), set[int]()
    for position in range(len(parts) - 1, -1, -1):
        number, _, body = parts[position]
        if number == NODE and needed.intersection(names(body, NODE_OUTPUT)):
            kept.add(position)
            needed.update(names(body, NODE_INPUT))
    missing = set(outputs)
    for position, (number, _, body) in enumerate(parts):
        if number == INITIALIZER:
            keep = not needed.isdisjoint(names(body, TENSOR_NAME))
        elif number == OUTPUT:
            name = next(names(body, VALUE_NAME))
            keep = name in missing
            missing.discard(name)
        else:
            keep = number != NODE
        if keep:
            kept.add(position)
    if missing:
        raise ValueError(f"no output {', '.join(sorted(missing))}")
    smaller = b"".join(parts[position][1] for position in sorted(kept))
    return b"".join(
        varint(GRAPH << 3 | 2) + varint(len(smaller)) + smaller if number == GRAPH else field
        for number, field, _ in fields(whole)
    )


def names(message: memoryview, wanted: int) -> Iterator[str]:
    """The text of every field with the number `wanted`."""
    return (str(body, "utf-8") for number, _, body in fields(message) if number == wanted)


def fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Number, whole field and content of each field; the content of numbers is empty."""
    position = 0
    while position < len(message):
        start = position
        tag, position = _read_varint(message, position)
        size = 0
        match tag & 7:
            case 0:
                _, position = _read_varint(message, position)
            case 1:
                position += 8
            case 2:
                size, position = _read_varint(message, position)
                position += size
            case 5:
                position += 4
            case wire:
                raise ValueError(f"wire type {wire}")
        if position > len(message):
            raise ValueError("cut off")
        yield tag >> 3, message[start:position], message[position - size : position]


def _read_varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(message):
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
    raise ValueError("cut off")


def varint(value: int) -> bytes:
    """A whole number, 0 or more, as protocol buffers write it."""
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
