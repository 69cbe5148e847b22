"""Decode a canvas that stands in a document instead of in Storage."""

import base64
import binascii

from pipeline.errors import InvalidDrawing, ObjectTooLarge

MAX_HEADER = 200
"""Characters before the comma of a data: URL."""


def decode_canvas(value: object, max_bytes: int) -> bytes:
    """Return the bytes of a canvas: base64 text, a `data:` URL of base64, or bytes as they are.

    Args:
        value: unchecked.
        max_bytes: the largest number of bytes. It is compared before anything is decoded.

    Raises:
        ObjectTooLarge: there are more.
        InvalidDrawing: `unreadable_image`: it is none of these.
    """
    if isinstance(value, bytes):
        _check_size(len(value), max_bytes)
        return value
    if not isinstance(value, str):
        raise _unreadable("the canvas in the document is neither text nor bytes")
    text = value
    if text[:5].lower() == "data:":
        header, comma, text = text.partition(",")
        if not comma or len(header) > MAX_HEADER or not header.lower().endswith(";base64"):
            raise _unreadable("the data: URL in the document is not base64")
    # White space is dropped by the decoder: a text of it alone is bounded by Firestore's 1 MiB.
    _check_size(len(text) * 3 // 4 - 2, max_bytes)
    text = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable("the canvas in the document is not base64") from None


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise ObjectTooLarge(
            f"the canvas in the document has {size} bytes; at most {max_bytes} are read"
        )


def _unreadable(message: str) -> InvalidDrawing:
    return InvalidDrawing("unreadable_image", message)
