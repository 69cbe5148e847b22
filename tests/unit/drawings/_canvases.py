"""Canvases to test with: PNG files of pictures and of single chunks, and what becomes of them."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from emulator.players.sketches import sketch_rows
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidDrawing

Picture = NDArray[np.uint8]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_of(picture: Any) -> bytes:
    """A PNG of a picture, uint8 (height, width) in grey or (height, width, channels)."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(picture, np.uint8)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def row_of(category: str, seed: int) -> Picture:
    """A sketch of the category as Google's renderer would make it; uint8 (28, 28)."""
    return sketch_rows(category, 1, seed)[0].reshape(28, 28)


def difference(one: Picture, other: Picture) -> float:
    """The mean difference in grey levels, in the best of the nine places within a pixel.

    The centroid crop rounds, so equal drawings may lie one pixel apart.
    """
    moved = [np.roll(other, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(float(np.abs(one.astype(float) - place).mean()) for place in moved)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def chunks_of(png: bytes) -> list[tuple[bytes, bytes]]:
    chunks, start = [], len(SIGNATURE)
    while start < len(png):
        (length,) = struct.unpack_from(">I", png, start)
        chunks.append((png[start + 4 : start + 8], png[start + 8 : start + 8 + length]))
        start += 12 + length
    return chunks


def canvas(side: int = 60) -> Picture:
    """White ink on black: a ring with a tail."""
    y, x = np.mgrid[:side, :side]
    away = np.hypot(y - side / 2, x - side / 2)
    ink = (np.abs(away - side / 4) < 2) | (
        (np.abs(y - side / 2) < 1) & (x > side / 2) & (x < side - 8)
    )
    return ink.astype(np.uint8) * 255


def reason_for(png: bytes) -> str:
    with pytest.raises(InvalidDrawing) as refused:
        normalize_canvas(png)
    assert "\n" not in str(refused.value)
    return refused.value.reason


def assert_drawing_or_refusal(png: bytes) -> None:
    """Check that the bytes become a drawing or InvalidDrawing. Any other error fails the test."""
    try:
        drawing = normalize_canvas(png)
    except InvalidDrawing as fault:
        assert fault.reason in {"unreadable_image", "blank", "scribble"}  # noqa: PT017
    else:
        assert (drawing.shape, drawing.dtype) == ((28, 28), np.uint8)
        assert drawing.max() > 25
