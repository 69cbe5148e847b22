"""Players who draw a little otherwise than Quick, Draw!: all that they draw is slanted."""

import io
import math

from PIL import Image

SLANT_DEGREES, SHEAR = 6.0, 0.1
"""A canvas is turned by so much, and its rows are moved sideways by this share of their height."""


def slant(png: bytes) -> bytes:
    """Turn and shear a canvas about its centre.

    Args:
        png: a canvas whose first pixel is its ground.
    """
    canvas = Image.open(io.BytesIO(png))
    cosine, sine = (function(math.radians(SLANT_DEGREES)) for function in (math.cos, math.sin))
    # The inverse map, from the new place (x, y) to the old one: sheared, then turned.
    a, b, d, e = cosine, sine + cosine * SHEAR, -sine, cosine - sine * SHEAR
    x, y = canvas.width / 2, canvas.height / 2
    moved = canvas.transform(
        canvas.size,
        Image.Transform.AFFINE,
        (a, b, x - a * x - b * y, d, e, y - d * x - e * y),
        Image.Resampling.BILINEAR,
        fillcolor=canvas.getpixel((0, 0)),
    )
    buffer = io.BytesIO()
    moved.save(buffer, "PNG")
    return buffer.getvalue()
