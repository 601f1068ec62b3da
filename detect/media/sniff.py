"""What a file is, by its first bytes. Names and extensions are never looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal

from detect.media.source import MediaError

__all__ = ["Sniffed", "sniff"]

HEAD = 4096
"""Bytes that are looked at."""

Family = Literal["image", "stream"]


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A format that can be decoded.

    Attributes:
        format: Short name for the report, for example `jpeg`, `mp4`.
        family: Which decoder reads it: still pictures and animations, or streams over time.
        decoder: The only plugin (Pillow) or demuxer (FFmpeg) that may touch the file.
    """

    format: str
    family: Family
    decoder: str


_IMAGES = (
    (b"\xff\xd8\xff", Sniffed("jpeg", "image", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Sniffed("png", "image", "PNG")),
    (b"GIF87a", Sniffed("gif", "image", "GIF")),
    (b"GIF89a", Sniffed("gif", "image", "GIF")),
    (b"II*\x00", Sniffed("tiff", "image", "TIFF")),
    (b"MM\x00*", Sniffed("tiff", "image", "TIFF")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Sniffed("jp2", "image", "JPEG2000")),
    (b"\xff\x4f\xff\x51\x00", Sniffed("j2k", "image", "JPEG2000")),
)
_STREAMS = (
    (b"fLaC", Sniffed("flac", "stream", "flac")),
    (b"OggS", Sniffed("ogg", "stream", "ogg")),
    (b"FLV\x01", Sniffed("flv", "stream", "flv")),
    (b"#!AMR", Sniffed("amr", "stream", "amr")),
    (b"caff\x00\x01", Sniffed("caf", "stream", "caf")),
    (b"\x00\x00\x01\xba", Sniffed("mpeg", "stream", "mpeg")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", Sniffed("asf", "stream", "asf")),
)
_AIFF = Sniffed("aiff", "stream", "aiff")
_RIFF = {
    b"WEBP": Sniffed("webp", "image", "WEBP"),
    b"WAVE": Sniffed("wav", "stream", "wav"),
    b"AVI ": Sniffed("avi", "stream", "avi"),
}
_MP3 = Sniffed("mp3", "stream", "mp3")
_AAC = Sniffed("aac", "stream", "aac")
_TS = Sniffed("mpegts", "stream", "mpegts")

_ISO_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"moof", b"sidx", b"pnot")
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}
_AVIF_BRANDS = {b"avif", b"avis"}
_AUDIO_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A "}

_JXL = (
    "a JPEG XL picture; ask for the file it was made from, or convert it with `djxl FILE.jxl "
    "FILE.jpg` (gives a JPEG with its metadata back where it was one; other conversions lose what "
    "the file declares)"
)
_SILK = (
    "a SILK voice message (WeChat, QQ); play it on the phone and send the recording as M4A, or "
    "convert it to WAV with a SILK decoder first"
)

_REFUSED = (
    (b"#!SILK_V3", _SILK),
    (b"\x02#!SILK_V3", _SILK),
    (b"#EXTM3U", "a playlist; scan the files it names"),
    (b"ffconcat", "a playlist; scan the files it names"),
    (b"v=0", "a session description, not a recording"),
    (b"%PDF", "a PDF document; extract its pictures first"),
    (b"PK\x03\x04", "an archive; unpack it first"),
    (b"PK\x05\x06", "an archive; unpack it first"),
    (b"\x1f\x8b", "an archive; unpack it first"),
    (b"BZh", "an archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "an archive; unpack it first"),
    (b"Rar!", "an archive; unpack it first"),
    (b"\xfd7zXZ", "an archive; unpack it first"),
    (b"(\xb5/\xfd", "an archive; unpack it first"),
    (b"\xff\x0a", _JXL),
    (b"\x00\x00\x00\x0cJXL ", _JXL),
    (b"8BPS", "a Photoshop document; export a picture first"),
    (b".RMF", "a RealMedia file; convert it to MP4 first"),
    (b".snd", "a Sun sound; convert it to WAV first"),
    (b"riff\x2e\x91\xcf\x11", "a Wave64 sound; convert it to WAV first"),
    (b"\x0b\x77", "an AC-3 sound; convert it to WAV first"),
    (b"MThd", "a MIDI score, not a recording"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def sniff(file: BinaryIO) -> Sniffed:
    """Recognises a format by its magic number.

    Args:
        file: Read from its start; left at an arbitrary position.

    Raises:
        MediaError: `unsupported`, with a sentence that says what the file is instead.
    """
    file.seek(0)
    head = file.read(HEAD)
    for magic, found in _IMAGES + _STREAMS:
        if head.startswith(magic):
            return found
    found_or_none = _riff(head) or _iso(head) or _matroska(head) or _bitmap(head)
    found_or_none = found_or_none or _transport_stream(head) or _framed_audio(file, head)
    if found_or_none is None:
        raise MediaError("unsupported", _what_else(head))
    return found_or_none


def _riff(head: bytes) -> Sniffed | None:
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _AIFF
    return _RIFF.get(head[8:12]) if head[:4] in (b"RIFF", b"RF64", b"RIFX", b"BW64") else None


def _iso(head: bytes) -> Sniffed | None:
    """ISO base media: MP4, QuickTime, 3GP, M4A, HEIF and AVIF share one container."""
    kind = head[4:8]
    if kind != b"ftyp":
        return Sniffed("mov", "stream", "mov") if kind in _ISO_BOXES else None
    end = max(16, min(int.from_bytes(head[:4], "big"), 256))
    major, others = head[8:12], {head[i : i + 4] for i in range(16, end, 4)}
    if major in _HEIF_BRANDS | _AVIF_BRANDS:
        if _AVIF_BRANDS & (others | {major}):
            return Sniffed("avif", "image", "AVIF")
        return Sniffed("heif", "image", "HEIF")
    if major in _AUDIO_BRANDS:
        return Sniffed("m4a", "stream", "mov")
    if major == b"qt  ":
        return Sniffed("mov", "stream", "mov")
    return Sniffed("3gp" if major.startswith(b"3g") else "mp4", "stream", "mov")


def _matroska(head: bytes) -> Sniffed | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    return Sniffed("webm" if b"webm" in head[:64] else "mkv", "stream", "matroska")


def _bitmap(head: bytes) -> Sniffed | None:
    """`BM` is ordinary text too: the size of the header that follows must be a known one."""
    known = (12, 16, 40, 52, 56, 64, 108, 124)
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in known:
        return Sniffed("bmp", "image", "BMP")
    return None


def _transport_stream(head: bytes) -> Sniffed | None:
    for offset, packet in ((0, 188), (4, 192)):
        syncs = head[offset : offset + 3 * packet : packet]
        if syncs == b"GGG":
            return _TS
    return None


def _framed_audio(file: BinaryIO, head: bytes) -> Sniffed | None:
    """MP3 and AAC have no header: two frames in a row, after an ID3 tag when there is one."""
    if (tag := id3_length(head)) and len(head) > 10:
        file.seek(tag)
        head = file.read(HEAD)
        if head.startswith(b"fLaC"):
            return Sniffed("flac", "stream", "flac")
        if _adts_length(head):
            return _AAC
        return _MP3  # taggers pad: the demuxer finds the first frame
    for length_of, found in ((_adts_length, _AAC), (_mpeg_length, _MP3)):
        length = length_of(head)
        if length and (length_of(head[length:]) or len(head) <= length):
            return found
    return None


def id3_length(head: bytes) -> int:
    """Bytes of the ID3 tag that `head` (10 bytes or more) starts with; 0 when there is none."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    return 10 + synchsafe(head[6:10])


def synchsafe(number: bytes) -> int:
    """A number of ID3v2: seven bits a byte, the highest first."""
    size = 0
    for byte in number:
        size = size << 7 | byte & 0x7F
    return size


def _adts_length(head: bytes) -> int:
    """Bytes of the AAC frame at the start of `head`; 0 when there is none."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 0xF > 12:
        return 0
    return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5


def _mpeg_length(head: bytes) -> int:
    """Bytes of the MPEG layer II or III frame at the start of `head`; 0 when there is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, frequency_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer in (0, 3) or rate_index in (0, 15) or frequency_index == 3:
        return 0
    first = version == 3
    if layer == 2:
        rates = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
    else:
        rates = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    if not first:
        rates = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    frequency = (44100, 48000, 32000)[frequency_index] >> (0, 1, 2)[{3: 0, 2: 1, 0: 2}[version]]
    per_frame = 144 if first or layer == 2 else 72
    return per_frame * rates[rate_index - 1] * 1000 // frequency + padding


def _what_else(head: bytes) -> str:
    for magic, what in _REFUSED:
        if head.startswith(magic):
            return f"not a supported picture, video or sound: {what}"
    if head[257:262] == b"ustar":
        return "not a supported picture, video or sound: an archive; unpack it first"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if b"<svg" in start:
        return "not a supported picture, video or sound: an SVG drawing; export it to PNG first"
    if b"<mpd" in start:
        return "not a supported picture, video or sound: a playlist; scan the files it names"
    if start.startswith((b"<?xml", b"<!doctype", b"<html")):
        return "not a picture, video or sound: a web page or XML document"
    try:
        text = head[:1024].decode("utf-8")
    except UnicodeDecodeError as error:
        text = head[:1024].decode("utf-8", "ignore") if error.start > 1020 else "\0"
    if text and all(c.isprintable() or c in "\t\r\n\f" for c in text):
        return "not a picture, video or sound: text"
    return "not a picture, video or sound that is known by its first bytes"
