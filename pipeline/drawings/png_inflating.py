"""Unpack the pixels of a PNG by ISA-L, several times as fast as zlib does."""

import struct
from typing import cast

from isal import isal_zlib

# Bytes, of all rows: the pixels of the largest canvas that is not reduced. Larger ones are left to
# Pillow, which needs no second copy of them.
MAX_ROWS = 2048 * (1 + 4 * 2048)
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the header's type of colour
_STORED = struct.Struct("<BHH")  # whether it is the last block, its length, and that inverted
_BLOCK = 0xFFFF  # bytes, the longest stored block
_DAMAGED = cast(type[Exception], isal_zlib.IsalError)  # its stub takes it for an instance
_ZLIB_HEADER = b"\x78\x01"


def store_plainly(packed: bytes, header: tuple[int, int, int, int, int]) -> bytes | None:
    """Return a zlib stream with the same content, but not compressed: only copied when it is read.

    Args:
        packed: the content of the IDAT chunks.
        header: width, height, bits a channel, type of colour, and whether it is interlaced.

    Returns:
        None if this is not possible: for Pillow to judge the file as it is.
    """
    width, height, depth, colour, interlaced = header
    size = height * (1 + (width * depth * _CHANNELS.get(colour, 0) + 7) // 8)
    if interlaced or size > MAX_ROWS:
        return None
    unpacker = isal_zlib.decompressobj()
    try:
        rows = unpacker.decompress(packed, size + 1)
    except _DAMAGED:
        return None
    if len(rows) != size or not unpacker.eof:
        return None
    return store(rows)


def store(rows: bytes) -> bytes:
    """Return a zlib stream that holds bytes, one at least, as they are."""
    parts: list[bytes | memoryview] = [_ZLIB_HEADER]
    view = memoryview(rows)
    for start in range(0, len(rows), _BLOCK):
        block = view[start : start + _BLOCK]
        is_last = start + _BLOCK >= len(rows)
        parts += [_STORED.pack(is_last, len(block), len(block) ^ _BLOCK), block]
    return b"".join([*parts, struct.pack(">I", isal_zlib.adler32(rows))])
