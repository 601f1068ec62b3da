"""The dataset: items, and which of them must never be on both sides of a split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detect.core.errors import ConfigurationError
from detect.evaluate.dataset.categories import Rule, categories_of
from detect.pipeline.labelled import LabelledFile, first_of_content, read_labelled

__all__ = ["Dataset", "Item", "read_dataset"]


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the dataset.

    Attributes:
        path: Where it lies.
        synthetic: True for synthetic, False for real, None for what is neither.
        source: Where it came from (`source`, else `origin`).
        generator: Generator or system of a synthetic one (`generator`, else `system`), or "".
        group: Name of the group of sources that share a repository or owner.
        kin: Names that must not be on both sides of a split besides the group: its generator, or
            the recording collection and speaker (`corpus`, `speaker`) of a real one.
        beside: Kind of a file beside the question (music for a model of voices), None otherwise.
        categories: What kind of picture or sound it is.
    """

    path: str
    synthetic: bool | None
    source: str
    generator: str
    group: str
    kin: tuple[str, ...]
    beside: str | None
    categories: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether it is one side of the question: real or synthetic, and not beside it."""
        return self.synthetic is not None and self.beside is None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A manifest, read.

    Attributes:
        name: File name of the manifest, with its folder.
        sha256: Of the manifest.
        items: In file order, after the limit.
        left_out: Files that the limit left out.
        repeated: Files left out because another one has the same content.
    """

    name: str
    sha256: str
    items: tuple[Item, ...]
    left_out: int
    repeated: int = 0


def read_dataset(
    manifest: Path, rules: Sequence[Rule] = (), limit_per_source: int | None = None
) -> Dataset:
    """Reads a manifest for an evaluation.

    Args:
        manifest: CSV or TSV with the columns `path`, `label` and `source` or `origin`; better also
            `generator` (or `system`); see `read_labelled` and `categories_of` for the others.
        rules: For categories.
        limit_per_source: Most files of a source (and, for synthetic ones, generator) that are
            taken, spread over the file list; None: all.

    Raises:
        ConfigurationError: The manifest is wrong, names no sources, says two things of the same
            content, or has fewer than two sources of real or of synthetic files: one source says
            nothing about others.
    """
    files = read_labelled(manifest)
    for file in files:
        if not _source(file):
            raise ConfigurationError(
                f"{manifest}: {file.path} has no source; the columns 'source' (or 'origin') and "
                "'generator' say what is left out together, without which no figure is honest"
            )
    first = first_of_content(manifest, files)
    single = [file for number, file in enumerate(files) if first[number] == number]
    kept = _limited(single, limit_per_source) if limit_per_source else single
    shared = [(_source(files[a]), _source(file)) for a, file in zip(first, files, strict=True)]
    groups = _groups(kept, shared)
    items = tuple(_item(file, groups[_source(file)], rules) for file in kept)
    _check(manifest, items)
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    name = f"{manifest.resolve().parent.name}/{manifest.name}"
    return Dataset(name, digest, items, len(single) - len(kept), len(files) - len(single))


def _check(manifest: Path, items: Sequence[Item]) -> None:
    for synthetic, word in ((False, "real"), (True, "synthetic")):
        sources = {item.group for item in items if item.counts and item.synthetic == synthetic}
        if len(sources) < 2:
            found = f"{len(sources)} source" + ("s" if len(sources) != 1 else "")
            raise ConfigurationError(
                f"{manifest}: {found} of {word} files; an average over one source says nothing "
                "about the next, so none is printed. Label files of at least two sources of each "
                "kind (better ten); folders of one repository count as one"
            )


def _item(file: LabelledFile, group: str, rules: Sequence[Rule]) -> Item:
    columns = file.columns
    made = columns.get("generator") or columns.get("system") or ""
    kin = [f"generator {made}"] if file.synthetic and made else []
    if not file.synthetic:
        kin = [f"{key} {columns[key]}" for key in ("corpus", "speaker") if key in columns]
    return Item(
        path=file.path,
        synthetic=file.synthetic,
        source=_source(file),
        generator=made if file.synthetic else "",
        group=group,
        kin=tuple(kin),
        beside=file.beside,
        categories=categories_of(columns, file.beside, rules),
    )


def _source(file: LabelledFile) -> str:
    return file.source or file.columns.get("origin") or file.columns.get("group") or ""


def _groups(
    files: Sequence[LabelledFile], shared: Sequence[tuple[str, str]] = ()
) -> dict[str, str]:
    """Source to group: sources that share a `group`, a repository or its owner are one group.

    An `origin` of `owner/repository` counts by its owner.

    Args:
        files: Of the dataset.
        shared: Pairs of sources that hold a file of the same content.
    """
    parent: dict[str, str] = {}

    def find(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    members: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        source = f"source {_source(file)}"
        for column in ("group", "origin"):
            if value := file.columns.get(column):
                owner = value.split("/")[0] if column == "origin" else value
                parent[find(f"{column} {owner}")] = find(source)
    for one, other in shared:
        parent[find(f"source {other}")] = find(f"source {one}")
    for source in dict.fromkeys(_source(file) for file in files):
        members[find(f"source {source}")].append(source)
    return {source: found[0] for found in members.values() for source in found}


def _limited(files: Sequence[LabelledFile], limit: int) -> list[LabelledFile]:
    """At most `limit` files of each source, every n-th of them, the same ones every time.

    Of a source with several generators the files are taken from each in turn.
    """
    by_source: defaultdict[tuple[str, bool | None, str | None], list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        by_source[_source(file), file.synthetic, file.beside].append(number)
    kept: set[int] = set()
    for numbers in by_source.values():
        seen: Counter[str] = Counter()
        ranked = []
        for number in numbers:
            columns = files[number].columns
            made = columns.get("generator") or columns.get("system") or ""
            ranked.append((seen[made], number))
            seen[made] += 1
        if len(seen) == 1:
            step = max(1.0, len(numbers) / limit)
            kept |= {numbers[int(i * step)] for i in range(min(limit, len(numbers)))}
        else:
            kept |= {number for _, number in sorted(ranked)[:limit]}
    return [file for number, file in enumerate(files) if number in kept]
