"""Raw drawings: opening a class's .npy file, sharing its rows out to train, val and test, and reading rows cropped."""

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from tokenize import TokenError
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import SPLITS
from pipeline.drawings import SIDE, Images, Labels, centroid_crop
from pipeline.drawings.centring import CROP_ROWS
from pipeline.errors import InvalidRawDrawings
from pipeline.records.dataset import Split

FEWEST_ROWS = 10  # fewer would leave a split without the class


class RowOrder(NamedTuple):
    """Which raw drawings make up a split, in their order. labels: uint8 `(n,)`. rows: int64 `(n,)`, position in the file."""

    labels: Labels
    rows: NDArray[np.int64]

    def part(self, start: int, stop: int) -> "RowOrder":
        """The drawings `start` to `stop`."""
        return RowOrder(self.labels[start:stop], self.rows[start:stop])


def open_raw(path: Path) -> Images:
    """The rows of one file, uint8 `(N, 784)`, mapped and not read. Raises InvalidRawDrawings."""
    try:
        # Not np.load, which would open an .npz too, and parse headers of Python 2.
        rows: Images = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise InvalidRawDrawings(
            f"{path} is missing: each of the {len(CATEGORIES)} classes needs its .npy file; `redraw download` fetches them"
        ) from None
    except (OSError, ValueError, EOFError, OverflowError, TokenError) as fault:
        raise InvalidRawDrawings(
            f"{path} is no whole .npy file ({fault}): fetch it again"
        ) from None
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != SIDE * SIDE:  # noqa: PLR2004
        raise InvalidRawDrawings(
            f"{path} is {rows.dtype} {rows.shape}, not uint8 (N, 784): fetch it again"
        )
    if len(rows) < FEWEST_ROWS:
        raise InvalidRawDrawings(f"{path} has {len(rows)} rows; at least {FEWEST_ROWS} are needed")
    return rows


def split_rows(counts: Sequence[int], seed: int) -> dict[Split, RowOrder]:
    """The three splits, stratified: a tenth of each class to val, a tenth to test, the rest to train; then shuffled.

    `counts`: the rows of each class. The same counts and seed give the same orders.
    """
    rng = np.random.default_rng(seed)
    classes = [rng.permutation(count) for count in counts]
    orders = {}
    for split in SPLITS:
        shares = [_share(rows, split) for rows in classes]
        labels: Labels = np.repeat(
            np.arange(len(shares), dtype=np.uint8), [len(share) for share in shares]
        )
        order = rng.permutation(len(labels))
        orders[split] = RowOrder(labels[order], np.concatenate(shares)[order])
    return orders


def _share(rows: NDArray[np.int64], split: Split) -> NDArray[np.int64]:
    tenth = len(rows) // 10
    return {
        Split.VAL: rows[:tenth],
        Split.TEST: rows[tenth : 2 * tenth],
        Split.TRAIN: rows[2 * tenth :],
    }[split]


def read_cropped(images: Images, paths: Sequence[Path], order: RowOrder, pool: Executor) -> None:
    """Fills `images`, uint8 `(n, 28, 28)`, with the drawings of `order`; a class is one thread's work."""

    def read_class(label: int, raw: Images) -> None:
        places = np.flatnonzero(order.labels == label)
        # From front to back: rows in any order would be as many reads, where the file is not in the system's cache.
        places = places[np.argsort(order.rows[places])]
        for at in range(0, len(places), CROP_ROWS):
            block = places[at : at + CROP_ROWS]
            images[block] = centroid_crop(raw[order.rows[block]].reshape(-1, SIDE, SIDE))

    # Opened here, because Python 3.11 cannot parse headers in several threads at once. Each is let go of when its thread is
    # done with it: what a map has read counts as memory of the process.
    list(pool.map(read_class, range(len(paths)), map(open_raw, paths)))
