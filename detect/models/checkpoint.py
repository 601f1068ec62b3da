"""`transformers` checkpoints in a local folder: what may be in one, what it says, how it runs.

Only configuration and safetensors are ever taken over: no pickle, no code, no adapter, nothing in a
sub-folder. Loading never touches the network.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detect.core.errors import ConfigurationError, WeightsError
from detect.core.processes.forks import forked
from detect.models.user import Task

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "ALLOWED",
    "Checkpoint",
    "Network",
    "copy_checkpoint",
    "read_checkpoint",
    "require_torch",
    "sealed",
]

INSTALL = "python -m pip install '.[torch]' in the checkout"
OLDEST = (5, 23)
"""Version of transformers that prepares pictures with Pillow alone, without torchvision."""

ALLOWED = (
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "model-?????-of-?????.safetensors",
)
"""Files that are taken over (patterns of `fnmatch`)."""

_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
RATE = 16_000
"""Samples a second of all sound in the toolkit."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says about itself.

    Attributes:
        task: Image or audio classification.
        labels: Its labels, in the order of its outputs.
        architecture: Name of the network class.
    """

    task: Task
    labels: tuple[str, ...]
    architecture: str


def require_torch() -> None:
    """Checks that torch and transformers are installed, without importing them.

    Raises:
        ConfigurationError: One is missing or too old.
    """
    from importlib.metadata import version
    from importlib.util import find_spec

    missing = [name for name in ("torch", "transformers", "safetensors") if not find_spec(name)]
    if missing:
        raise ConfigurationError(
            f"models of your own need {' and '.join(missing)}, which is not installed: {INSTALL}"
        )
    found = version("transformers")
    if tuple(map(int, re.findall(r"\d+", found)[:2])) < OLDEST:
        raise ConfigurationError(
            f"models of your own need transformers {'.'.join(map(str, OLDEST))} or newer, and "
            f"{found} is installed: {INSTALL}"
        )


def copy_checkpoint(source: Path, target: Path) -> None:
    """Copies the files of a checkpoint that are allowed, and only those.

    Raises:
        ConfigurationError: It is not a checkpoint, or its weights are not safetensors.
    """
    names = {path.name for path in source.iterdir() if path.is_file()}
    if "config.json" not in names:
        raise ConfigurationError(f"{source} is no transformers checkpoint: it has no config.json")
    if not names & {"preprocessor_config.json", "processor_config.json"}:
        raise ConfigurationError(
            f"{source} has no preprocessor_config.json, which says how inputs are prepared; save "
            "the image processor or feature extractor of the model into it"
        )
    weights = _weight_files(source, names)
    if not weights:
        pickles = sorted(name for name in names if name.endswith(_PICKLES))
        if pickles:
            raise ConfigurationError(
                f"{source} has its weights only as {pickles[0]}, a format that can run code when "
                "it is opened and is never read here. If you trust it, convert it elsewhere: "
                f'python -c "from transformers import AutoModelFor{_auto_class(source)} as M; '
                f"M.from_pretrained('FOLDER').save_pretrained('NEW')\", copy "
                "preprocessor_config.json to NEW as well, and add NEW"
            )
        raise ConfigurationError(f"{source} has no model.safetensors")
    for name in sorted(weights | (names & {a for a in ALLOWED if a.endswith("_config.json")})):
        shutil.copyfile(source / name, target / name)
    shutil.copyfile(source / "config.json", target / "config.json")


def _weight_files(source: Path, names: set[str]) -> set[str]:
    if "model.safetensors" in names:
        return {"model.safetensors"}
    if "model.safetensors.index.json" not in names:
        return set()
    index = _read_json(source / "model.safetensors.index.json")
    placed = index.get("weight_map")
    shards = set(placed.values()) if isinstance(placed, dict) else set()
    if not shards or not all(isinstance(s, str) and _SHARD.fullmatch(s) for s in shards):
        raise ConfigurationError(f"{source / 'model.safetensors.index.json'} is damaged")
    if missing := shards - names:
        raise ConfigurationError(f"{source}: {min(missing)} is missing")
    return {"model.safetensors.index.json", *shards}


def _auto_class(source: Path) -> str:
    with contextlib.suppress(ConfigurationError):
        architecture = str(_read_json(source / "config.json").get("architectures"))
        if "Sequence" in architecture or "Audio" in architecture:
            return "AudioClassification"
    return "ImageClassification"


def read_checkpoint(folder: Path) -> Checkpoint:
    """Reads the configuration of a checkpoint.

    Raises:
        ConfigurationError: Not an image or audio classifier that `transformers` itself knows.
    """
    require_torch()
    plain = _read_json(folder / "config.json")
    for key, why in (
        ("quantization_config", "is quantised; save it in full precision"),
        ("transformers_weights", "names its own weight files"),
    ):
        if key in plain:
            raise ConfigurationError(f"the checkpoint {why} ({key} in config.json)")
    with sealed() as transformers:
        auto = transformers.models.auto.modeling_auto
        named = plain.get("architectures") or [""]
        architecture = str(named[0]) if isinstance(named, list) else str(named)
        task: Task
        if architecture in _flat(auto.MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES.values()):
            task = "audio-classification"
        elif architecture in _flat(auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES.values()):
            task = "image-classification"
        else:
            raise ConfigurationError(
                f"{architecture or 'a checkpoint without architecture'} is not an image or audio "
                "classifier of the transformers library (a model that brings its own code is "
                "never run)"
            )
        try:
            config = transformers.AutoConfig.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
            labels = tuple(str(config.id2label[i]) for i in range(config.num_labels))
        except Exception as error:
            raise ConfigurationError(f"config.json cannot be read: {_brief(error)}") from None
    if len(set(labels)) != len(labels):
        raise ConfigurationError(f"the labels of the checkpoint are not distinct: {labels}")
    return Checkpoint(task, labels, architecture)


class Network:
    """A checkpoint, ready to run: on the GPU when there is one, else on the CPU.

    Args:
        folder: Where its verified files lie.
        task: Image or audio classification.
        threads: CPU threads; 0: as torch decides.

    Raises:
        WeightsError: The files do not make a network.
        ConfigurationError: torch or transformers is missing.
    """

    def __init__(self, folder: Path, task: Task, *, threads: int = 0) -> None:
        require_torch()
        self._threads = threads
        self._task = task
        with sealed() as transformers:
            import torch

            local = {"local_files_only": True, "trust_remote_code": False}
            pictures = task == "image-classification"
            kind = (
                transformers.AutoModelForImageClassification
                if pictures
                else transformers.AutoModelForAudioClassification
            )
            try:
                model, report = kind.from_pretrained(
                    str(folder),
                    use_safetensors=True,
                    attn_implementation="eager",
                    dtype=torch.float32,
                    output_loading_info=True,
                    **local,
                )
                # Pillow and not torchvision prepares pictures: the same numbers with and without
                # torchvision.
                self._prepare = (
                    transformers.AutoImageProcessor.from_pretrained(
                        str(folder), backend="pil", **local
                    )
                    if pictures
                    else transformers.AutoFeatureExtractor.from_pretrained(str(folder), **local)
                )
            except Exception as error:
                raise WeightsError(f"{folder.name}: not a network: {_brief(error)}") from None
            if missing := sorted(report["missing_keys"]):
                raise WeightsError(
                    f"{folder.name}: {len(missing)} of its tensors are missing ({missing[0]}, ...):"
                    " they would be random"
                )
            rate = None if pictures else getattr(self._prepare, "sampling_rate", RATE)
            if rate not in (None, RATE):
                raise WeightsError(
                    f"{folder.name}: it listens at {rate} Hz, and the toolkit at {RATE} Hz"
                )
            lost = torch.cuda._is_in_bad_fork()
            self._device = "cuda" if torch.cuda.is_available() and not lost else "cpu"
            self._model = model.to(self._device).eval()

    def picture(self, pixels: npt.NDArray[np.uint8]) -> list[float]:
        """Outputs for one picture.

        Args:
            pixels: uint8, shape (height, width, 3), RGB.
        """
        from PIL import Image

        return self._run(self._prepare(images=Image.fromarray(pixels), return_tensors="pt"))

    def sound(self, samples: npt.NDArray[np.float32]) -> list[float]:
        """Outputs for one window of sound.

        Args:
            samples: float32, shape (n,), mono, 16 kHz.
        """
        return self._run(self._prepare(samples, sampling_rate=RATE, return_tensors="pt"))

    def _run(self, inputs: Mapping[str, Any]) -> list[float]:
        import torch

        before = torch.get_num_threads()
        # The threads of OpenMP are not there after a fork, and it would wait for them.
        if threads := 1 if forked() else self._threads:
            torch.set_num_threads(threads)
        try:
            with (
                torch.inference_mode(),
                torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False),
            ):
                there = {name: value.to(self._device) for name, value in inputs.items()}
                outputs: list[float] = self._model(**there).logits[0].double().cpu().tolist()
        finally:
            torch.set_num_threads(before)
        return outputs


@contextlib.contextmanager
def sealed() -> Iterator[Any]:
    """The `transformers` package, for as long: no network, no warnings, no progress bars."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformers: Any = importlib.import_module("transformers")
        importlib.import_module("transformers.models.auto.modeling_auto")
        constants: Any = importlib.import_module("huggingface_hub.constants")
        logging = transformers.utils.logging
        offline, level = constants.HF_HUB_OFFLINE, logging.get_verbosity()
        bars = logging.is_progress_bar_enabled()
        constants.HF_HUB_OFFLINE = True
        logging.set_verbosity(logging.CRITICAL)
        logging.disable_progress_bar()
        try:
            yield transformers
        finally:
            constants.HF_HUB_OFFLINE = offline
            logging.set_verbosity(level)
            if bars:
                logging.enable_progress_bar()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    if not isinstance(plain, dict):
        raise ConfigurationError(f"{path} is damaged")
    return plain


def _flat(names: Any) -> set[str]:
    """Class names out of a mapping whose values are names or tuples of them."""
    return {n for value in names for n in ([value] if isinstance(value, str) else value)}


def _brief(error: BaseException) -> str:
    lines: Sequence[str] = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]
