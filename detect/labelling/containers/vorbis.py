"""Labels in FLAC and Ogg (Vorbis, Opus): Vorbis comments (RFC 9639, RFC 3533, RFC 7845)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from detect.labelling.containers.pieces import Piece, Slice, damaged, without
from detect.media.sniff import id3_length
from detect.provenance.carriers.source import Source

__all__ = ["label_flac", "label_ogg"]

MAX_COMMENT = 16 * 2**20
MAX_COMMENTS = 10_000
MAX_PAGES = 4_000_000
_VENDOR = b"detect"
_REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def label_flac(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Rewrites the comment block; padding after it is used where there is enough."""
    at = id3_length(file.read(0, 10))
    if file.read(at, 4) != b"fLaC":
        raise damaged("it does not start with a stream marker")
    blocks = list(_flac_blocks(file, at + 4))
    comment = next((b for b in blocks if b[0] == 4), None)
    padding = next((b for b in blocks if b[0] == 1), None)
    old = file.read(comment[1] + 4, comment[2] - comment[1] - 4) if comment else b""
    new = with_comments(old, tags)
    if len(new) >= 2**24:
        raise damaged("its comments are full")
    block = b"\x04" + len(new).to_bytes(3, "big") + new
    info = blocks[0]
    start, stop = (comment[1], comment[2]) if comment else (info[2], info[2])
    cuts = [(start, stop, block)]
    last = blocks[-1]
    growth = len(block) - (stop - start)
    if padding and 0 <= growth <= padding[2] - padding[1] - 4:
        room = padding[2] - padding[1] - 4 - growth
        cuts.append((padding[1], padding[2], b"\x01" + room.to_bytes(3, "big") + bytes(room)))
    # Only the last block carries the mark of the last one.
    if comment is last or (comment is None and len(blocks) == 1):
        cuts[0] = (start, stop, b"\x84" + block[1:])
        if comment is None:
            cuts.append((info[1], info[1] + 1, b"\x00"))
    elif padding is last and len(cuts) > 1:
        cuts[1] = (*cuts[1][:2], b"\x81" + cuts[1][2][1:])
    return without(file.size, *cuts)


def _flac_blocks(file: Source, at: int) -> Iterator[tuple[int, int, int]]:
    """Type, start and end of each metadata block."""
    for _ in range(65_536):
        head = file.read(at, 4)
        stop = at + 4 + int.from_bytes(head[1:], "big")
        if len(head) < 4 or stop > file.size:
            raise damaged("its metadata is cut short")
        yield head[0] & 127, at, stop
        at = stop
        if head[0] & 128:
            return
    raise damaged("it has too many blocks")


def with_comments(old: bytes, tags: Mapping[str, str]) -> bytes:
    """A comment list with more comments; what follows the list is kept."""
    vendor, comments, rest = _VENDOR, [], b""
    if old:
        vendor, at = _string(old, 0)
        count = int.from_bytes(old[at : at + 4], "little")
        at += 4
        if count > MAX_COMMENTS:
            raise damaged("it has too many comments")
        for _ in range(count):
            comment, at = _string(old, at)
            comments.append(comment)
        rest = old[at:]
    names = {name.upper().encode() for name in tags}
    comments = [c for c in comments if c.partition(b"=")[0].upper() not in names]
    comments += [f"{name}={value}".encode() for name, value in tags.items()]
    parts = [struct.pack("<I", len(vendor)) + vendor, struct.pack("<I", len(comments))]
    parts += [struct.pack("<I", len(c)) + c for c in comments]
    return b"".join(parts) + rest


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[at : at + 4], "little")
    if at + 4 + length > len(data):
        raise damaged("its comments are cut short")
    return data[at + 4 : at + 4 + length], at + 4 + length


class _Page(NamedTuple):
    start: int
    end: int
    serial: bytes
    number: int
    flags: int
    lacing: bytes


def label_ogg(file: Source, tags: Mapping[str, str]) -> list[Piece]:
    """Rewrites the header pages of the first Vorbis or Opus stream; later ones are renumbered."""
    pages = _pages(file)
    serial, packets, end = _headers(file, pages)
    prefix = b"OpusTags" if packets[1].startswith(b"OpusTags") else b"\x03vorbis"
    comment = prefix + with_comments(packets[1][len(prefix) :], tags)
    new = _paged(serial, [comment, *packets[2:]], 1)
    own = [p for p in end if p.serial == serial and p.number > 0]
    first, last = own[0], own[-1]
    if any(first.start < p.start < last.start and p.serial != serial for p in end):
        raise damaged("its streams are interleaved in the headers")
    pieces: list[Piece] = [Slice(0, first.start), b"".join(new)]
    if len(new) == len(own):
        return [*pieces, Slice(last.end, file.size)]
    for page in _pages(file, last.end):
        if page.serial == serial and not page.flags & 2:
            pieces.append(_renumbered(file, page, len(new) - len(own)))
        else:
            pieces.append(Slice(page.start, page.end))
    return pieces


def _headers(file: Source, pages: Iterator[_Page]) -> tuple[bytes, list[bytes], list[_Page]]:
    """Serial number, header packets, and the pages read to find them."""
    seen: list[_Page] = []
    open_packets: dict[bytes, bytes] = {}
    done: dict[bytes, list[bytes]] = {}
    size = 0
    for page in pages:
        seen.append(page)
        if len(seen) > 4096 or size > MAX_COMMENT:
            break
        at = page.end - sum(page.lacing)
        for length in page.lacing:
            open_packets[page.serial] = open_packets.get(page.serial, b"") + file.read(at, length)
            size += length
            at += length
            if length < 255:
                done.setdefault(page.serial, []).append(open_packets.pop(page.serial))
        packets = done.get(page.serial, [])
        first = packets[0] if packets else b""
        need = 3 if first.startswith(b"\x01vorbis") else 2 if first.startswith(b"OpusHead") else 0
        if need and len(packets) >= need:
            if len(packets) > need or page.serial in open_packets:
                raise damaged("its headers share a page with sound")
            return page.serial, packets, seen
    raise damaged("it holds neither Vorbis nor Opus sound")


def _pages(file: Source, at: int = 0) -> Iterator[_Page]:
    for _ in range(MAX_PAGES):
        head = file.read(at, 27)
        if not head:
            return
        lacing = file.read(at + 27, head[26]) if len(head) == 27 else b""
        end = at + 27 + len(lacing) + sum(lacing)
        if head[:4] != b"OggS" or len(head) < 27 or len(lacing) < head[26] or end > file.size:
            raise damaged("its pages are cut short")
        yield _Page(at, end, head[14:18], int.from_bytes(head[18:22], "little"), head[5], lacing)
        at = end
    raise damaged("it has too many pages")


def _paged(serial: bytes, packets: list[bytes], number: int) -> list[bytes]:
    """Header packets as pages: the last one ends its page, none begins with sound."""
    lacing: list[int] = []
    for packet in packets:
        lacing += [255] * (len(packet) // 255) + [len(packet) % 255]
    data = b"".join(packets)
    pages: list[bytes] = []
    at, continued = 0, False
    for start in range(0, len(lacing), 255):
        part = lacing[start : start + 255]
        ends = [n for n, length in enumerate(part) if length < 255]
        position = 0 if ends else 2**64 - 1
        body = data[at : at + sum(part)]
        at += sum(part)
        head = b"OggS\x00" + bytes([1 if continued else 0]) + struct.pack("<Q", position)
        head += serial + struct.pack("<I", number + len(pages)) + bytes(4)
        pages.append(_checked(head + bytes([len(part)]) + bytes(part) + body))
        continued = part[-1] == 255
    return pages


def _renumbered(file: Source, page: _Page, delta: int) -> bytes:
    data = file.read(page.start, page.end - page.start)
    number = struct.pack("<I", page.number + delta & 0xFFFFFFFF)
    return _checked(data[:18] + number + bytes(4) + data[26:])


def _checked(page: bytes) -> bytes:
    """Sets the checksum: CRC-32 with the polynomial of zlib, but bits in the other order."""
    value = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    turned = int(f"{value:032b}"[::-1], 2)
    return page[:22] + struct.pack("<I", turned) + page[26:]
