"""Open a player's PNG safely: its header is checked and only the chunks of its pixels are kept."""

import io
import struct

from PIL import Image

from pipeline.drawings.pixel_budget import check_size
from pipeline.errors import InvalidDrawing

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_HEADER = struct.Struct(">8x4x4sIIBB")  # signature, length, "IHDR", width, height, depth, colour
_CHUNK = struct.Struct(">I4s")  # length, kind; then the content and 4 bytes of checksum
_CHECKSUM_SIZE = 4
_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_DEEP = 16  # bits a channel


def open_png(png: bytes) -> Image.Image:
    """Open a PNG that begins with its signature; nothing is decoded yet.

    Returns:
        A picture in any mode that Pillow gives a PNG.

    Raises:
        InvalidDrawing: `unreadable_image` if it is too large, cut off, an animation or malformed.
        Exception: whatever Pillow raises for a malformed file.
    """
    if len(png) < _HEADER.size:
        raise _unreadable("the canvas is cut off")
    kind, width, height, depth, _ = _HEADER.unpack_from(png)
    if kind != b"IHDR":
        raise _unreadable("the canvas is a PNG without a header")
    check_size(width, height)
    # Pillow reads 16 bits as 8, but compares the transparent colour, if there is one, in 16. A
    # colour that should be transparent is one plain colour, which is found as paper without this.
    needed = _NEEDED - {b"tRNS"} if depth == _DEEP else _NEEDED
    return Image.open(io.BytesIO(_drop_optional_chunks(png, needed)), formats=["PNG"])


def _drop_optional_chunks(png: bytes, needed: frozenset[bytes]) -> bytes:
    """Return the file with only the chunks that its pixels need.

    Pillow would unpack the compressed texts and colour profiles of the other chunks, and those can
    be decompression bombs.

    Raises:
        InvalidDrawing: the file is cut off, is an animation, or has two headers.
    """
    chunks, start, kind = [PNG_SIGNATURE], len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        if start + _CHUNK.size > len(png):
            raise _unreadable("the canvas is cut off")
        length, kind = _CHUNK.unpack_from(png, start)
        end = start + _CHUNK.size + length + _CHECKSUM_SIZE
        if end > len(png):
            raise _unreadable("the canvas is cut off")
        if kind in _ANIMATION or (kind == b"IHDR" and len(chunks) > 1):
            raise _unreadable("the canvas is an animation, or has two headers")
        if kind in needed:
            chunks.append(png[start:end])
        start = end
    return b"".join(chunks)


def _unreadable(message: str) -> InvalidDrawing:
    return InvalidDrawing("unreadable_image", message)
