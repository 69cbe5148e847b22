"""Lines, arcs and rings as a person draws them, never quite straight and never quite closed."""

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float64]
Point = tuple[float, float]

TURN = 2 * np.pi
"""A full turn in radians."""
CENTRE: Point = (0.5, 0.5)


def at_angle(centre: Point, distance: float | Point, turns: float) -> Point:
    """Return the point at an angle (in turns) on a circle or ellipse around `centre`.

    `distance` is the radius of the circle, or the two radii of the ellipse.
    """
    across, down = distance if isinstance(distance, tuple) else (distance, distance)
    return centre[0] + across * math.cos(TURN * turns), centre[1] + down * math.sin(TURN * turns)


def join_coordinates(x: NDArray[np.float64], y: NDArray[np.float64]) -> Stroke:
    """Return the stroke, float64 (n, 2), with these coordinates, each float64 (n,)."""
    stroke = np.empty((len(x), 2))
    stroke[:, 0] = x
    stroke[:, 1] = y
    return stroke


@functools.cache
def _interpolation_matrix(corners: int) -> NDArray[np.float64]:
    """Return the matrix of a linear interpolation that adds three points to each side.

    Each row has the weights of the corners for one point: 1 at a corner, falling linearly to 0 at
    its neighbours.

    Returns:
        float64 (4 * corners - 3, corners).
    """
    positions = np.arange(4 * corners - 3)[:, None] / 4
    weights: NDArray[np.float64] = np.maximum(0.0, 1 - np.abs(positions - np.arange(corners)))
    return weights


class Hand:
    """A person who makes one drawing. `rng` is the source of every choice and inaccuracy.

    Coordinates are those of a sheet of paper, (0, 0) top left and (1, 1) bottom right; strokes may
    leave it. Angles are in turns, clockwise from three o'clock. Every stroke is float64 (n, 2) with
    n >= 2, in the order in which the pen moved.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def chance(self, share: float) -> bool:
        """Return True with the probability `share`."""
        return self.rng.random() < share

    def uniform(self, low: float, high: float) -> float:
        """Return a random number from `low` to `high`."""
        return low + (high - low) * self.rng.random()

    def integer(self, low: int, high: int) -> int:
        """Return a random integer from `low` to `high`, both included."""
        return low + int((high - low + 1) * self.rng.random())

    def choose(self, **shares: float) -> str:
        """Return one of the names, with probabilities in proportion to the shares."""
        left = self.uniform(0, sum(shares.values()))
        for name, share in shares.items():
            left -= share
            if left < 0:
                return name
        return next(iter(shares))

    def line(self, *points: Point, slip: float = 0.02) -> Stroke:
        """Draw a line through `points`, missing each by up to `slip` in x and in y.

        Points are added between the corners, so that bending the stroke later bends its sides too.
        """
        corners = np.array(points) + slip * (2 * self.rng.random((len(points), 2)) - 1)
        return _interpolation_matrix(len(points)) @ corners

    def loop(self, *points: Point, slip: float = 0.02) -> Stroke:
        """Draw a line that returns approximately to its first point."""
        return self.line(*points, points[0], slip=slip)

    def arc(self, centre: Point, radii: Point, start: float, end: float) -> Stroke:
        """Draw part of an ellipse with `radii` (horizontal, vertical) from one angle to another."""
        sides = 5 + int(18 * abs(end - start))
        angles = TURN * (start + (end - start) / sides * np.arange(sides + 1))
        return join_coordinates(
            centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)
        )

    def ring(self, centre: Point, across: float, down: float | None = None) -> Stroke:
        """Draw a whole circle or ellipse that starts anywhere and ends with a gap or an overlap.

        `across` is its horizontal radius and `down` its vertical one (the same if left out); one is
        stretched a little and the other squeezed.
        """
        begin = self.uniform(0.5, 1.0)
        squash = self.uniform(0.9, 1.1)
        radii = (across * squash, (across if down is None else down) / squash)
        return self.arc(centre, radii, begin, begin + self.uniform(0.93, 1.07))

    def outline(
        self, centre: Point, radii: Point, distances: Sequence[float] | NDArray[np.float64]
    ) -> Stroke:
        """Draw a closed shape around `centre`.

        Its points lie at equally spaced angles, clockwise from twelve o'clock, at these
        `distances` from the centre, where 1 is on the ellipse with `radii`.
        """
        closed = np.append(distances, distances[0])
        angles = TURN * (np.linspace(0, 1, len(closed)) - 0.25)
        return join_coordinates(
            centre[0] + radii[0] * closed * np.cos(angles),
            centre[1] + radii[1] * closed * np.sin(angles),
        )

    def scribble(self, centre: Point, radii: Point, turns: int) -> Stroke:
        """Fill an ellipse with one zigzag that crosses it `turns` times."""
        heights = np.linspace(-0.95, 0.95, turns + 1)
        widths = np.sqrt(1 - heights**2) * np.where(np.arange(turns + 1) % 2, 1.0, -1.0)
        return join_coordinates(centre[0] + radii[0] * widths, centre[1] + radii[1] * heights)

    def dot(self, centre: Point, size: float = 0.012) -> Stroke:
        """Draw a dot: a line that is hardly longer than the pen is wide."""
        return self.line(centre, (centre[0] + size, centre[1] + size), slip=size / 2)
