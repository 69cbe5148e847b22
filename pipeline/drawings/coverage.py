"""Find in whole numbers which pixels a round pen covers as it moves along a line."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images

PARTS = 16
"""Places are counted in so many parts of a pixel, from the edge of the paper."""
MIDDLE = PARTS // 2  # of a pixel
AT_ONCE = 256  # points or pieces of lines: many more would take much memory

Numbers = NDArray[np.int64]
Span = tuple[Numbers, Numbers]


def cover_lines(lines: list[Numbers], radius: int, side: int) -> Images:
    """Return the paper with lines drawn by a round pen.

    A pixel is covered if its middle is nowhere farther than the radius from a line. In each row of
    pixels the pen covers one span around each point, and one along each piece between two points.

    Args:
        lines: int64 `(n, 2)` each, n at least 1: x and y of points in PARTS of a pixel; the pen
            stays on the paper everywhere.
        radius: of the pen, in PARTS of a pixel.
        side: of the paper, in pixels.

    Returns:
        uint8 `(side, side)`, 255 where it is covered.
    """
    # Where spans begin, less where they end; a row is one longer than the paper.
    changes = np.zeros((side, side + 1), np.int64)
    points = np.concatenate(lines)
    starts = np.concatenate([line[:-1] for line in lines])
    ends = np.concatenate([line[1:] for line in lines])
    for first in range(0, len(points), AT_ONCE):
        _draw_points(changes, points[first : first + AT_ONCE], radius)
    for first in range(0, len(starts), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        _draw_pieces(changes, starts[part], ends[part], radius)
    covered = changes.cumsum(axis=1)[:, :-1] > 0
    return np.where(covered, np.uint8(255), np.uint8(0))


def _draw_points(changes: Numbers, points: Numbers, radius: int) -> None:
    """Add the spans that the pen covers when it touches the paper at points."""
    rows, owners = _list_rows(points[:, 1] - radius, points[:, 1] + radius)
    x, y = points[owners].T
    half = _find_root(radius * radius - (PARTS * rows + MIDDLE - y) ** 2)
    _add_spans(changes, rows, x - half, x + half)


def _draw_pieces(changes: Numbers, starts: Numbers, ends: Numbers, radius: int) -> None:
    """Add the spans that are beside straight pieces, and no farther from them than the radius."""
    tops, bottoms = np.minimum(starts, ends)[:, 1], np.maximum(starts, ends)[:, 1]
    rows, owners = _list_rows(tops - radius, bottoms + radius)
    x, y = starts[owners].T
    right, down = (ends - starts)[owners].T
    length = right * right + down * down
    below = PARTS * rows + MIDDLE - y
    # Of a place at (across, below) from the start, `down * across - right * below` is the distance
    # from the line, and `right * across + down * below` how far along the line it is, both times
    # the length of the piece.
    far = _find_root(radius * radius * length)
    near_low, near_high = _divide(right * below - far, right * below + far, down)
    along_low, along_high = _divide(-down * below, length - down * below, right)
    low, high = np.maximum(near_low, along_low), np.minimum(near_high, along_high)
    _add_spans(changes, rows, x + low, x + high)


def _list_rows(lowest: Numbers, highest: Numbers) -> tuple[Numbers, Numbers]:
    """Return the rows whose middles lie from `lowest` to `highest`, and the index of their range.

    Args:
        lowest: int64 `(n,)`, in PARTS of a pixel.
        highest: likewise.
    """
    first, end = -((MIDDLE - lowest) // PARTS), (highest - MIDDLE) // PARTS + 1
    counts = end - first
    owners = np.repeat(np.arange(len(counts)), counts)
    return np.arange(len(owners)) + (first - (counts.cumsum() - counts))[owners], owners


def _add_spans(changes: Numbers, rows: Numbers, low: Numbers, high: Numbers) -> None:
    """Count spans of places; those that hold no middle of a pixel are left out."""
    first, end = -((MIDDLE - low) // PARTS), (high - MIDDLE) // PARTS + 1
    is_span = first < end
    rows = rows[is_span]
    np.add.at(changes, (rows, first[is_span]), 1)
    np.add.at(changes, (rows, end[is_span]), -1)


def _divide(low: Numbers, high: Numbers, divisor: Numbers) -> Span:
    """Return the whole numbers from `low` to `high` after division.

    By zero: all numbers if zero lies between them, else none.
    """
    by = np.where(divisor == 0, 1, divisor)
    first, last = np.where(by > 0, low, high), np.where(by > 0, high, low)
    everything = 1 << 30
    fits = (low <= 0) & (high >= 0)
    return (
        np.where(divisor == 0, np.where(fits, -everything, everything), -(-first // by)),
        np.where(divisor == 0, np.where(fits, everything, -everything), last // by),
    )


def _find_root(squares: Numbers) -> Numbers:
    """Return the roots, rounded down. Below 2 ** 52 a float64's root is never rounded up to one."""
    return np.sqrt(squares.astype(np.float64)).astype(np.int64)
