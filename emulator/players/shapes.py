"""The hand that draws: lines, arcs and rings as a person makes them, never quite straight and never quite closed."""

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float64]
Point = tuple[float, float]

TURN = 2 * np.pi
CENTRE: Point = (0.5, 0.5)


def at_angle(centre: Point, distance: float | Point, turns: float) -> Point:
    """The point that lies `distance` (or, on an ellipse, its two radii) from `centre` in the direction `turns`."""
    across, down = distance if isinstance(distance, tuple) else (distance, distance)
    return centre[0] + across * math.cos(TURN * turns), centre[1] + down * math.sin(TURN * turns)


def together(x: NDArray[np.float64], y: NDArray[np.float64]) -> Stroke:
    """One stroke, float64 (n, 2), from its float64 (n,) columns and rows."""
    stroke = np.empty((len(x), 2))
    stroke[:, 0] = x
    stroke[:, 1] = y
    return stroke


@functools.cache
def _sides(corners: int) -> NDArray[np.float64]:
    """The matrix that puts three points between each two of so many corners: float64 (4 * corners - 3, corners)."""
    at = np.arange(4 * corners - 3)[:, None] / 4
    shares: NDArray[np.float64] = np.maximum(0.0, 1 - np.abs(at - np.arange(corners)))
    return shares


class Hand:
    """One person at one drawing: every choice and every slip comes from `rng`.

    Coordinates are those of a sheet of paper, (0, 0) top left and (1, 1) bottom right; strokes may leave it. Angles are in
    turns, clockwise from three o'clock. Every stroke is float64 (n, 2), n >= 2, in the order in which the pen moved.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def chance(self, share: float) -> bool:
        """True in `share` (0 to 1) of the cases."""
        return self.rng.random() < share

    def between(self, low: float, high: float) -> float:
        """Any number from `low` to `high`."""
        return low + (high - low) * self.rng.random()

    def count(self, low: int, high: int) -> int:
        """Any whole number from `low` to `high`, both included."""
        return low + int((high - low + 1) * self.rng.random())

    def one_of(self, **shares: float) -> str:
        """One of the names, each as often as its share of the sum of all shares."""
        left = self.between(0, sum(shares.values()))
        for name, share in shares.items():
            left -= share
            if left < 0:
                return name
        return next(iter(shares))

    def line(self, *points: Point, slip: float = 0.02) -> Stroke:
        """A stroke through `points`, each missed by up to `slip` in x and in y.

        There are points on the way from corner to corner too, so that what bends a stroke later bends its sides.
        """
        corners = np.array(points) + slip * (2 * self.rng.random((len(points), 2)) - 1)
        return _sides(len(points)) @ corners

    def loop(self, *points: Point, slip: float = 0.02) -> Stroke:
        """A line that comes back to its first point, about."""
        return self.line(*points, points[0], slip=slip)

    def arc(self, centre: Point, radii: Point, start: float, end: float) -> Stroke:
        """Part of an ellipse with `radii` (horizontal, vertical), from angle `start` to angle `end`."""
        sides = 5 + int(18 * abs(end - start))
        angles = TURN * (start + (end - start) / sides * np.arange(sides + 1))
        return together(
            centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)
        )

    def ring(self, centre: Point, across: float, down: float | None = None) -> Stroke:
        """A whole ellipse of radius `across` (and `down`, if it is no circle), begun anywhere, with a gap or an overlap."""
        begin = self.between(0.5, 1.0)
        squash = self.between(0.9, 1.1)
        radii = (across * squash, (across if down is None else down) / squash)
        return self.arc(centre, radii, begin, begin + self.between(0.93, 1.07))

    def outline(
        self, centre: Point, radii: Point, distances: Sequence[float] | NDArray[np.float64]
    ) -> Stroke:
        """A closed shape: `distances` (1 = on the ellipse) at equally spaced angles, clockwise from twelve o'clock."""
        away = np.append(distances, distances[0])
        angles = TURN * (np.linspace(0, 1, len(away)) - 0.25)
        return together(
            centre[0] + radii[0] * away * np.cos(angles),
            centre[1] + radii[1] * away * np.sin(angles),
        )

    def scribble(self, centre: Point, radii: Point, turns: int) -> Stroke:
        """An ellipse filled with a zigzag of `turns` strokes from side to side."""
        heights = np.linspace(-0.95, 0.95, turns + 1)
        widths = np.sqrt(1 - heights**2) * np.where(np.arange(turns + 1) % 2, 1.0, -1.0)
        return together(centre[0] + radii[0] * widths, centre[1] + radii[1] * heights)

    def dot(self, centre: Point, size: float = 0.012) -> Stroke:
        """A touch of the pen."""
        return self.line(centre, (centre[0] + size, centre[1] + size), slip=size / 2)
