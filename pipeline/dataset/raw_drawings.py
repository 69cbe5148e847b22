"""Open raw .npy files, split their rows into train, val and test, and read rows cropped."""

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from tokenize import TokenError
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import source_name
from pipeline.dataset.hdf5 import SPLITS
from pipeline.drawings import SIDE, Images, Labels, centroid_crop
from pipeline.drawings.centring import CROP_ROWS
from pipeline.errors import InvalidRawDrawings
from pipeline.records.dataset import Split

MIN_ROWS = 10  # with fewer, a tenth is no row, and val and test would lack the class


class RowOrder(NamedTuple):
    """The raw drawings of a split, in their order.

    labels: uint8 `(n,)`, the class, which says the file. rows: int64 `(n,)`, the row in the file.
    """

    labels: Labels
    rows: NDArray[np.int64]

    def part(self, start: int, stop: int) -> "RowOrder":
        """Return the drawings `start` to `stop`."""
        return RowOrder(self.labels[start:stop], self.rows[start:stop])


def find_raw(folder: Path, category: str) -> Path:
    """Return the path of a class's raw file: `<category>.npy`, or as Quick, Draw! names it.

    A folder that was filled by hand has "smiley face.npy" for `smiley_face`. If there is neither,
    the path of the first is returned.
    """
    path, at_source = folder / f"{category}.npy", folder / f"{source_name(category)}.npy"
    return at_source if at_source.exists() and not path.exists() else path


def open_raw(path: Path) -> Images:
    """Open a raw .npy file, memory-mapped.

    Returns:
        uint8 `(N, 784)`, read from disk when it is used.

    Raises:
        InvalidRawDrawings: the file is missing, damaged, of another shape or type, or too short.
    """
    try:
        # Not np.load, which would also open an .npz file, and parse headers of Python 2.
        rows: Images = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise InvalidRawDrawings(
            f"{path} is missing: each class needs its .npy file; `redraw download` fetches them"
        ) from None
    except (OSError, ValueError, EOFError, OverflowError, TokenError) as fault:
        raise InvalidRawDrawings(
            f"{path} is no whole .npy file ({fault}): fetch it again"
        ) from None
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != SIDE * SIDE:  # noqa: PLR2004
        raise InvalidRawDrawings(
            f"{path} is {rows.dtype} {rows.shape}, not uint8 (N, 784): fetch it again"
        )
    if len(rows) < MIN_ROWS:
        raise InvalidRawDrawings(f"{path} has {len(rows)} rows; at least {MIN_ROWS} are needed")
    return rows


def split_rows(counts: Sequence[int], seed: int) -> dict[Split, RowOrder]:
    """Split the rows of all classes into train, val and test, stratified by class, and shuffle.

    A tenth of each class goes to val, a tenth to test, and the rest to train.

    Args:
        counts: the number of rows of each class, in order of label.
        seed: of the split and the shuffling. The same counts and seed give the same orders.
    """
    rng = np.random.default_rng(seed)
    classes = [rng.permutation(count) for count in counts]
    orders = {}
    for split in SPLITS:
        shares = [_take_share(rows, split) for rows in classes]
        labels: Labels = np.repeat(
            np.arange(len(shares), dtype=np.uint8), [len(share) for share in shares]
        )
        order = rng.permutation(len(labels))
        orders[split] = RowOrder(labels[order], np.concatenate(shares)[order])
    return orders


def _take_share(rows: NDArray[np.int64], split: Split) -> NDArray[np.int64]:
    """Return the part of a class's shuffled rows that belongs to the split."""
    tenth = len(rows) // 10
    return {
        Split.VAL: rows[:tenth],
        Split.TEST: rows[tenth : 2 * tenth],
        Split.TRAIN: rows[2 * tenth :],
    }[split]


def read_cropped(images: Images, paths: Sequence[Path], order: RowOrder, pool: Executor) -> None:
    """Read the drawings of `order` into `images`, centred by `centroid_crop`.

    Args:
        images: uint8 `(n, 28, 28)`, to be filled.
        paths: the file of each class, in order of label.
        order: the drawings to read.
        pool: the threads that read; each class is one task.

    Raises:
        InvalidRawDrawings: as `open_raw` does.
    """

    def read_class(label: int, raw: Images) -> None:
        places = np.flatnonzero(order.labels == label)
        # Read a file from front to back. In the shuffled order, each row of a file that is not in
        # the system's cache would be a read of its own.
        places = places[np.argsort(order.rows[places])]
        for start in range(0, len(places), CROP_ROWS):
            block = places[start : start + CROP_ROWS]
            images[block] = centroid_crop(raw[order.rows[block]].reshape(-1, SIDE, SIDE))

    # This thread opens the files, because Python 3.11 cannot parse .npy headers in several threads
    # at once. Only the tasks hold the memory maps, so each is closed as soon as its class is read.
    # That matters: pages that were read through a map count as memory of the process.
    list(pool.map(read_class, range(len(paths)), map(open_raw, paths)))
