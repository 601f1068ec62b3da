"""The shipped picture network on torch, for a GPU: the same weights, unrounded activations.

`transformers` has the architecture (CLIP's vision transformer, which the file was exported from);
the weights are those of the ONNX file. Its 8-bit weights are exact in float32; its activations are
not rounded to 8 bits here, because that saves a GPU nothing, and because the score then is the one
that `detect.models.exact` gives on a processor, to less than 0.01. Unlike the onnxruntime graph,
whose batch is one, several pictures may run at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from detect.core.errors import WeightsError
from detect.models.checkpoint import sealed
from detect.models.extras import require
from detect.models.subgraph import subgraph

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

    from detect.models.manifest import Model

__all__ = ["TorchSession", "open_torch_session"]

PREFIX = "vision_model."


def open_torch_session(
    model: Model, key: str, *, device: str, outputs: Sequence[str] = ()
) -> TorchSession:
    """A torch session over a declared file, checked before it is parsed.

    Args:
        model: From the manifest.
        key: Which of its files.
        device: `cpu` or `cuda`.
        outputs: Compute nothing but these outputs; all when empty.

    Raises:
        WeightsError: Missing, corrupt, or not a network that can run here.
        ConfigurationError: torch, transformers or onnx is not installed.
    """
    require("running on torch", "torch", "onnx", "torch", "transformers")
    content = model.read(key)
    try:
        return TorchSession(subgraph(content, outputs) if outputs else content, device)
    except Exception as error:
        raise WeightsError(f"{model.id}: {key} is not a network: {error}") from error


class TorchSession:
    """CLIP's vision transformer on torch; `run` is that of `onnxruntime.InferenceSession`.

    Args:
        content: A serialised ModelProto, as `scripts/convert/clip.py` makes it.
        device: `cpu` or `cuda`.

    Raises:
        ValueError: Weights are missing.
    """

    def __init__(self, content: bytes, device: str) -> None:
        weights = _weights(content)
        rows, _, patch, _ = weights["embeddings.patch_embedding.weight"].shape
        blocks = {name.split(".")[2] for name in weights if name.startswith("encoder.layers.")}
        with sealed() as transformers:
            config = transformers.CLIPVisionConfig(
                hidden_size=rows, patch_size=patch, num_hidden_layers=len(blocks)
            )
            network, report = transformers.CLIPVisionModel.from_pretrained(
                None,
                config=config,
                state_dict=weights,
                attn_implementation="eager",
                output_loading_info=True,
            )
        # The last norm is behind every output that is asked for.
        if missing := [n for n in report["missing_keys"] if "post_layernorm" not in n]:
            raise ValueError(f"{min(missing)} is missing")
        self._device = device
        self._network = network.to(device).eval()

    def run(
        self, outputs: Sequence[str], feeds: Mapping[str, npt.NDArray[Any]]
    ) -> list[npt.NDArray[np.float32]]:
        """Computes outputs.

        Args:
            outputs: `tokens_N`: the residual stream after block N.
            feeds: `pixel_values`, float32, shape (batch, 3, 224, 224).
        """
        import torch

        pixels = torch.from_numpy(feeds["pixel_values"]).to(self._device)
        precision = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")
        try:
            with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
                found = self._network(pixel_values=pixels, output_hidden_states=True)
        finally:
            torch.set_float32_matmul_precision(precision)
        streams = found.hidden_states
        return [streams[int(n.removeprefix("tokens_"))].cpu().numpy() for n in outputs]


def _weights(content: bytes) -> dict[str, torch.Tensor]:
    """The parameters by their names in `transformers`, float32.

    A product of 8-bit numbers is named after its layer and holds its weights transposed.
    """
    import onnx
    import torch

    graph = onnx.load_model_from_string(content).graph
    arrays = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    found = {n.removeprefix(PREFIX): a for n, a in arrays.items() if n.startswith(PREFIX)}
    for node in graph.node:
        if node.op_type == "MatMulIntegerToFloat":
            whole, scale, zero = (arrays[node.input[at]].astype("float32") for at in (1, 3, 5))
            layer = node.output[0].partition("/MatMul")[0].strip("/").replace("/", ".")
            found[f"{layer.removeprefix(PREFIX)}.weight"] = ((whole - zero) * scale).T
    return {name: torch.tensor(array) for name, array in found.items()}
