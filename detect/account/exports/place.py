"""Where an export lies: the name of its journal, and whether it holds several accounts."""

from __future__ import annotations

import hashlib
import itertools
import os
import re

from detect.account.exports.export import read_export
from detect.account.exports.records.folder import is_sidecar
from detect.account.exports.records.post import Post

__all__ = ["accounts_inside", "journal_name"]

FIRST = 50
"""Posts of a folder that are looked at for their handles."""


def journal_name(root: str | os.PathLike[str]) -> str:
    """Name of an account's files: that of its export, and eight digits of where it lies.

    Two exports never share one, whatever they are called and wherever they lie.

    Args:
        root: Folder or manifest of the export.
    """
    real = os.path.realpath(os.fspath(root))
    plain = re.sub(r"[^\w.-]+", "_", os.path.basename(real))[:60].strip("._") or "account"
    return f"{plain}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:8]}"


def accounts_inside(root: str | os.PathLike[str]) -> list[str]:
    """Folders of a folder that are an export each; empty where it is one export itself.

    It is taken for several when it holds no file, and two of its folders hold posts of different
    handles on one platform. One person on several platforms is one account, and so is a plain
    folder of pictures sorted into folders.

    Args:
        root: What was given as an export.
    """
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError:
        return []
    shown = [entry for entry in entries if not entry.name.startswith(".")]
    folders = [entry.path for entry in shown if entry.is_dir(follow_symlinks=False)]
    if len(folders) < len(shown):
        return []
    found = [(folder, _handles(folder)) for folder in folders if _has_sidecar(folder)]
    apart = any(
        platform in other and not handles & other[platform]
        for number, (_, mine) in enumerate(found)
        for _, other in found[:number]
        for platform, handles in mine.items()
    )
    return [folder for folder, _ in found] if apart else []


def _handles(folder: str) -> dict[str, set[str]]:
    """Handles by platform in the first posts of a folder."""
    known: dict[str, set[str]] = {}
    for one in itertools.islice(read_export(folder), FIRST):
        if isinstance(one, Post) and one.handle:
            known.setdefault(one.platform, set()).add(one.handle)
    return known


def _has_sidecar(folder: str) -> bool:
    for here, folders, names in os.walk(folder):
        if any(is_sidecar(name) for name in names):
            return True
        if here != folder:
            folders.clear()
    return False
