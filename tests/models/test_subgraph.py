"""Cutting a network down to what some outputs need."""

from __future__ import annotations

import numpy as np
import pytest

from detect.models.subgraph import subgraph

onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def network() -> bytes:
    """`x` -> `double`, and on from there with a constant of its own -> `shifted`."""
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Add", ["x", "x"], ["double"]),
            onnx.helper.make_node("Add", ["double", "large"], ["shifted"]),
        ],
        "two",
        [value("x", onnx.TensorProto.FLOAT, [2])],
        [value(name, onnx.TensorProto.FLOAT, [2]) for name in ("double", "shifted")],
        [onnx.numpy_helper.from_array(np.full(2, 7, np.float32), "large")],
    )
    opsets = [onnx.helper.make_opsetid("", 14)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def run(content: bytes, output: str) -> list[float]:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    found: list[float] = session.run([output], {"x": np.array([1, 2], np.float32)})[0].tolist()
    return found


def test_what_an_output_does_not_need_is_gone(network: bytes) -> None:
    smaller = subgraph(network, ["double"])
    model = onnx.load_from_string(smaller)
    assert [node.output[0] for node in model.graph.node] == ["double"]
    assert [output.name for output in model.graph.output] == ["double"]
    assert not model.graph.initializer
    assert run(smaller, "double") == [2.0, 4.0]


def test_what_an_output_needs_stays(network: bytes) -> None:
    smaller = subgraph(network, ["shifted"])
    assert [output.name for output in onnx.load_from_string(smaller).graph.output] == ["shifted"]
    assert run(smaller, "shifted") == [9.0, 11.0]


def test_all_outputs_give_the_same_network(network: bytes) -> None:
    assert subgraph(network, ["double", "shifted"]) == network


def test_an_output_that_is_not_there_is_an_error(network: bytes) -> None:
    with pytest.raises(ValueError, match="no output other"):
        subgraph(network, ["double", "other"])


def test_a_file_that_is_cut_off_is_an_error(network: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut off|no graph"):
        subgraph(network[:-1], ["double"])
    with pytest.raises(ValueError, match="no graph"):
        subgraph(b"", ["double"])
