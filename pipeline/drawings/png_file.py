"""Open a player's PNG safely: its header is checked and only the chunks of its pixels are kept."""

import io
import struct

from isal import isal_zlib
from PIL import Image

from pipeline.drawings.pixel_budget import check_size
from pipeline.drawings.png_inflating import store_plainly
from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

# Signature, length, "IHDR", width, height, depth, colour, compression, filters, interlacing.
_HEADER = struct.Struct(">8x4x4sIIBBxxB")
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
    kind, width, height, depth, colour, interlaced = _HEADER.unpack_from(png)
    if kind != b"IHDR":
        raise _unreadable("the canvas is a PNG without a header")
    check_size(width, height)
    # Pillow reads 16 bits as 8, but compares the transparent colour, if there is one, in 16. A
    # colour that should be transparent is one plain colour, which is found as paper without this.
    needed = _NEEDED - {b"tRNS"} if depth == _DEEP else _NEEDED
    chunks = _list_chunks(png, needed)
    pixels = [chunk for kind, chunk in chunks if kind == b"IDAT"]
    packed = b"".join(chunk[_CHUNK.size : -_CHECKSUM_SIZE] for chunk in pixels)
    plain = store_plainly(packed, (width, height, depth, colour, interlaced))
    if plain is not None:
        before = [chunk for kind, chunk in chunks if kind not in {b"IDAT", b"IEND"}]
        whole = [*before, make_chunk(b"IDAT", plain), make_chunk(b"IEND", b"")]
    else:
        whole = [chunk for _, chunk in chunks]
    return Image.open(io.BytesIO(b"".join([PNG_SIGNATURE, *whole])), formats=["PNG"])


def make_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG: its length, kind, content and checksum."""
    checksum = isal_zlib.crc32(content, isal_zlib.crc32(kind))
    return b"".join([_CHUNK.pack(len(content), kind), content, checksum.to_bytes(4, "big")])


def _list_chunks(png: bytes, needed: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the chunks that the pixels need, each with its kind.

    Pillow would unpack the compressed texts and colour profiles of the other chunks, and those can
    be decompression bombs.

    Raises:
        InvalidDrawing: the file is cut off, is an animation, or has two headers.
    """
    chunks: list[tuple[bytes, bytes]] = []
    start, kind = len(PNG_SIGNATURE), b""
    while kind != b"IEND":
        if start + _CHUNK.size > len(png):
            raise _unreadable("the canvas is cut off")
        length, kind = _CHUNK.unpack_from(png, start)
        end = start + _CHUNK.size + length + _CHECKSUM_SIZE
        if end > len(png):
            raise _unreadable("the canvas is cut off")
        if kind in _ANIMATION or (kind == b"IHDR" and chunks):
            raise _unreadable("the canvas is an animation, or has two headers")
        if kind in needed:
            chunks.append((kind, png[start:end]))
        start = end
    return chunks


def _unreadable(message: str) -> InvalidDrawing:
    return InvalidDrawing(DrawingReason.UNREADABLE_IMAGE, message)
