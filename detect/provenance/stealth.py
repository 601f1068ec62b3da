"""Generator settings hidden in the lowest bits of a PNG ("stealth pnginfo", used by NovelAI).

Format: columns from left to right, top to bottom; in the alpha channel one bit a pixel, in the RGB
variant three. A 15-byte signature, a 32-bit bit count (big endian), then text, gzip if so signed.
"""

from __future__ import annotations

import contextlib
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from detect.provenance.carriers.fields import Carriers

__all__ = ["read_stealth"]

MAX_PIXELS = 50_000_000
MAX_SMALL = 1_000_000
MAX_TEXT = 2**20
_PACKED = {
    b"stealth_pnginfo": False,
    b"stealth_pngcomp": True,
    b"stealth_rgbinfo": False,
    b"stealth_rgbcomp": True,
}
_SIGNATURE = 15
_ROWS = 8 * _SIGNATURE


def read_stealth(file: BinaryIO, out: Carriers) -> None:
    """Adds the hidden text of a PNG as the field `stealth`, when there is one.

    The picture is decoded only when its first column carries the signature (or is too short to).
    """
    import numpy as np
    from PIL import Image

    from detect.provenance.carriers.fields import DAMAGE

    file.seek(0)
    with contextlib.suppress(*DAMAGE, SyntaxError):
        head = file.read(33)
        width, height, depth, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", head, 16)
        if depth != 8 or colour not in (2, 6) or interlace or width * height > MAX_PIXELS:
            return
        if height >= _ROWS:
            if not _signed(_first_column(file, width, 4 if colour == 6 else 3)):
                return
        elif width * height > MAX_SMALL:
            return
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=("PNG",)) as picture:
                pixels = np.asarray(picture)
        for name, plane in (("alpha", pixels[..., 3:]), ("rgb", pixels[..., :3])):
            if plane.size and (text := _hidden(plane)):
                out.add("text", "stealth", text, f"lowest bits of the {name} channel")


def _first_column(file: BinaryIO, width: int, channels: int) -> list[bytes]:
    """The top pixels of the first column of an 8-bit PNG, by inflating those rows only.

    Left of the first column there is nothing, so that of the five row filters only the value above
    matters: `none` and `sub` add nothing, `up` and `paeth` add it, `average` half of it.
    """
    stride = 1 + width * channels
    inflated = bytearray()
    unpack = zlib.decompressobj()
    for chunk in _image_data(file):
        inflated += unpack.decompress(chunk, _ROWS * stride - len(inflated))
        if len(inflated) >= _ROWS * stride:
            break
    column: list[bytes] = []
    above = bytes(channels)
    for at in range(0, len(inflated) - channels, stride):
        row = inflated[at + 1 : at + 1 + channels]
        if inflated[at] in (2, 4):
            row = bytearray((a + b) & 255 for a, b in zip(row, above, strict=True))
        elif inflated[at] == 3:
            row = bytearray((a + b // 2) & 255 for a, b in zip(row, above, strict=True))
        above = bytes(row)
        column.append(above)
    return column


def _image_data(file: BinaryIO) -> Iterator[bytes]:
    file.seek(33)
    while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        length = int.from_bytes(head[:4], "big")
        if head[4:] != b"IDAT":
            file.seek(length + 4, 1)
            continue
        while length > 0 and (data := file.read(min(length, 65_536))):
            length -= len(data)
            yield data
        file.seek(4, 1)


def _signed(column: list[bytes]) -> bool:
    """Whether a column starts with a signature, in alpha or in colour."""
    alpha = [pixel[-1] & 1 for pixel in column]
    colour = [value & 1 for pixel in column for value in pixel[:3]]
    return any(
        bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, 8 * _SIGNATURE, 8))
        in _PACKED
        for bits in (alpha, colour)
        if len(bits) >= 8 * _SIGNATURE
    )


def _hidden(plane: npt.NDArray[np.uint8]) -> bytes | None:
    """The text in the lowest bits of `plane` (H x W x C), None without a signature."""
    head = _bits(plane, 0, _SIGNATURE + 4)
    packed = _PACKED.get(head[:_SIGNATURE])
    if packed is None:
        return None
    length = int.from_bytes(head[_SIGNATURE:], "big") // 8
    body = _bits(plane, _SIGNATURE + 4, min(length, MAX_TEXT))
    if not packed:
        return body
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj(31).decompress(body, MAX_TEXT)
    return b"(damaged)"


def _bits(plane: npt.NDArray[np.uint8], start: int, length: int) -> bytes:
    """Bytes `start` to `start + length` of the bit stream; only the columns needed are touched."""
    import numpy as np

    height, _, channels = plane.shape
    per_column = height * channels
    first, last = start * 8 // per_column, -(-(start + length) * 8 // per_column)
    bits = (plane[:, first:last].transpose(1, 0, 2) & 1).reshape(-1)
    offset = start * 8 - first * per_column
    return np.packbits(bits[offset : offset + length * 8]).tobytes()
