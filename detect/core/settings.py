"""One table of settings feeds this dataclass, `detect.toml`, the environment, flags and help.

Precedence: flag, `DETECT_<NAME>` in the environment, `detect.toml`, default.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detect.core.errors import ConfigurationError
from detect.core.text import decoded

__all__ = ["DEVICES", "OPERATING_POINTS", "PRECISIONS", "PROFILES", "Settings", "load_settings"]

OPERATING_POINTS = ("low-false-alarm", "balanced", "high-recall")
PROFILES = {"fast": 6, "balanced": 16, "thorough": 48}
"""Frames scored in a video, by profile."""
PRECISIONS = ("fast", "exact")
DEVICES = ("auto", "cpu", "cuda")


def _setting(default: Any, help_text: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": help_text, **more})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default. `dataclasses.fields(Settings)` is the table."""

    prior: float = _setting(
        0.5,
        "Share of synthetic files among those you scan; turns evidence into a probability.",
        low=1e-6,
        high=1 - 1e-6,
    )
    operating_point: str = _setting(
        "low-false-alarm",
        "How much evidence a decision needs.",
        choices=OPERATING_POINTS,
    )
    profile: str = _setting(
        "balanced", "How many frames of a video are scored.", choices=tuple(PROFILES)
    )
    stability: bool | None = _setting(
        None,
        "Take decisions on pictures back that flip when the picture is scaled, cropped or "
        "re-encoded; unless said otherwise in every profile but fast.",
        switch=True,
    )
    precision: str = _setting(
        "fast",
        "exact: picture scores that agree to 0.01 between machines and GPUs, for 1.6 times the "
        "time; fast: they differ by some tenths.",
        choices=PRECISIONS,
    )
    device: str = _setting(
        "auto",
        "Where the picture network runs; auto: on a CUDA GPU when torch sees one.",
        choices=DEVICES,
    )
    workers: int = _setting(2, "Decoding processes.", low=1, high=64)
    threads: int = _setting(0, "Inference threads; 0: as many as there are cores.", low=0, high=256)
    max_pixels: int = _setting(
        50_000_000, "Largest picture or video frame, in pixels.", low=1, high=2**31
    )
    max_bytes: int = _setting(4 * 2**30, "Largest file, in bytes.", low=1, high=2**50)
    max_decode_pixels: int = _setting(
        4_000_000_000,
        "Pixels of a video decoded in order; longer ones are sampled by seeking.",
        low=1,
        high=2**50,
    )
    max_audio_seconds: float = _setting(
        1800.0,
        "Seconds of sound examined in one file; of more, stretches spread over all of it.",
        low=1,
        high=16_000,
    )
    worker_memory: int = _setting(
        2 * 2**30, "Address space of a decoding process, in bytes.", low=2**29, high=2**50
    )
    timeout: float = _setting(120.0, "Seconds one file may take to decode.", low=0.1, high=86_400)
    biometrics: bool = _setting(
        True,
        "Compare faces and voices where a command is about people (audit, compare); a scan never "
        "does.",
        switch=True,
    )
    models: tuple[str, ...] = _setting(
        (), "Registered models of your own that vote (see `detect weights add`)."
    )

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            _check(item.name, getattr(self, item.name), item.metadata)

    @property
    def frames(self) -> int:
        """Frames of a video that are scored."""
        return PROFILES[self.profile]

    @property
    def checks_stability(self) -> bool:
        """Whether decisions on pictures are tested under re-deliveries."""
        return self.profile != "fast" if self.stability is None else self.stability

    def digest(self) -> str:
        """Twelve hexadecimal digits that change when a setting that can change a result changes."""
        plain = dataclasses.asdict(self)
        for name in ("workers", "threads"):
            del plain[name]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:12]


def _check(name: str, value: Any, rule: Mapping[str, Any]) -> None:
    choices = rule.get("choices")
    if choices and value not in choices:
        raise ConfigurationError(f"{name}: {value!r} is not one of {', '.join(choices)}")
    if "low" in rule and not rule["low"] <= value <= rule["high"]:
        raise ConfigurationError(f"{name}: {value} is not between {rule['low']} and {rule['high']}")


_SWITCH = {"true": True, "on": True, "yes": True, "1": True} | {
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}


def _coerce(item: dataclasses.Field[Any], value: Any, where: str) -> Any:
    name = item.name
    default: Any = item.default
    if item.metadata.get("switch"):
        value = _SWITCH.get(value.lower(), value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise ConfigurationError(f"{where}: {name} must be true or false, not {value!r}")
        return value
    try:
        if isinstance(default, tuple):
            items = value.split(",") if isinstance(value, str) else value
            return tuple(str(v).strip() for v in items if str(v).strip())
        if isinstance(value, (bool, list, dict)):
            raise ValueError
        if isinstance(default, int) and isinstance(value, float):
            raise ValueError
        return type(default)(value)
    except (TypeError, ValueError):
        kind = {"int": "a whole number", "float": "a number"}.get(type(default).__name__, "text")
        raise ConfigurationError(f"{where}: {name} must be {kind}, not {value!r}") from None


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from flags, environment and file.

    Args:
        flags: Values by name; None values are ignored.
        file: A TOML file; without it `detect.toml` in the current folder is read when there is one.
        environment: Defaults to `os.environ`.

    Raises:
        ConfigurationError: An unknown key (the nearest one is named), a wrong type or range, or a
            file that cannot be read.
    """
    table = {f.name: f for f in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    said: dict[str, str] = {}
    path = file or Path("detect.toml")
    if file or path.is_file():
        try:
            content = tomllib.loads(decoded(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: {error}") from None
        for key, value in content.items():
            name = key.replace("-", "_")
            if name not in table:
                near = difflib.get_close_matches(name, table, n=1, cutoff=0.0)[0]
                raise ConfigurationError(f"{path}: unknown setting {key!r}; did you mean {near!r}?")
            values[name] = _coerce(table[name], value, str(path))
            said[name] = f"{path}: "
    source = os.environ if environment is None else environment
    for key in source:
        name = key.removeprefix("DETECT_").lower()
        # Others may share the prefix; what looks like a setting is a slip.
        if not key.startswith("DETECT_") or name in table:
            continue
        if near := difflib.get_close_matches(name, table, n=1, cutoff=0.75):
            hint = f"did you mean DETECT_{near[0].upper()}?"
            raise ConfigurationError(f"unknown setting {key} in the environment; {hint}")
    for name, item in table.items():
        raw = source.get(f"DETECT_{name.upper()}")
        if raw is not None:
            values[name] = _coerce(item, raw, f"DETECT_{name.upper()}")
            said[name] = f"DETECT_{name.upper()}: "
    for name, value in (flags or {}).items():
        if value is not None:
            values[name] = _coerce(table[name], value, "option")
            said.pop(name, None)
    try:
        return Settings(**values)
    except ConfigurationError as error:
        where = said.get(str(error).partition(":")[0], "")
        raise ConfigurationError(f"{where}{error}") from None
