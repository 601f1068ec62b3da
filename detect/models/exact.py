"""The same network with finer activations: scores that no longer depend on the machine.

The shipped network rounds its activations to 8 bits. Whether a value lies just below or above the
middle of two steps depends on the last bit of sums, and that bit on the processor; the difference
grows from block to block until two machines are some tenths apart. Here the remainder of that
rounding goes through the same 8-bit weights as a second term, so that activations have about 16
bits. No weight changes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from detect.models.subgraph import (
    GRAPH,
    INITIALIZER,
    NODE,
    NODE_INPUT,
    NODE_OUTPUT,
    fields,
    names,
    varint,
)

__all__ = ["with_fine_activations"]

NODE_OPERATOR, NODE_ATTRIBUTE, NODE_DOMAIN = 4, 5, 7
ATTRIBUTE_NAME, ATTRIBUTE_INTEGER, ATTRIBUTE_TYPE, INTEGER = 1, 3, 20, 2
TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW, FLOAT = 2, 8, 9, 1
"""Field numbers and values of onnx.proto."""

LOW = "exact/low"
PARTS = 254.0
"""Steps of the second term within one of the first: half a step is 127 of them."""


def with_fine_activations(content: bytes) -> bytes:
    """A network whose 8-bit products of quantised activations have a second term.

    Each `QuantizeLinear` that feeds `MatMulIntegerToFloat` gets a second one for its remainder,
    and each product a second one that is added to it.

    Args:
        content: A serialised ModelProto without nested graphs.

    Raises:
        ValueError: The bytes are no ONNX network.
    """
    whole = memoryview(content)
    graph = next((body for number, _, body in fields(whole) if number == GRAPH), None)
    if graph is None:
        raise ValueError("no graph in it")
    parts = list(fields(graph))
    quantisers = {
        next(names(body, NODE_OUTPUT)): list(names(body, NODE_INPUT))
        for number, _, body in parts
        if number == NODE and next(names(body, NODE_OPERATOR)) == "QuantizeLinear"
    }
    finer = b"".join(_finer(parts, quantisers))
    return b"".join(
        _field(GRAPH, finer) if number == GRAPH else bytes(field)
        for number, field, _ in fields(whole)
    )


def _finer(
    parts: Sequence[tuple[int, memoryview, memoryview]], quantisers: dict[str, list[str]]
) -> Iterator[bytes]:
    remainders = set[str]()
    for number, field, body in parts:
        if number != NODE or next(names(body, NODE_OPERATOR)) != "MatMulIntegerToFloat":
            yield bytes(field)
            continue
        inputs, output = list(names(body, NODE_INPUT)), next(names(body, NODE_OUTPUT))
        coarse = inputs[0]
        if coarse not in quantisers:
            yield bytes(field)
            continue
        values, scales, zeros = quantisers[coarse]
        remainder, fine = f"{coarse}/remainder", f"{coarse}/fine"
        if coarse not in remainders:
            remainders.add(coarse)
            back = f"{coarse}/back"
            yield _node("DequantizeLinear", [coarse, scales, zeros], back, axis=1)
            yield _node("Sub", [values, back], remainder)
            yield _node("Mul", [scales, LOW], f"{fine}/scales")
            yield _node("QuantizeLinear", [remainder, f"{fine}/scales", zeros], fine, axis=1)
            yield _node("Concat", [coarse, fine], f"{fine}/both", axis=1)
        # One product of both terms: onnxruntime's switch against sums that overflow
        # (`detect.models.runtime`) rewrites the weights, and fails where two nodes read them.
        first, second, scaled = (f"{output}/{part}" for part in ("first", "second", "scaled"))
        yield _product([f"{fine}/both", *inputs[1:]], f"{output}/both")
        yield _node("Split", [f"{output}/both"], first, second, axis=1)
        yield _node("Mul", [second, LOW], scaled)
        yield _node("Add", [first, scaled], output)
    low = _text(TENSOR_NAME, LOW) + _field(TENSOR_RAW, struct.pack("<f", 1 / PARTS))
    yield _field(INITIALIZER, _number(TENSOR_TYPE, FLOAT) + low)


def _product(inputs: Sequence[str], output: str) -> bytes:
    return _node("MatMulIntegerToFloat", inputs, output, domain="com.microsoft")


def _node(
    operator: str, inputs: Sequence[str], *outputs: str, domain: str = "", axis: int | None = None
) -> bytes:
    body = b"".join(_text(NODE_INPUT, name) for name in inputs)
    body += b"".join(_text(NODE_OUTPUT, name) for name in outputs)
    body += _text(NODE_OPERATOR, operator)
    if axis is not None:
        along = _text(ATTRIBUTE_NAME, "axis") + _number(ATTRIBUTE_INTEGER, axis)
        body += _field(NODE_ATTRIBUTE, along + _number(ATTRIBUTE_TYPE, INTEGER))
    if domain:
        body += _text(NODE_DOMAIN, domain)
    return _field(NODE, body)


def _field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _number(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)
