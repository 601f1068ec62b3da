"""Accounts from the corpus, in the forms of the tools, to hold an audit against the truth.

    python -m scripts.samples.accounts --corpus ../shared/corpus --out /tmp/accounts

Writes folders outside the checkout: `camera-*` (one real person or photographer), `persona-*` (one
AI persona), `brand-*` (nobody in particular), `mixed-*` (turned synthetic at a post written in
`truth.json`). Nothing in them may be committed.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

PERSONAS = ("rin", "hiid4vd", "natelaz", "ryla", "herve")
PEOPLE = ("joshxcaitlin", "blackpink", "krwedding", "cnwedding", "krasserm", "chungha")
BRANDS = ("clothing", "basedcooking", "dp3d")
"""Photographed goods, photographed food, rendered rooms: nobody in particular is shown."""
LEFT_OUT = (*PERSONAS, *PEOPLE, *BRANDS)
"""Sources that the vision model must not have seen when it judges these accounts."""
FORMS = ("gallery-dl", "instaloader", "manifest")


@dataclass(frozen=True, slots=True)
class Account:
    """Pictures in time order.

    Attributes:
        name: Of the account.
        pictures: Stored files.
        turned: From which on they are synthetic; None for renders, which are neither.
        right: Outcomes that are right for the person behind it.
    """

    name: str
    pictures: tuple[Path, ...]
    turned: int | None
    right: tuple[str, ...]


def accounts(images: Path) -> Iterator[Account]:
    """Camera people, AI personas, brands, and people who turned into personas half-way."""
    found: dict[str, list[Path]] = {}
    with open(images / "manifest.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["source"] in LEFT_OUT:
                found.setdefault(row["source"], []).append(images / row["path"])
    for name in PEOPLE:
        if len(found[name]) >= 12:
            pictures = tuple(found[name][:60])
            right = ("real-person", "no-persona") if name == "krasserm" else ("real-person",)
            yield Account(f"camera-{name}", pictures, len(pictures), right)
    for name in PERSONAS:
        if len(found[name]) >= 12:
            yield Account(f"persona-{name}", tuple(found[name][:60]), 0, ("ai-persona",))
    for name in BRANDS:
        pictures = tuple(found[name][:60])
        turned = None if name == "dp3d" else len(pictures)
        yield Account(f"brand-{name}", pictures, turned, ("no-persona",))
    for number, (real, ai) in enumerate(
        (r, a) for r in ("joshxcaitlin", "blackpink", "krasserm", "cnwedding") for a in PERSONAS
    ):
        half = min(30, len(found[real]), len(found[ai]))
        before = half - (number * 5) % 9 if half > 20 else half
        pictures = tuple(found[real][:before] + found[ai][:half])
        if len(pictures) >= 12:
            right = ("real-person-ai-edited", "ai-persona")
            yield Account(f"mixed-{real}-{ai}", pictures, before, right)


def write(account: Account, folder: Path, form: str) -> None:
    """One account as a tool would have stored it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for number, picture in enumerate(account.pictures):
        moment = datetime(2025, 1, 3, 9, tzinfo=UTC) + timedelta(days=9 * number, hours=number % 7)
        _writers[form](folder, picture, number, moment, account.name, lines)
    if lines:
        (folder / "posts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    truth = {"turned": account.turned, "posts": len(account.pictures)}
    (folder.parent / f"{account.name}.truth.json").write_text(json.dumps(truth), encoding="utf-8")


def _gallery_dl(
    folder: Path, picture: Path, number: int, moment: datetime, name: str, _: list[str]
) -> None:
    target = folder / f"{33 * 10**16 + number}.webp"
    shutil.copyfile(picture, target)
    sidecar = {
        "category": "instagram",
        "subcategory": "posts",
        "post_shortcode": f"C{number:05}",
        "username": name,
        "description": "new day",
        "post_date": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "num": 1,
        "extension": "webp",
    }
    Path(f"{target}.json").write_text(json.dumps(sidecar), encoding="utf-8")


def _instaloader(
    folder: Path, picture: Path, number: int, moment: datetime, name: str, _: list[str]
) -> None:
    stem = moment.strftime("%Y-%m-%d_%H-%M-%S_UTC")
    shutil.copyfile(picture, folder / f"{stem}.webp")
    node = {
        "__typename": "GraphImage",
        "shortcode": f"C{number:05}",
        "taken_at_timestamp": int(moment.timestamp()),
        "owner": {"username": name},
    }
    content = {"node": node, "instaloader": {"version": "4.14", "node_type": "Post"}}
    (folder / f"{stem}.json.xz").write_bytes(lzma.compress(json.dumps(content).encode()))


def _manifest(
    folder: Path, picture: Path, number: int, moment: datetime, name: str, lines: list[str]
) -> None:
    target = folder / f"{number:04}.webp"
    shutil.copyfile(picture, target)
    row = {"id": str(number), "time": moment.isoformat(), "media": target.name, "handle": name}
    lines.append(json.dumps(row))


_writers = {"gallery-dl": _gallery_dl, "instaloader": _instaloader, "manifest": _manifest}


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="outside the checkout")
    chosen = parser.parse_args(arguments)
    for number, account in enumerate(accounts(chosen.corpus / "images")):
        form = FORMS[number % len(FORMS)]
        write(account, chosen.out / account.name, form)
        print(f"{account.name}: {len(account.pictures)} posts, {form}")


if __name__ == "__main__":
    main()
