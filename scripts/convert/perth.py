"""The decoder of the Perth audio watermark from its package, for ONNX.

The weights come from one PyPI package (MIT, Resemble AI). Nothing is trained here and nothing but
the wheel is read:

    pip download --no-deps -d wheels resemble-perth==1.0.1
    python -m scripts.convert.perth wheels out/perth.onnx

Graph: ``bands`` float32 [1, 128, frames], the normalised log spectrum up to 2 kHz at 100 frames a
second -> ``answers`` float32 [1, 1, frames]. The decoder has two more branches for other speeds of
time; they answer the same whatever they hear (spread under 0.02 where this one spans 7), and an
attention over the three: both are left out. Weights of the convolutions are stored as 8-bit
integers with one scale for each output channel and computed in float32.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

WHEEL = "resemble_perth-1.0.1-py3-none-any.whl"
MEMBER = "perth/perth_net/pretrained/implicit/perth_net_250000.pth.tar"
SHA256 = "a15bce457ebc53ce5e6c9c3f11df78cf7ee2bf9cdab0a798902135b4c4027670"
LAYERS, BANDS = 7, 128


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """The decoder's tensors.

    Raises:
        ValueError: the checkpoint is not the one that was measured.
    """
    with zipfile.ZipFile(folder / WHEEL) as archive:
        data = archive.read(MEMBER)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError("the checkpoint's sha256 differs from the pinned one")
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)["model"]
    prefix = "decoder."
    return {k[len(prefix) :]: v.numpy() for k, v in state.items() if k.startswith(prefix)}


def build(weights: dict[str, np.ndarray], form: str) -> onnx.ModelProto:
    """The graph with its weights as `float32` or `int8`."""
    nodes, initializers = [], []
    flow = "bands"
    for layer in range(LAYERS):
        name, last = f"normal_layers.{layer}.conv", layer == LAYERS - 1
        # The last layer has two outputs: attention and answer.
        rows = slice(1, 2) if last else slice(None)
        kernel, bias = weights[f"{name}.weight"][rows], weights[f"{name}.bias"][rows]
        initializers.append(numpy_helper.from_array(bias.astype(np.float32), f"{name}.bias"))
        source = f"{name}.weight"
        if form == "int8":
            scale = np.abs(kernel).max(axis=(1, 2)) / 127
            whole = np.round(kernel / scale[:, None, None]).astype(np.int8)
            initializers += [
                numpy_helper.from_array(whole, f"{name}.int8"),
                numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"),
            ]
            parts = [f"{name}.int8", f"{name}.scale"]
            nodes.append(helper.make_node("DequantizeLinear", parts, [source], axis=0))
        else:
            initializers.append(numpy_helper.from_array(kernel, source))
        target = "answers" if last else f"{name}.sum"
        pad = (kernel.shape[2] - 1) // 2
        nodes.append(
            helper.make_node("Conv", [flow, source, f"{name}.bias"], [target], pads=[pad, pad])
        )
        flow = target
        if not last:
            nodes.append(helper.make_node("LeakyRelu", [flow], [f"{name}.out"], alpha=0.01))
            flow = f"{name}.out"
    graph = helper.make_graph(
        nodes,
        "perth-decoder",
        [helper.make_tensor_value_info("bands", TensorProto.FLOAT, [1, BANDS, "frames"])],
        [helper.make_tensor_value_info("answers", TensorProto.FLOAT, [1, 1, "frames"])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--form", choices=("float32", "int8"), default="int8")
    arguments = parser.parse_args()
    model = build(read_weights(arguments.wheels), arguments.form)
    content = model.SerializeToString()
    arguments.out.write_bytes(content)
    print(arguments.out, len(content), hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
