"""Name what a file is that is no canvas, so that its sender learns what to send instead."""

import json
import re
from collections.abc import Callable
from typing import NamedTuple


class _Mark(NamedTuple):
    """Bytes by which a kind of file is known, where they stand, and what to tell its sender."""

    mark: bytes
    start: int
    name: str


_SEND_PNG = "; send a PNG or a JPEG"
# The first that fits is taken. Signatures: https://en.wikipedia.org/wiki/List_of_file_signatures
_MARKS = (
    _Mark(b"\x1f\x8b", 0, "gzip-compressed data; upload the PNG itself, uncompressed"),
    _Mark(b"PK\x03\x04", 0, "a ZIP archive; upload the PNG itself"),
    _Mark(b"GIF8", 0, f"a GIF{_SEND_PNG}"),
    _Mark(b"WEBP", 8, f"a WebP picture{_SEND_PNG}: canvas.toBlob(send, 'image/png')"),
    _Mark(b"ftypavif", 4, f"an AVIF picture{_SEND_PNG}"),
    _Mark(b"ftyphei", 4, f"a HEIC picture{_SEND_PNG}"),
    _Mark(b"ftypmif1", 4, f"a HEIC picture{_SEND_PNG}"),
    _Mark(b"ftyp", 4, f"a video{_SEND_PNG}"),
    _Mark(b"\x1aE\xdf\xa3", 0, f"a video{_SEND_PNG}"),
    _Mark(b"II*\x00", 0, f"a TIFF picture{_SEND_PNG}"),
    _Mark(b"MM\x00*", 0, f"a TIFF picture{_SEND_PNG}"),
    _Mark(b"BM", 0, f"a BMP picture{_SEND_PNG}"),
    _Mark(b"8BPS", 0, f"a Photoshop file{_SEND_PNG}"),
    _Mark(b"\x00\x00\x01\x00", 0, f"an icon file{_SEND_PNG}"),
    _Mark(b"\xff\x0a", 0, f"a JPEG XL picture{_SEND_PNG}"),
    _Mark(b"JXL ", 4, f"a JPEG XL picture{_SEND_PNG}"),
    _Mark(b"jP  ", 4, f"a JPEG 2000 picture{_SEND_PNG}"),
    _Mark(b"%PDF", 0, f"a PDF{_SEND_PNG}"),
    _Mark(b"\x93NUMPY", 0, f"a NumPy array{_SEND_PNG}"),
    _Mark(b"\x8aMNG", 0, f"an animation{_SEND_PNG}"),
)
# A PNG's signature holds both kinds of line end and a byte above 127, so that it shows a file that
# was sent as text (PNG specification, 5.2).
_TEXT_ENCODED = re.compile(rb"(\xef\xbf\xbd|\xc2\x89|\x09|\?)PNG[\r\n]|\x89PNG[\r\n]")
_DATA_URL = re.compile(rb"data:[^,]{0,200},", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){16,}")
_ADDRESS = re.compile(rb"(https?|gs|blob|file|content):\S+", re.IGNORECASE)
# What JavaScript writes for a value that is no picture.
_NO_VALUES = frozenset({b"undefined", b"null", b"none", b"nan", b"true", b"false"})
_OBJECT = re.compile(rb"\[object \w+\]|<[\w.]+ object at|Instance of '")
_SNIFFED = 1024  # bytes at the start in which words of text formats are looked for


def name_kind(data: bytes) -> str:
    """Say what the file is and what to send instead: a phrase that goes on from "it is".

    Args:
        data: the file. It begins neither like a PNG nor like a JPEG.
    """
    if not data:
        return "an empty file; wait for the canvas's bytes before the upload"
    if not data.strip(b"\x00"):
        return "a file of zeros; wait for the canvas's bytes before the upload"
    for mark in _MARKS:
        if data.startswith(mark.mark, mark.start):
            return mark.name
    if _TEXT_ENCODED.match(data):
        return "a PNG that was changed when it was sent as text; upload its bytes as they are"
    return _name_text(data) or f"neither a PNG nor a JPEG{_SEND_PNG}"


def _name_text(data: bytes) -> str | None:
    """Say which kind of text the file is; None if it is none that is known."""
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n").rstrip()
    return next((name for is_kind, name in _TEXTS if is_kind(text)), None)


def _is_base64(text: bytes) -> bool:
    """Return whether the text is base64, perhaps in quotes and in several lines."""
    return bool(_BASE64.fullmatch(re.sub(rb"[\s\"']", b"", text)))


def _is_json(text: bytes) -> bool:
    if not text.startswith((b"{", b"[", b'"')):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_plain_text(text: bytes) -> bool:
    """Return whether the bytes are text in ASCII, as far as they are looked at."""
    return all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in text[:_SNIFFED])  # noqa: PLR2004 - ASCII


def _is_value(text: bytes) -> bool:
    """Return whether the text is what a program writes for a value that is no picture."""
    return text.lower() in _NO_VALUES or bool(_OBJECT.match(text))


def _holds(*words: bytes) -> Callable[[bytes], bool]:
    """Return a test for texts that have one of these words, in small letters, near the start."""
    return lambda text: any(word in text[:_SNIFFED].lower() for word in words)


# The first that fits is taken.
_TEXTS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (
        lambda text: bool(_DATA_URL.match(text.lstrip(b"\"'"))),
        "a data: URL; upload the bytes that it stands for",
    ),
    (_holds(b"<svg"), f"an SVG drawing{_SEND_PNG}"),
    (_holds(b"<!doctype html", b"<html"), f"a web page, perhaps an error message{_SEND_PNG}"),
    (_holds(b"<?xml"), f"an XML document, perhaps an error message{_SEND_PNG}"),
    (
        _holds(b"content-disposition: form-data"),
        "the body of a form; upload the PNG itself",
    ),
    (
        lambda text: bool(_ADDRESS.fullmatch(text)),
        "an address; upload the bytes that it stands for",
    ),
    (_is_value, "the name of a value in a program; upload the canvas's bytes"),
    (
        lambda text: bool(_HEX.fullmatch(text)),
        "hexadecimal text; upload the bytes that it stands for",
    ),
    (_is_base64, "base64 text; upload the bytes that it stands for"),
    (_is_json, f"JSON{_SEND_PNG}"),
    (_is_plain_text, f"text{_SEND_PNG}"),
)
