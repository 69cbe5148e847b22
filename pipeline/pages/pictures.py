"""Encode grey images as PNG files, also as data: URIs, so that a page holds its pictures itself."""

import base64
import io

from PIL import Image

from pipeline.drawings import Images


def encode_png(image: Images) -> bytes:
    """Return a grey image, uint8 `(height, width)`, as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def encode_data_uri(drawing: Images) -> str:
    """Return a drawing, uint8 `(28, 28)`, as a PNG in a data: URI, dark ink on light paper."""
    return "data:image/png;base64," + base64.b64encode(encode_png(255 - drawing)).decode()
