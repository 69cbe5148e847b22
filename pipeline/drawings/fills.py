"""Tell strokes from areas of colour: fills inside of outlines, painted grounds, watermarks."""

import functools

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.drawings.arrays import Images
from pipeline.drawings.colours import (
    Colours,
    Palette,
    assign_colours,
    count_contacts,
    find_colours,
    measure_distances,
    sample_ink,
)
from pipeline.drawings.distances import UNIT
from pipeline.drawings.frames import Sheet
from pipeline.drawings.pieces import measure_extent
from pipeline.drawings.quantiles import find_quantile

Mask = NDArray[np.bool_]

JUDGED_SIDE = 512  # pixels, of the longer side, at which areas are judged
MIN_THICKNESS = 2.5  # an area is so many times as thick as the strokes
MIN_OUTLINED = 0.6  # of the edge of a fill lies at strokes of one colour
MIN_EXPOSED = 0.25  # of the edge of those lies at the paper
MAX_WASHED = 4  # colours, of strokes and washes; the steps of a brush of many colours are more
MIN_WASH_CONTACT = 0.25  # of the edge of a loose fill lies at its outline
MAX_WASH_OUTSIDE = 0.1  # of the extent of the outline
MAX_SLOPE_STEP = 48  # levels between two steps of a ground whose colour changes evenly
MIN_SLOPE_CONTACT = 0.3  # of the edge of a step lies at the next steps
MIN_BORDER_SHARE = 0.07  # of the canvas's border belongs to a ground
MIN_GROUND_SHARE = 0.4  # of the canvas, or so much of it
MIN_GROUND_EXTENT = 0.8  # and so much of its width and height
MAX_PALE = 0.4  # of the distance of the strongest strokes from the paper
MIN_EXTENT = 0.4  # of the extent of all ink, of the strokes that are left
DEPTH_QUANTILE = 80  # hundredths
EDGE = 0.5  # a pixel is ink if it is nearer to a stroke's colour than to any ground's


def keep_strokes(sheet: Sheet, ink: Mask) -> Mask:
    """Return the ink of a canvas without its areas of colour, if it has strokes of another colour.

    An area is left out if strokes run along its edge (a fill: its outline is the drawing), or if it
    covers much of the canvas's border (a painted ground). Strokes far paler than the others are
    left out if the others are the greater part (a watermark). Everything else stays: a shape that
    is filled in without an outline is a drawing as well.

    Args:
        sheet: the canvas.
        ink: bool `(height, width)`, what may be strokes.

    Returns:
        bool `(height, width)`; `ink` itself if there is nothing to leave out.
    """
    paper = np.array(sheet.paper, np.int16)
    colours = find_colours(*sample_ink(sheet.pixels, ink), paper)
    if len(colours) < 2:  # noqa: PLR2004 - with one colour there is nothing to tell apart
        return ink
    # Areas are judged at a lower resolution, so that the largest canvas takes no more memory.
    step = -(-max(ink.shape) // JUDGED_SIDE)
    palette = assign_colours(sheet.pixels[::step, ::step], [paper, *colours])
    strokes, grounds = _sort_colours(palette)
    if not grounds or not strokes:
        return ink
    kept = _compare(sheet.pixels, palette.colours[strokes], palette.colours[[0, *grounds]])
    kept &= ink
    return kept if _is_drawing(kept, ink, palette, grounds) else ink


def _sort_colours(palette: Palette) -> tuple[list[int], list[int]]:
    """Return which colours are strokes, and which are grounds, fills or a watermark."""
    numbers = range(1, len(palette.colours))
    away = np.abs(palette.colours - palette.colours[0]).max(axis=1)
    pale = [number for number in numbers if away[number] <= MAX_PALE * away.max()]
    depths = {number: _measure_thickness(palette.nearest == number) for number in numbers}
    pen = min(depths[number] for number in numbers if number not in pale)
    areas = [number for number in numbers if depths[number] >= MIN_THICKNESS * pen]
    grounds = [number for number in numbers if _is_ground(palette.nearest == number)]
    pale = [number for number in pale if number not in areas]
    contacts = count_contacts(palette.nearest, len(away))
    grounds += _follow_slopes(palette.colours, contacts, grounds, areas)
    strokes = [number for number in numbers if number not in {*grounds, *pale}]
    fills = [number for number in strokes if _is_fill(number, strokes, contacts)]
    if len(strokes) <= MAX_WASHED:
        fills += [
            number
            for number in strokes
            if number not in fills and _is_wash(number, strokes, palette, contacts)
        ]
    left_out = sorted({*grounds, *pale, *fills})
    return [number for number in numbers if number not in left_out], left_out


def _measure_thickness(area: Mask) -> float:
    """Return how deep the pixels of an area mostly lie in it, in pixels."""
    rows, columns = (np.flatnonzero(area.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0.0
    # Of what lies around the box of the area, the next row and column are the nearest.
    area = area[
        max(int(rows[0]) - 1, 0) : int(rows[-1]) + 2,
        max(int(columns[0]) - 1, 0) : int(columns[-1]) + 2,
    ]
    depth = ndimage.distance_transform_edt(area)[area]
    # In whole parts of a pixel, so that it does not depend on how a quantile is computed.
    parts = np.floor(UNIT * depth + 0.5).astype(np.int64)
    return find_quantile(parts, DEPTH_QUANTILE) / UNIT


def _is_ground(area: Mask) -> bool:
    """Return whether a colour covers much of the border, or nearly the whole canvas."""
    border = np.concatenate([area[0], area[-1], area[:, 0], area[:, -1]])
    if border.mean() >= MIN_BORDER_SHARE:
        return True
    if area.mean() < MIN_GROUND_SHARE:
        return False
    extents = [
        np.ptp(np.flatnonzero(area.any(axis=axis))) / area.shape[1 - axis] for axis in (0, 1)
    ]
    return bool(min(extents) >= MIN_GROUND_EXTENT)


def _follow_slopes(
    colours: Colours, contacts: NDArray[np.int64], grounds: list[int], areas: list[int]
) -> list[int]:
    """Return the areas that are ground too, as their colour goes over into that of a ground."""
    known, found = [0, *grounds], True
    while found:
        found = False
        for number in areas:
            near = [
                other
                for other in known
                if np.abs(colours[number] - colours[other]).max() <= MAX_SLOPE_STEP
            ]
            beside = contacts[number, near].sum()
            if number not in known and beside >= MIN_SLOPE_CONTACT * contacts[number].sum() > 0:
                known.append(number)
                found = True
    return known[1 + len(grounds) :]


def _is_fill(number: int, strokes: list[int], contacts: NDArray[np.int64]) -> bool:
    """Return whether strokes of one colour lie between a colour and the paper.

    The strokes of an outline touch the paper outside. A stroke on a fill does not: what it touches
    is the fill.
    """
    outlined = max(
        (
            int(contacts[number, other])
            for other in strokes
            if other != number and contacts[other, 0] >= MIN_EXPOSED * contacts[other].sum()
        ),
        default=0,
    )
    return bool(outlined >= MIN_OUTLINED * contacts[number].sum() > 0)


def _is_wash(
    number: int, strokes: list[int], palette: Palette, contacts: NDArray[np.int64]
) -> bool:
    """Return whether a colour was laid loosely below an outline that contrasts more with the paper.

    The outline then extends nearly as far in all directions, and hides much of the colour's edge.
    """
    away = np.abs(palette.colours - palette.colours[0]).max(axis=1)
    stronger = [other for other in strokes if away[other] > away[number]]
    if not stronger:
        return False
    outline = max(stronger, key=lambda other: int(contacts[number, other]))
    # Without contact the colour, or that of the outline, may be nearest to no pixel at all.
    if not 0 < MIN_WASH_CONTACT * contacts[number].sum() <= contacts[number, outline]:
        return False
    for axis in (0, 1):
        inner, outer = (
            np.flatnonzero((palette.nearest == colour).any(axis=axis))
            for colour in (number, outline)
        )
        slack = MAX_WASH_OUTSIDE * (outer[-1] - outer[0])
        if inner[0] < outer[0] - slack or inner[-1] > outer[-1] + slack:
            return False
    return True


def _compare(pixels: Images, strokes: Colours, grounds: Colours) -> Mask:
    """Return which pixels are nearer to the colour of a stroke than to that of any ground."""
    channels = [channel.astype(np.int16) for channel in np.moveaxis(pixels, 2, 0)]
    to_strokes, to_grounds = (
        functools.reduce(np.minimum, (measure_distances(channels, colour) for colour in colours))
        for colours in (strokes, grounds)
    )
    return np.asarray(to_strokes < to_grounds)


def _is_drawing(kept: Mask, ink: Mask, palette: Palette, grounds: list[int]) -> bool:
    """Return whether what is kept extends far enough, compared with all ink but the grounds."""
    if not kept.any():
        return False
    areas = np.isin(palette.nearest, grounds)
    border = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
    if border.mean() >= MIN_BORDER_SHARE:
        return True
    return measure_extent(kept) >= MIN_EXTENT * measure_extent(ink)
