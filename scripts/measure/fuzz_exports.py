"""Mutates sidecars and manifests of every form and reads them: no input may raise.

python -m scripts.measure.fuzz_exports --runs 20000 --seed 1
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path

from detect.account.exports.export import read_export

NOTE = "64533a53000000001203ef7d"
GALLERY = {
    "category": "instagram", "subcategory": "posts", "post_id": "3001", "post_shortcode": "SC1",
    "media_id": "9011", "username": "anna", "description": "made with AI #ai", "num": 1,
    "date": "2026-03-02 12:00:00", "filename": "9011", "extension": "jpg",
}  # fmt: skip
CLIP = {
    "id": "vid00000001", "title": "Clip", "description": "d", "extractor_key": "Youtube",
    "_type": "video", "timestamp": 1772366400, "tags": ["a"], "ext": "mp4",
}  # fmt: skip
NODE = {
    "node": {
        "shortcode": "D", "taken_at_timestamp": 1772600767, "owner": {"username": "z"},
        "edge_media_to_caption": {"edges": [{"node": {"text": "t"}}]},
    },
    "instaloader": {"version": "4.14", "node_type": "Post"},
}  # fmt: skip
NOTES = {
    "note_id": NOTE, "title": "t", "desc": "AI生成", "time": 1772366400000, "image_list": "",
    "tag_list": "a,b", "user_id": "u", "nickname": "n", "liked_count": "1",
}  # fmt: skip
VIDEO = {"kind": "youtube#video", "id": "v", "snippet": {"title": "t"}, "status": {}}
INSTAGRAM = [{"media": [{"uri": "9011.jpg", "creation_timestamp": 1, "title": "t"}]}]
TIKTOK = {"Post": {"Posts": {"VideoList": [{"Date": "2026-03-01 12:00:00", "Link": "/video/7"}]}}}
ODD = (
    None, True, -1, 0, 10**30, 1.5, 1e308, "", "x" * 300, "\ud800", "\0", "../../etc/passwd", [],
    {}, [[]], {"a": {}}, [None], "NaN", "9" * 5000, "2026-13-45",
)  # fmt: skip


def changed(value: object, chance: random.Random) -> object:
    """A document in which some values have another type or content, and some keys are gone."""
    if chance.random() < 0.08:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {k: changed(v, chance) for k, v in value.items() if chance.random() > 0.04}
    if isinstance(value, list):
        return [changed(v, chance) for v in value]
    return value


def bent(content: bytes, chance: random.Random) -> bytes:
    """Bytes with some overwritten, cut out, doubled, or in another encoding."""
    data = bytearray(content)
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            data[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del data[place : place + chance.randrange(40)]
        elif kind == 2:
            data[place:place] = data[place : place + chance.randrange(40)]
        else:
            del data[place:]
    return bytes(data)


def books(folder: Path) -> list[tuple[str, bytes]]:
    """An Excel and a SQLite file of one row."""
    sheet = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in line) + "</row>"
        for line in (NOTES, NOTES.values())
    )
    with zipfile.ZipFile(folder / "a.xlsx", "w", zipfile.ZIP_STORED) as book:
        book.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{sheet}</sheetData></worksheet>"
        )
    db = sqlite3.connect(folder / "a.db")
    db.execute(f"CREATE TABLE notes ({', '.join(NOTES)})".replace("desc", '"desc"'))
    db.execute("INSERT INTO notes VALUES (?,?,?,?,?,?,?,?,?)", list(NOTES.values()))
    db.commit()
    db.close()
    return [(name, (folder / name).read_bytes()) for name in ("a.xlsx", "a.db")]


def made(binary: list[tuple[str, bytes]], chance: random.Random) -> tuple[str, bytes]:
    """Name and content of one mutated file."""
    kind = chance.randrange(8)
    if kind == 0:
        name, content = chance.choice(binary)
        return name, bent(content, chance)
    record = changed(chance.choice((GALLERY, CLIP, NODE, NOTES, VIDEO, INSTAGRAM, TIKTOK)), chance)
    if kind == 1:
        name, value = "dump.json", json.dumps([[2, record], [3, "u", record], [6, "u", {}]])
    elif kind == 2:
        name, value = "list.jsonl", "\n".join(json.dumps(record) for _ in range(3))
    elif kind == 3:
        name, value = "many.json", json.dumps(record) + json.dumps(record, indent=1)
    elif kind == 4:
        name, value = "all.json", json.dumps({"_type": "playlist", "entries": [record, None]})
    elif kind == 5:
        columns = list(record) if isinstance(record, dict) else ["id", "text", "media"]
        name = "posts.csv"
        values = list(record.values()) if isinstance(record, dict) else ["1", "t", "9011.jpg"]
        value = ",".join(map(str, columns)) + "\n" + ",".join(map(repr, values)) + "\n"
    else:
        name, value = "9011.jpg.json", json.dumps(record)
    code = chance.choice(("utf-8", "utf-8", "utf-16", "gb18030", "utf-8-sig"))
    return name, bent(value.encode(code, "replace"), chance)


def main() -> int:
    """Runs it; the exit code says whether anything was raised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    raised = posts = problems = inside = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as top:
        made_in = Path(top) / "made"
        made_in.mkdir()
        binary = books(made_in)
        folder = Path(top) / "export"
        folder.mkdir()
        (folder / "9011.jpg").write_bytes(
            bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
        )
        for run in range(given.runs):
            name, content = made(binary, chance)
            path = folder / name
            path.write_bytes(content)
            began = time.monotonic()
            try:
                for found in read_export(folder):
                    kind = type(found).__name__
                    posts += kind == "Post"
                    problems += kind == "Problem"
                    reason = getattr(found, "reason", "")
                    inside += reason.startswith("not understood: ")
                    for words in (getattr(found, "id", ""), getattr(found, "text", ""), reason):
                        str(words).encode()
            except Exception:
                raised += 1
                print(f"run {run}, {name}: {content[:200]!r}", file=sys.stderr)
                traceback.print_exc()
            slowest = max(slowest, time.monotonic() - began)
            path.unlink()
    print(
        f"{given.runs} runs, seed {given.seed}: {raised} raised; {posts} posts, "
        f"{problems} problems, {inside} of them an error within a reader; slowest {slowest:.2f} s"
    )
    return 1 if raised else 0


if __name__ == "__main__":
    sys.exit(main())
