"""Put a canvas on the sheet on which its player saw it: decide what transparent pixels are."""

from collections.abc import Iterator

import numpy as np

from pipeline.drawings.arrays import Images
from pipeline.drawings.canvas_file import FULL, Canvas
from pipeline.drawings.paper import Colour, cut_border, find_middle_colour

MIN_ALPHA = 128  # of a pixel that counts as opaque
WHITE, BLACK = 255, 0
MIN_GROUND_SHARE = 0.6  # of the border that is opaque, and of that border that has one colour
MAX_GROUND_DISTANCE = 32  # from that colour, in any channel


def lay_on_sheets(canvas: Canvas) -> Iterator[Images]:
    """Yield the canvas on each sheet on which its player may have seen it, the likeliest first.

    On an opaque ground, transparent pixels are where an eraser went (`destination-out` in a
    browser), so they are ground too. Without such a ground the canvas is transparent, and lies on
    a white page. White ink cannot be seen there, so a black page comes last.

    Yields:
        uint8 `(height, width, channels)`, as the canvas has them.
    """
    pixels, alpha = canvas
    if alpha is None:  # what lies behind cannot be seen
        yield pixels
        return
    ground = _find_ground(pixels, alpha)
    pages = [(level,) * pixels.shape[2] for level in (WHITE, BLACK)]
    for sheet in dict.fromkeys([*([ground] if ground else []), *pages]):
        planes = np.stack([_lay_on(pixels[..., i], alpha, part) for i, part in enumerate(sheet)])
        yield np.moveaxis(planes, 0, 2)


def _lay_on(channel: Images, alpha: Images, level: int) -> Images:
    """Return a channel of what is seen of the canvas on a sheet, rounded."""
    # At most 255 * 255 + 127, which 16 bits hold.
    seen = channel * alpha.astype(np.uint16)
    if level:
        seen += (FULL - alpha) * np.uint16(level)
    seen += FULL // 2
    seen //= FULL
    return seen.astype(np.uint8)


def _find_ground(pixels: Images, alpha: Images) -> Colour | None:
    """Return the colour of the opaque ground; None if the border shows that there is none."""
    border = cut_border(pixels)
    is_opaque = cut_border(alpha[..., None])[:, 0] >= MIN_ALPHA
    opaque = border[is_opaque]
    if len(opaque) < MIN_GROUND_SHARE * len(border):
        return None
    ground = find_middle_colour(opaque)
    away = np.abs(opaque.astype(np.int16) - np.array(ground, np.int16)).max(axis=1)
    return ground if (away <= MAX_GROUND_DISTANCE).mean() >= MIN_GROUND_SHARE else None
