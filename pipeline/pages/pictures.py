"""Encode grey images as PNG files, also as data: URIs, so that a page holds its pictures itself."""

import base64
import struct

import numpy as np

from pipeline.drawings import Images
from pipeline.drawings.png_file import PNG_SIGNATURE, make_chunk
from pipeline.drawings.png_inflating import store

_HEADER = struct.Struct(">IIBBBBB")  # width, height, bits, grey, and three that are always 0
_BITS = 8


def encode_png(image: Images) -> bytes:
    """Return a grey image, uint8 `(height, width)`, as a PNG file.

    The pixels are stored as they are: compressed bytes differ between the versions of a library,
    and pages have to be the same on every machine.
    """
    height, width = image.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = image
    header = _HEADER.pack(width, height, _BITS, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", store(rows.tobytes())), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(map(make_chunk, *zip(*chunks, strict=True)))


def encode_data_uri(drawing: Images) -> str:
    """Return a drawing, uint8 `(28, 28)`, as a PNG in a data: URI, dark ink on light paper."""
    return "data:image/png;base64," + base64.b64encode(encode_png(255 - drawing)).decode()
