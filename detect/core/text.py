"""Text files of unknown encoding: what spreadsheets and editors write, and nothing guessed."""

from __future__ import annotations

import codecs
import io
import os
from pathlib import Path
from typing import BinaryIO, TextIO

__all__ = ["decoded", "encoding_of", "open_text", "path_of", "unified"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a text file: by its byte-order mark, else UTF-8, else GB18030.

    GB18030 is what Chinese spreadsheets save; text of Western code pages mostly breaks its rules.

    Args:
        file: Seekable, read to its end and put back to its start.

    Raises:
        ValueError: None of them fits.
    """
    file.seek(0)
    head = file.read(4)
    found = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    for name in (found,) if found else ("utf-8", "gb18030"):
        file.seek(0)
        if _fits(file, name):
            file.seek(0)
            return name
    file.seek(0)
    raise ValueError("its text is neither UTF-8 nor UTF-16 nor GB18030; save it as UTF-8")


def decoded(content: bytes) -> str:
    """Text of unknown encoding, as `encoding_of` finds it, without a byte-order mark.

    Raises:
        ValueError: None of the encodings fits.
    """
    return content.decode(encoding_of(io.BytesIO(content)))


def open_text(path: Path) -> TextIO:
    """Opens a table for `csv`, in the encoding it has.

    Raises:
        OSError: It cannot be opened.
        ValueError: None of the encodings fits.
    """
    with path.open("rb") as file:
        encoding = encoding_of(file)
    return path.open(newline="", encoding=encoding)


def unified(content: bytes) -> bytes:
    """A list of names that starts with a byte-order mark as UTF-8 without one; others unchanged.

    Names of files need not be in any encoding, so that a list without a mark is taken as it is.

    Raises:
        ValueError: It starts with a mark of UTF-16 and is not UTF-16.
    """
    found = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if found is None:
        return content
    if found == "utf-8-sig":
        return content.removeprefix(codecs.BOM_UTF8)
    return content.decode(found).encode("utf-8", "surrogatepass")


def path_of(folder: str, name: str, encoding: str) -> str:
    """Where a name out of a table leads: as text, or as the bytes that stand in the table.

    Args:
        folder: That names are relative to.
        name: As it was decoded.
        encoding: Of the table.
    """
    path = os.path.join(folder, name)
    if encoding == "gb18030" and not os.path.lexists(path):
        exact = os.path.join(folder, os.fsdecode(name.encode(encoding)))
        return exact if os.path.lexists(exact) else path
    return path


def _fits(file: BinaryIO, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
