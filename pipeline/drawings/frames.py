"""Peel frames and bars off a canvas: what its page shows around the paper is no ink."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images
from pipeline.drawings.centring import INK_THRESHOLD
from pipeline.drawings.paper import (
    Colour,
    count_ink,
    cut_border,
    find_middle_colour,
    measure_distance,
)

Mask = NDArray[np.bool_]
Shares = NDArray[np.float64]
Box = tuple[int, int, int, int]

# Fainter pixels, as a share of the strongest ink, are paper texture or shadows.
MIN_INK_SHARE = 0.2
MAX_LEVELS = 8  # two for a frame: its outer edge, and its inner edge
# A line of pixels belongs to a frame if it has this share of ink, and the line before it much less.
# A drawing, even if it is filled in, gets wider bit by bit.
MIN_FRAME_SHARE = 0.5
MIN_FRAME_JUMP = 0.4
MAX_FRAME_MARGIN = 0.1  # of the side; a rectangle farther from the edge is a drawing
MAX_RULE = 0.03  # of the side, is as wide as a line of a grid
MAX_COLOUR_DISTANCE = 40  # of the pixels of a bar from its middle colour, in each channel
MIN_BAR_SHARE = 0.97  # of the pixels of each line of a bar are unlike the paper
MAX_AFTER_BAR_SHARE = 0.6  # of the first line after it
MAX_BAR = 0.46  # of the side, for a bar at one edge
MIN_LEFT = 16  # pixels, of each side of what is left


class Sheet(NamedTuple):
    """The part of a canvas that is paper with ink.

    `pixels`: uint8 `(height, width, channels)`. `strength`: uint8 `(height, width)`, the distance
    from the paper's colour. `ink`: bool, where that is enough for ink. `in_rows`, `in_columns`:
    int64, how many pixels of each row and column are ink.
    """

    paper: Colour
    pixels: Images
    strength: Images
    ink: Mask
    in_rows: NDArray[np.int64]
    in_columns: NDArray[np.int64]


def find_paper(pixels: Images) -> Sheet:
    """Take what most of the border shows for paper, and return what differs from it."""
    return lay_on(pixels, find_middle_colour(cut_border(pixels)))


def lay_on(pixels: Images, paper: Colour) -> Sheet:
    """Return the sheet whose paper has this colour."""
    strength = measure_distance(pixels, paper)
    # Rounded down: levels are whole numbers, and comparing bytes with those is much faster.
    ink = strength > max(INK_THRESHOLD, int(MIN_INK_SHARE * int(strength.max())))
    return Sheet(paper, pixels, strength, ink, *count_ink(ink))


def peel_frames(pixels: Images) -> Sheet:
    """Return the sheet inside of all frames and bars.

    Each step peels one level: what lies around a bar or frame, or the bar or frame itself. If
    nothing is left, or nothing but plain paper, then the frame is the drawing, and stays.

    Args:
        pixels: uint8 `(height, width, channels)`.
    """
    whole = sheet = find_paper(pixels)
    for _ in range(MAX_LEVELS):
        inner = _peel_level(sheet)
        if inner is None:
            break
        sheet = find_paper(inner)
        if not sheet.in_rows.any():
            return whole
    return sheet


def _peel_level(sheet: Sheet) -> Images | None:
    """Return what lies inside of the outermost frame or bars; None if there is neither."""
    height, width = sheet.ink.shape
    rows, columns = sheet.in_rows / width, sheet.in_columns / height
    ends = _find_frame(rows, columns)
    if ends is None:
        ends = _find_bars(rows, columns)
        if ends is None or not _is_plain(sheet.pixels, ends):
            return None
    top, bottom, left, right = ends
    inner = sheet.pixels[top:bottom, left:right]
    return inner if min(inner.shape[:2]) >= MIN_LEFT else None


def _is_plain(pixels: Images, ends: Box) -> bool:
    """Return whether each bar has one colour: then no part of a drawing is in it."""
    top, bottom, left, right = ends
    parts = [pixels[:top], pixels[bottom:], pixels[:, :left], pixels[:, right:]]
    for part in parts:
        flat = part.reshape(-1, pixels.shape[2])
        if not len(flat):
            continue
        away = np.abs(flat.astype(np.int16) - np.array(find_middle_colour(flat), np.int16))
        if (away <= MAX_COLOUR_DISTANCE).mean(axis=0).min() < MIN_BAR_SHARE:
            return False
    return True


def _find_frame(rows: Shares, columns: Shares) -> Box | None:
    """Return the box of a frame, or of what is inside if its colour was taken for paper.

    Args:
        rows: the share of ink in each row.
        columns: likewise.

    Returns:
        The first row, the row after the last, and likewise the columns; None without a frame.
    """
    across, down = _find_jumps(rows), _find_jumps(columns)
    if across is None or down is None:
        return None
    margins = [
        (first / len(shares), (len(shares) - end) / len(shares))
        for (first, end), shares in ((across, rows), (down, columns))
    ]
    # Near all four edges; or from edge to edge in one direction, between two bars without ink.
    near = all(0 < margin <= MAX_FRAME_MARGIN for pair in margins for margin in pair)
    between = any(
        max(one) == 0 < min(other) <= max(other) <= MAX_BAR and _is_blank_outside(ends, shares)
        for one, other, ends, shares in (
            (margins[0], margins[1], down, columns),
            (margins[1], margins[0], across, rows),
        )
    )
    return (*across, *down) if near or between else None


def _is_blank_outside(ends: tuple[int, int], shares: Shares) -> bool:
    outside = np.concatenate([shares[: ends[0]], shares[ends[1] :]])
    return bool((outside <= 1 - MIN_BAR_SHARE).all())


def _find_jumps(shares: Shares) -> tuple[int, int] | None:
    """Return the first line with much ink and the line after the last, if both begin at once."""
    much = np.flatnonzero(shares >= MIN_FRAME_SHARE)
    if not len(much):
        return None
    first, last = int(much[0]), int(much[-1])
    if _count_rules(shares) > 2:  # noqa: PLR2004 - a frame has two; more are a grid
        return None
    before = shares[first - 1] if first else 0.0
    after = shares[last + 1] if last + 1 < len(shares) else 0.0
    jumps = (shares[first] - before, shares[last] - after)
    return (first, last + 1) if min(jumps) >= MIN_FRAME_JUMP else None


def _count_rules(shares: Shares) -> int:
    """Return how many narrow lines have much ink, with little on both sides."""
    reach = max(2, round(MAX_RULE * len(shares)))
    low = np.pad(shares, reach, constant_values=1.0)
    beside = np.maximum(low[: -2 * reach], low[2 * reach :])
    rules = shares - beside >= MIN_FRAME_JUMP
    return int(np.count_nonzero(np.diff(np.pad(rules, 1).astype(np.int8)) == 1))


def _find_bars(rows: Shares, columns: Shares) -> Box | None:
    """Return the box inside of bars along the edges; None if there is none."""
    ends = [
        (_measure_bar(shares), len(shares) - _measure_bar(shares[::-1]))
        for shares in (rows, columns)
    ]
    if ends == [(0, len(rows)), (0, len(columns))]:
        return None
    (top, bottom), (left, right) = ends
    return (top, bottom, left, right) if top < bottom and left < right else None


def _measure_bar(shares: Shares) -> int:
    """Return how many lines from the first on belong to a bar."""
    ends = np.flatnonzero(shares < MIN_BAR_SHARE)
    if not len(ends):
        return 0
    width = int(ends[0])
    is_bar = 0 < width <= MAX_BAR * len(shares) and shares[width] <= MAX_AFTER_BAR_SHARE
    return width if is_bar else 0
