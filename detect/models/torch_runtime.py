"""The shipped networks on torch, for a GPU: the same graph and weights, unrounded activations.

The ONNX file is read node by node. Its 8-bit weights are exact in float32; its activations are not
rounded to 8 bits here, because that saves a GPU nothing, and because the score then is the one that
`detect.models.exact` gives on a processor, to less than 0.01. Unlike the onnxruntime graph, whose
batch is one, several pictures may run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from detect.core.errors import ConfigurationError, WeightsError
from detect.models.subgraph import subgraph

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

    from detect.models.manifest import Model

__all__ = ["TorchSession", "open_torch_session"]

Values = Sequence[Any]
"""Inputs of a node: tensors, or None for one that is left out."""


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
        ConfigurationError: torch or onnx is not installed.
    """
    content = model.read(key)
    try:
        return TorchSession(subgraph(content, outputs) if outputs else content, device)
    except ConfigurationError:
        raise
    except Exception as error:
        raise WeightsError(f"{model.id}: {key} is not a network: {error}") from error


class TorchSession:
    """Runs an ONNX graph on torch; `run` is that of `onnxruntime.InferenceSession`.

    Args:
        content: A serialised ModelProto.
        device: `cpu` or `cuda`.

    Raises:
        ConfigurationError: torch or onnx is not installed.
        NotImplementedError: The graph holds an operator that is not known here.
    """

    def __init__(self, content: bytes, device: str) -> None:
        try:
            import onnx
            import torch
        except ImportError as error:
            raise ConfigurationError(
                "running on torch needs it: pip install 'detect-synthetic[torch]'"
            ) from error
        graph = onnx.load_model_from_string(content).graph
        self._device = torch.device(device)
        self._outputs = [output.name for output in graph.output]
        self._constants: dict[str, Any] = {"": None}
        for tensor in graph.initializer:
            self._keep(tensor.name, onnx.numpy_helper.to_array(tensor))
        self._steps: list[tuple[Callable[..., Any], list[str], str, dict[str, Any]]] = []
        rows: dict[str, str] = {}
        for node in graph.node:
            given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            inputs, result = list(node.input), node.output[0]
            if node.op_type == "Constant":
                self._keep(result, onnx.numpy_helper.to_array(given["value"]))
                continue
            if node.op_type == "Reshape" and inputs[1].startswith("rows/"):
                rows[result] = inputs[0]  # one scale a token: kept as (batch, tokens, 1)
                continue
            if node.op_type == "QuantizeLinear" and inputs[1] in rows:
                inputs = [inputs[0], rows[inputs[1]]]
            if node.op_type == "MatMulIntegerToFloat":
                inputs = [inputs[0], self._dequantised(inputs)]
            operator = _OPERATORS.get(node.op_type)
            if operator is None:
                raise NotImplementedError(f"operator {node.op_type}")
            self._steps.append((operator, inputs, result, given))
        used = {name for step in self._steps for name in step[1]}
        self._constants = {n: self._constants[n] for n in self._constants if n in used}
        self._last = {name: at for at, step in enumerate(self._steps) for name in step[1]}

    def run(
        self, outputs: Sequence[str] | None, feeds: Mapping[str, npt.NDArray[Any]]
    ) -> list[npt.NDArray[np.float32]]:
        """Computes outputs.

        Args:
            outputs: Their names; all when None.
            feeds: Inputs by name, the batch first.
        """
        import torch

        wanted = list(outputs or self._outputs)
        values = {name: torch.from_numpy(feed).to(self._device) for name, feed in feeds.items()}
        with torch.inference_mode(), _exact():
            for at, (operator, inputs, result, given) in enumerate(self._steps):
                arguments = [
                    self._constants[name] if name in self._constants else values[name]
                    for name in inputs
                ]
                values[result] = operator(arguments, **given)
                for name in inputs:
                    if self._last[name] == at and name not in wanted:
                        values.pop(name, None)
        return [values[name].cpu().numpy() for name in wanted]

    def _dequantised(self, inputs: Sequence[str]) -> str:
        """Keeps the weights of a product of 8-bit numbers as float32; their name."""
        weights, one, scales, zero = (self._constants[inputs[at]] for at in (1, 2, 3, 5))
        name = f"{inputs[1]}/float"
        self._constants[name] = (weights - zero) * (one * scales)
        return name

    def _keep(self, name: str, value: npt.NDArray[Any]) -> None:
        import torch

        tensor = torch.from_numpy(value.copy())
        if tensor.is_floating_point() or tensor.dtype in (torch.int8, torch.uint8):
            tensor = tensor.to(torch.float32).to(self._device)
        self._constants[name] = tensor  # shapes and indices stay on the CPU


class _exact:
    """Full float32 products, whatever the process has set."""

    def __enter__(self) -> None:
        import torch

        self._precision = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")

    def __exit__(self, *_: object) -> None:
        import torch

        torch.set_float32_matmul_precision(self._precision)


def _reshape(given: Values, **_: Any) -> Any:
    value, shape = given
    return value.reshape([value.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


def _slice(given: Values, **_: Any) -> Any:
    value, starts, ends = given[:3]
    axes = given[3].tolist() if len(given) > 3 else range(len(starts))
    for start, end, axis in zip(starts.tolist(), ends.tolist(), axes, strict=True):
        length = value.shape[axis]
        stop = min(end + length if end < 0 else end, length)
        value = value.narrow(axis, start, stop - start)
    return value


def _gather(given: Values, axis: int = 0) -> Any:
    value, index = given
    index = index.to(value.device)
    chosen = value.index_select(axis, index.reshape(-1))
    return chosen.reshape([*value.shape[:axis], *index.shape, *value.shape[axis + 1 :]])


def _unsqueeze(given: Values, **_: Any) -> Any:
    value = given[0]
    for axis in sorted(given[1].reshape(-1).tolist()):
        value = value.unsqueeze(axis)
    return value


def _mean(given: Values, axes: Sequence[int], keepdims: int = 1) -> Any:
    return given[0].mean(dim=tuple(axes), keepdim=bool(keepdims))


def _largest(given: Values, axes: Sequence[int], keepdims: int = 1) -> Any:
    return given[0].amax(dim=tuple(axes), keepdim=bool(keepdims))


def _sum(given: Values, keepdims: int = 1, **_: Any) -> Any:
    return given[0].sum(dim=tuple(given[1].tolist()), keepdim=bool(keepdims))


def _convolution(given: Values, strides: Sequence[int], pads: Sequence[int], **_: Any) -> Any:
    import torch

    if any(pads):
        raise NotImplementedError("padded convolution")
    bias = given[2] if len(given) > 2 else None
    return torch.nn.functional.conv2d(given[0], given[1], bias, stride=tuple(strides))


def _shape(given: Values, **_: Any) -> Any:
    import torch

    return torch.tensor(given[0].shape)


def _filled(given: Values, value: Any = None) -> Any:
    import onnx
    import torch

    fill = 0 if value is None else onnx.numpy_helper.to_array(value).item()
    return torch.full(given[0].tolist(), fill)


def _expand(given: Values, **_: Any) -> Any:
    value, shape = given
    have = [1] * (len(shape) - value.dim()) + list(value.shape)
    return value.expand([max(pair) for pair in zip(have, shape.tolist(), strict=True)])


def _concat(given: Values, axis: int) -> Any:
    import torch

    return torch.cat(list(given), dim=axis)


def _where(given: Values, **_: Any) -> Any:
    import torch

    return torch.where(*given)


def _maximum(given: Values, **_: Any) -> Any:
    import torch

    return torch.maximum(*given)


def _cast(given: Values, to: int) -> torch.Tensor:
    import torch

    kinds = {1: torch.float32, 7: torch.int64}
    value: torch.Tensor = given[0].to(kinds[to])
    return value


_OPERATORS: dict[str, Callable[..., Any]] = {
    "Abs": lambda v: v[0].abs(),
    "Add": lambda v: v[0] + v[1],
    "Cast": _cast,
    "Concat": _concat,
    "ConstantOfShape": _filled,
    "Conv": _convolution,
    "Div": lambda v: v[0] / v[1],
    "Equal": lambda v: v[0] == v[1],
    "Expand": _expand,
    "Gather": _gather,
    "Identity": lambda v: v[0],
    "MatMul": lambda v: v[0] @ v[1],
    "MatMulIntegerToFloat": lambda v: v[0] @ v[1],
    "Max": _maximum,
    "Mul": lambda v: v[0] * v[1],
    "Pow": lambda v: v[0] ** v[1],
    "QuantizeLinear": lambda v, axis=1: v[0] / v[1],
    "ReduceMax": _largest,
    "ReduceMean": _mean,
    "ReduceSum": _sum,
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": lambda v: v[0].sigmoid(),
    "Slice": _slice,
    "Softmax": lambda v, axis=-1: v[0].softmax(axis),
    "Sqrt": lambda v: v[0].sqrt(),
    "Sub": lambda v: v[0] - v[1],
    "Transpose": lambda v, perm: v[0].permute(perm),
    "Unsqueeze": _unsqueeze,
    "Where": _where,
}
