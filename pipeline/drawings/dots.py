"""Find the dots of dotted paper."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.drawings.pieces import Piece

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

MIN_DOTS = 16
MAX_DOT = 0.04  # of the canvas's side
MIN_LATTICE_SHARE = 0.6  # of the small pieces lie on one lattice
MIN_NEIGHBOURS = 2  # of the four places next to a dot, that have a dot too
MIN_STEP = 6.0  # pixels, between the dots of paper; in noise they are closer
MOST_ALIKE = 4
TOLERANCE = 1.6  # pixels, from a place on the lattice


def find_dots(pieces: Sequence[Piece], side: int) -> list[Piece]:
    """Return the small pieces that lie on a lattice parallel to the edges of the canvas.

    Rain and other dots that a hand made do not lie on a lattice.

    Args:
        pieces: of the whole canvas.
        side: the longer side of the canvas, in pixels.
    """
    limit = max(3.0, MAX_DOT * side)
    small = [piece for piece in pieces if max(piece.height, piece.width) <= limit]
    if len(small) < MIN_DOTS:
        return []
    centres = np.array(
        [((piece.top + piece.bottom) / 2, (piece.left + piece.right) / 2) for piece in small]
    )
    on_lattice = _find_lattice(centres)
    if np.count_nonzero(on_lattice) < max(MIN_DOTS, MIN_LATTICE_SHARE * len(small)):
        return []
    return [piece for piece, is_dot in zip(small, on_lattice, strict=True) if is_dot]


def _find_lattice(centres: Points) -> Mask:
    """Return which points lie on a square lattice.

    Args:
        centres: float64 `(n, 2)`.
    """
    tree = cKDTree(centres)
    # In whole 64ths of a pixel: then all squares of distances below are exact.
    step = math.floor(64 * float(np.median(tree.query(centres, k=2)[0][:, 1])) + 0.5) / 64
    if step < MIN_STEP:
        return np.zeros(len(centres), bool)
    steps = step * np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])
    beside = np.stack([tree.query(centres + move, k=1)[0] <= TOLERANCE for move in steps])
    inner: Mask = beside.sum(axis=0) >= MIN_NEIGHBOURS
    if not inner.any():
        return inner
    # A dot at the edge, or one whose neighbours are hidden by ink, has fewer neighbours. It is on
    # the lattice if it has the right distance from the nearest dot that is.
    known = centres[inner]
    away = centres - known[_find_nearest(known, centres)]
    phase = np.abs(away - step * np.rint(away / step)).max(axis=1)
    on_lattice: Mask = inner | (phase <= TOLERANCE)
    return on_lattice


def _find_nearest(known: Points, points: Points) -> NDArray[np.int64]:
    """Return for each point the place of the nearest known one; of equally near ones the first."""
    # On a lattice at most four are equally near, around the middle of a square.
    count = min(MOST_ALIKE, len(known))
    distances, places = cKDTree(known).query(points, k=range(1, count + 1))
    alike = distances == distances[:, :1]
    first: NDArray[np.int64] = np.where(alike, places, len(known)).min(axis=1)
    return first
