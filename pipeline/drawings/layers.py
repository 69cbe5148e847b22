"""Put a canvas on the sheet on which its player saw it: decide what transparent pixels are."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from pipeline.drawings.arrays import Images
from pipeline.drawings.paper import Colour, cut_border, find_middle_colour

FULL = 255  # alpha of an opaque pixel
MIN_ALPHA = 128  # of a pixel that counts as opaque
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
MIN_GROUND_SHARE = 0.6  # of the border that is opaque, and of that border that has one colour
MAX_GROUND_DISTANCE = 32  # from that colour, in any channel


def lay_on_sheets(picture: Image.Image) -> Iterator[Images]:
    """Yield the canvas on each sheet on which its player may have seen it, the likeliest first.

    On an opaque ground, transparent pixels are where an eraser went (`destination-out` in a
    browser), so they are ground too. Without such a ground the canvas is transparent, and lies on
    a white page. White ink cannot be seen there, so a black page comes last.

    Args:
        picture: RGBA.

    Yields:
        uint8 `(height, width, 3)`.
    """
    lowest, _ = picture.getchannel("A").getextrema()
    if lowest == FULL:  # what lies behind cannot be seen
        yield np.asarray(picture.convert("RGB"))
        return
    ground = _find_ground(np.asarray(picture))
    for sheet in dict.fromkeys([*([ground] if ground else []), WHITE, BLACK]):
        page = Image.new("RGBA", picture.size, sheet)
        page.alpha_composite(picture)
        yield np.asarray(page.convert("RGB"))


def _find_ground(pixels: Images) -> Colour | None:
    """Return the colour of the opaque ground; None if the border shows that there is none.

    Args:
        pixels: uint8 `(height, width, 4)`.
    """
    border = cut_border(pixels)
    opaque = border[border[:, 3] >= MIN_ALPHA, :3]
    if len(opaque) < MIN_GROUND_SHARE * len(border):
        return None
    ground = find_middle_colour(opaque)
    away = np.abs(opaque.astype(np.int16) - np.array(ground, np.int16)).max(axis=1)
    return ground if (away <= MAX_GROUND_DISTANCE).mean() >= MIN_GROUND_SHARE else None
