"""Features of many rows, of which only the rows in use are in memory.

A correction has 3.2 kB of features. A million of them, as float32, would need 6.4 GB. So what reads
features reads them in slices, and a slice is read from the files of the cache when it is asked for.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.model.answers import FeatureSource
from pipeline.model.predict import FEATURES

ITEM_BYTES = 2  # of float16


@dataclass(frozen=True)
class StoredFeatures:
    """The features of a file: float16, row after row, `rows` rows of 1,600 numbers."""

    path: Path
    rows: int

    def __len__(self) -> int:
        return self.rows

    def read(self, start: int, stop: int) -> NDArray[np.float16]:
        """Return the rows `start` to `stop`, float16 `(stop - start, 1600)`.

        Raises:
            OSError: the file is gone, or shorter than it was.
        """
        row_bytes = FEATURES * ITEM_BYTES
        count = (stop - start) * FEATURES
        # Not a memory map: its pages would count as memory of this process until it ends.
        values = np.fromfile(self.path, np.float16, count, offset=start * row_bytes)
        if len(values) != count:
            raise OSError(f"{self.path} is shorter than it was: run again, it is computed again")
        return values.reshape(-1, FEATURES)


@dataclass(frozen=True)
class HeldFeatures:
    """Features that are in memory already, `(n, features)`, or a memory map of them."""

    values: NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.values)

    def read(self, start: int, stop: int) -> NDArray[np.floating]:
        """Return the rows `start` to `stop`."""
        return self.values[start:stop]


class Part(Protocol):
    """Consecutive rows that are read together."""

    def __len__(self) -> int: ...

    def read(self, start: int, stop: int) -> NDArray[np.floating]:
        """Return the rows `start` to `stop`."""


Selection: TypeAlias = NDArray[np.bool_] | NDArray[np.int64]
"""A mask over all rows, or the positions of some rows in ascending order."""


class FeatureRows:
    """The rows of several parts, one after another, or a selection of them."""

    def __init__(self, parts: Sequence[Part], positions: NDArray[np.int64] | None = None) -> None:
        """Take parts in their order; of their rows all, or those at the given positions."""
        self._parts = [part for part in parts if len(part)]
        self._starts = [0, *accumulate(len(part) for part in self._parts)]
        self._positions = positions

    @classmethod
    def of(cls, features: "FeatureSource") -> "FeatureRows":
        """Return features as FeatureRows, which an array becomes without a copy."""
        if isinstance(features, FeatureRows):
            return features
        return cls([HeldFeatures(np.asarray(features))])

    @property
    def parts(self) -> Sequence[Part]:
        """The parts, without those that have no rows."""
        return self._parts

    def __len__(self) -> int:
        return self._starts[-1] if self._positions is None else len(self._positions)

    def __getitem__(self, rows: slice) -> NDArray[np.floating]:
        """Read consecutive rows, `(n, features)`; steps are ignored."""
        start, stop, _ = rows.indices(len(self))
        stop = max(start, stop)
        if self._positions is None:
            blocks = list(self._read_range(start, stop))
        else:
            blocks = list(self._read_positions(self._positions[start:stop]))
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate(blocks) if blocks else np.empty((0, FEATURES), np.float16)

    def read(self, start: int, stop: int) -> NDArray[np.floating]:
        """Return the rows `start` to `stop`: so these rows can be a part of others."""
        return self[start:stop]

    def select(self, rows: Selection) -> "FeatureRows":
        """Return some of the rows, without reading them."""
        chosen = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        positions = chosen if self._positions is None else self._positions[chosen]
        return FeatureRows(self._parts, positions.astype(np.int64))

    def _read_range(self, start: int, stop: int) -> Iterator[NDArray[np.floating]]:
        """Yield the rows from `start` to `stop`, part by part."""
        number = bisect_right(self._starts, start) - 1
        while start < stop:
            first, end = self._starts[number], min(stop, self._starts[number + 1])
            yield self._parts[number].read(start - first, end - first)
            start, number = end, number + 1

    def _read_positions(self, positions: NDArray[np.int64]) -> Iterator[NDArray[np.floating]]:
        """Yield the rows at ascending positions, part by part."""
        done = 0
        while done < len(positions):
            number = bisect_right(self._starts, int(positions[done])) - 1
            first = self._starts[number]
            end = int(np.searchsorted(positions, self._starts[number + 1]))
            within = positions[done:end] - first
            lowest = int(within[0])
            yield self._parts[number].read(lowest, int(within[-1]) + 1)[within - lowest]
            done = end
