"""Decode canvases that are text: base64, or a data: URL as `canvas.toDataURL()` returns it."""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

_DATA_URL = re.compile(r"\s*data:(?P<kind>[^,;]{0,100})(?P<options>[^,]{0,200}),", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_LONGEST_HEAD = 400  # characters before a data: URL's content


def decode_canvas_text(text: str, max_bytes: int) -> bytes:
    """Return the bytes that base64 text or a data: URL stands for.

    Both alphabets of base64 are read (RFC 4648, 4 and 5), with or without padding and line ends.
    What the bytes are is not looked at: pass them to `normalize_canvas`.

    Args:
        text: unchecked.
        max_bytes: the size of the largest canvas. Longer text is not decoded.

    Raises:
        InvalidDrawing: `unreadable_image` if it is neither; `image_too_large` if it stands for more
            bytes.
    """
    # Four characters stand for three bytes, and %41 for one. Line ends add a 38th at most.
    if len(text) > 4 * max_bytes + _LONGEST_HEAD:
        raise _too_large(max_bytes)
    head = _DATA_URL.match(text)
    if head is not None and "base64" not in head["options"].lower():
        data = unquote_to_bytes(text[head.end() :])
    else:
        data = _decode_base64(text[head.end() if head else 0 :])
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    return data


def _decode_base64(text: str) -> bytes:
    # In a data: URL the signs of base64 may be percent-encoded.
    plain = unquote_to_bytes(text) if "%" in text else text.encode("utf-8", "replace")
    packed = _SPACES.sub("", plain.decode("latin-1")).rstrip("=")
    standard = packed.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise InvalidDrawing(
            DrawingReason.UNREADABLE_IMAGE,
            f"the canvas is neither base64 text nor a data: URL: {fault}",
        ) from fault


def _too_large(max_bytes: int) -> InvalidDrawing:
    return InvalidDrawing(
        DrawingReason.IMAGE_TOO_LARGE,
        f"the canvas stands for more than the {max_bytes:,} bytes allowed",
    )
