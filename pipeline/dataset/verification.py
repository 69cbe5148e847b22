"""Compare the content of a data set with its digests, row by row.

The digest of revision 0 covers all base rows, that of a later one the digest before it and all that
it adds. So the digests, computed again from the rows, show every byte that was changed since. The
rows are read in portions: memory does not grow with the file.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from pipeline.dataset.additions import Additions
from pipeline.dataset.hdf5 import (
    READ_ROWS,
    SPLITS,
    describe,
    describe_damage,
    open_dataset,
    read_base_counts,
    read_correction_labels,
    start_digest,
)
from pipeline.dataset.origins import read_split_origins
from pipeline.dataset.rules import find_rule
from pipeline.drawings import SIDE, Images, image_digest, scale_pixels
from pipeline.errors import DatasetDamaged
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import DatasetRevision, Split


def compute_digests(path: Path, on_progress: OnProgress = silent) -> list[str]:
    """Return the digest of each revision that the file holds, 0 first, computed from its rows.

    Args:
        path: the data set.
        on_progress: called after each portion of rows.

    Raises:
        DatasetDamaged: a row, an attribute or a column is not what was written.
        InvalidDataset: there is no data set.
    """
    held = describe(path)
    base = read_base_counts(path)
    with open_dataset(path) as file:
        digests = [_digest_base(file, held, base, on_progress)]
        if str(file.attrs["base_digest"]) != digests[0]:
            raise DatasetDamaged(describe_damage(path, "base rows are not what was written"))
        if _find_starts(file, 0) != base:
            raise DatasetDamaged(describe_damage(path, "rows are not where they were"))
    digests += compute_later_digests(path, digests)
    if _count_confirmations(path) != held.confirmations:
        raise DatasetDamaged(describe_damage(path, "an attribute is not what was written"))
    parent = digests[-2] if held.revision else None
    if (held.digest, held.parent) != (digests[-1], parent):
        raise DatasetDamaged(describe_damage(path, "corrections are not what was written"))
    return digests


def compute_later_digests(path: Path, digests: list[str]) -> list[str]:
    """Return the digests of the revisions after those whose digests are given.

    Args:
        path: the data set.
        digests: those of the first revisions, 0 at least.

    Raises:
        DatasetDamaged: columns do not fit together, or a part cannot be read.
    """
    later = list(digests)
    with open_dataset(path) as file:
        _check_lengths(file)
        ends = _find_ends(file)
        starts = _find_starts(file, ends[len(digests) - 1])
        for revision in range(len(digests), len(ends)):
            part = slice(*ends[revision - 1 : revision + 1])
            later.append(_read_additions(file, revision, later[-1], part, starts).digest)
    return later[len(digests) :]


def read_additions(path: Path, revision: int, parent: str) -> Additions:
    """Read what a revision added, as it was stored in Storage but for the name of its run.

    Args:
        path: the data set.
        revision: its number, 1 or higher.
        parent: the digest of the revision before it.

    Raises:
        DatasetDamaged: its columns do not fit together, or cannot be read.
    """
    with open_dataset(path) as file:
        part = slice(*_find_ends(file)[revision - 1 : revision + 1])
        return _read_additions(file, revision, parent, part, _find_starts(file, part.start))


def _digest_base(
    file: h5py.File, held: DatasetRevision, base: dict[Split, int], on_progress: OnProgress
) -> str:
    """Return the digest of all base rows; it is computed as by `preprocess`."""
    state = start_digest(held.seed, tuple(held.categories))
    done, total = 0, sum(base.values())
    for split in SPLITS:
        for images in _read_portions(file, split, 0, base[split]):
            state.update(images.data)
            done += len(images)
            on_progress("checking the data set", done, total)
        state.update(file[f"y_{split}"][: base[split]].data)
    return state.hexdigest()


def _read_portions(file: h5py.File, split: str, start: int, stop: int) -> Iterator[Images]:
    """Yield the images of rows `start` to `stop`, uint8, in portions.

    Raises:
        DatasetDamaged: a number is not exactly one of k/255, or there are fewer rows.
    """
    if stop > len(file[f"X_{split}"]):
        raise DatasetDamaged(describe_damage(_path_of(file), "rows are missing"))
    for first in range(start, stop, READ_ROWS):
        pixels = file[f"X_{split}"][first : min(first + READ_ROWS, stop)]
        with np.errstate(all="ignore"):  # what is damaged may be no number
            images = np.rint(pixels * np.float32(255)).astype(np.uint8)
        if not np.array_equal(scale_pixels(images), pixels):
            raise DatasetDamaged(describe_damage(_path_of(file), "a pixel is no shade of grey"))
        yield images


def _find_ends(file: h5py.File) -> list[int]:
    """Return where each revision ends in the columns of `corrections`; 0 for revision 0.

    Raises:
        DatasetDamaged: the revisions are not in order.
    """
    numbers, last = file["corrections/revisions"][:], int(file.attrs["revision"])
    ends: list[int] = np.searchsorted(numbers, np.arange(last + 1), side="right").tolist()
    ordered = bool((np.diff(numbers) >= 0).all()) and ends[0] == 0 and ends[-1] == len(numbers)
    if not ordered:
        raise DatasetDamaged(describe_damage(_path_of(file), "revisions are not in order"))
    return ends


def _find_starts(file: h5py.File, first: int) -> dict[Split, int]:
    """Return, by split, the row of the first correction among the entries from `first` on.

    These are the last rows of their splits, so only the entries from `first` on are counted.
    """
    column = file["corrections/splits"].asstr()
    starts = {split: len(file[f"y_{split}"]) for split in Split}
    for portion in range(first, len(column), READ_ROWS):
        for split, count in Counter(column[portion : portion + READ_ROWS].tolist()).items():
            starts[Split(split)] -= count
    return starts


def _count_confirmations(path: Path) -> int:
    """Return how many appended rows have the guess as their label."""
    return sum(
        int((read_split_origins(path, split).guesses == read_correction_labels(path, split)).sum())
        for split in Split
    )


def _check_lengths(file: h5py.File) -> None:
    """Raise DatasetDamaged when a column or a split has more or fewer rows than the others say."""
    columns = [len(column) for column in file["corrections"].values()]
    appended = sum(len(file[f"y_{split}"]) - _base_rows(file, split) for split in Split)
    if set(columns) != {appended}:
        raise DatasetDamaged(describe_damage(_path_of(file), "columns differ in length"))


def _read_additions(
    file: h5py.File, revision: int, parent: str, part: slice, starts: dict[Split, int]
) -> Additions:
    """Return what a revision added.

    Args:
        file: the data set.
        revision: its number.
        parent: the digest of the revision before it.
        part: its entries in the columns of `corrections`.
        starts: by split, the row of the first of these entries; moved behind the last of them.
    """
    group = file["corrections"]
    text = {
        name: np.array(group[name].asstr()[part].tolist(), np.str_)
        for name in ("ids", "players", "splits", "versions")
    }
    count, rows = len(text["ids"]), group["rows"][part]
    images, labels = np.empty((count, SIDE, SIDE), np.uint8), np.empty(count, np.uint8)
    for split in Split:
        chosen = text["splits"] == split
        start = starts[split]
        stop = starts[split] = start + int(chosen.sum())
        if not np.array_equal(rows[chosen], np.arange(start, stop)):
            raise DatasetDamaged(describe_damage(_path_of(file), "rows are not where they were"))
        if start < stop:
            images[chosen] = np.concatenate([*_read_portions(file, split, start, stop)])
        labels[chosen] = file[f"y_{split}"][start:stop]
    additions = Additions(
        run_id="",
        revision=revision,
        parent=parent,
        images=images,
        labels=labels,
        guesses=group["guesses"][part].astype(np.uint8),
        confidences=group["confidences"][part].astype(np.float32),
        asked=group["asked"][part].astype(np.uint8),
        chances=group["chances"][part].astype(np.float32),
        rule=find_rule(group, revision),
        **text,
    )
    _check_exact(file, additions, part)
    return additions


def _check_exact(file: h5py.File, additions: Additions, part: slice) -> None:
    """Raise DatasetDamaged when a column holds more than the digest covers, or another digest."""
    group = file["corrections"]
    exact = (
        all(
            np.array_equal(getattr(additions, name), group[name][part])
            for name in ("guesses", "asked")
        )
        # As bytes, because a missing share is no number, and that is not equal to itself.
        and all(
            getattr(additions, name).astype(np.float64).tobytes() == group[name][part].tobytes()
            for name in ("confidences", "chances")
        )
        and [*map(image_digest, additions.images)] == group["digests"].asstr()[part].tolist()
    )
    if not exact:
        raise DatasetDamaged(describe_damage(_path_of(file), "a column is not what was written"))


def _base_rows(file: h5py.File, split: str) -> int:
    return int(file[f"X_{split}"].attrs["base_rows"])


def _path_of(file: h5py.File) -> Path:
    return Path(file.filename)
