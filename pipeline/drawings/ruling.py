"""Remove straight lines parallel to the edges of the canvas: grids and rules of its paper."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images
from pipeline.drawings.frames import Sheet

Mask = NDArray[np.bool_]

MIN_LINE_SHARE = 0.9  # of the length of a line, from edge to edge, must be ink
MIN_INSET_SHARE = 0.7  # of the canvas, is as long as lines that end before its edges
MIN_INSET_LINES = 3  # with the same ends
MAX_END_DISTANCE = 3  # pixels
MAX_WIDTH = 0.03  # of the side; what is wider is no rule
MAX_BESIDE = 0.6  # of the ink of a line, in the rows next to it
MAX_COLOUR_DISTANCE = 48  # of the line from its own middle colour; other pixels are ink over it
REACH = 2  # pixels by which a slanted stroke may move where it crosses a line


class _Line:
    """Rows from `first` up to `end` (exclusive) with ink from `left` to `right` (exclusive)."""

    def __init__(self, first: int, end: int, left: int, right: int) -> None:
        self.first, self.end, self.left, self.right = first, end, left, right


def remove_ruling(sheet: Sheet) -> Mask:
    """Return the ink without the lines that run through the whole canvas.

    Where a stroke crosses a line it is kept: there the colour is not the line's, or ink goes on
    on both sides of the line. A drawing that would vanish is one of lines, and stays.

    Returns:
        bool `(height, width)`; `sheet.ink` itself if there are no such lines.
    """
    ink, pixels = sheet.ink, sheet.pixels
    across, down = _find_lines(ink, sheet.in_rows), _find_lines(ink.T, sheet.in_columns)
    if not across and not down:
        return ink
    without = ink.copy()
    # Where lines cross each other, the ink on both sides of one is the other: so that they are all
    # known before the first is removed.
    _blank(without, across)
    _blank(without.T, down)
    for lines, turned, colours in (
        (across, without, pixels),
        (down, without.T, pixels.swapaxes(0, 1)),
    ):
        for line in lines:
            _bridge(turned, line, colours)
    return without if without.any() else ink


def _find_lines(ink: Mask, counts: NDArray[np.int64]) -> list[_Line]:
    """Return the horizontal lines; `counts`: how many pixels of each row are ink."""
    height, width = ink.shape
    candidates = np.flatnonzero(counts >= MIN_INSET_SHARE * width)
    if not len(candidates):
        return []
    groups = np.split(candidates, np.flatnonzero(np.diff(candidates) > 1) + 1)
    lines = []
    for group in groups:
        first, last = int(group[0]), int(group[-1])
        beside = [counts[row] for row in (first - 2, last + 2) if 0 <= row < height]
        if len(group) > max(2, MAX_WIDTH * height) or (
            beside and max(beside) > MAX_BESIDE * counts[group].max()
        ):
            continue
        row = ink[group].any(axis=0)
        inked = np.flatnonzero(row)
        lines.append(_Line(first, last + 1, int(inked[0]), int(inked[-1]) + 1))
    whole = [
        line
        for line in lines
        if line.left <= REACH
        and line.right >= width - REACH
        and counts[line.first : line.end].max() >= MIN_LINE_SHARE * width
    ]
    inset = [
        line
        for line in lines
        if sum(
            abs(line.left - other.left) + abs(line.right - other.right) <= MAX_END_DISTANCE
            for other in lines
        )
        >= MIN_INSET_LINES
    ]
    return [line for line in lines if line in whole or line in inset]


def _blank(ink: Mask, lines: list[_Line]) -> None:
    for line in lines:
        ink[line.first : line.end, line.left : line.right] = False


def _bridge(ink: Mask, line: _Line, pixels: Images) -> None:
    """Draw again what crosses a line: ink of another colour, and ink that goes on beyond it."""
    colours = pixels[line.first : line.end, line.left : line.right].astype(np.int16)
    middle = np.median(colours.reshape(-1, pixels.shape[2]), axis=0)
    other = np.abs(colours - middle).max(axis=2) > MAX_COLOUR_DISTANCE
    above = _spread(ink[max(0, line.first - 1)])
    below = _spread(ink[min(len(ink) - 1, line.end)])
    beyond = (above & below)[line.left : line.right]
    near = _spread(ink[max(0, line.first - 1)] | ink[min(len(ink) - 1, line.end)])
    kept = beyond | (other & near[line.left : line.right])
    ink[line.first : line.end, line.left : line.right] |= kept


def _spread(row: Mask) -> Mask:
    """Return the row with each pixel spread to both sides."""
    wide = row.copy()
    for step in range(1, REACH + 1):
        wide[step:] |= row[:-step]
        wide[:-step] |= row[step:]
    return wide
