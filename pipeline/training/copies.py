"""Canvas-drawn copies of base rows: drawn by several processes, and kept beside the data set.

Layout, in the folder `<data set>.copies/`: one folder for each digest of all that the copies depend
on, with a file for each portion of them, `<first>-<end>.npz`. So a drawing of copies that was
stopped goes on, and a file is never out of date. One that is damaged is drawn again. The folder may
be deleted at any time; if it cannot be written, the copies are drawn anew by each training.
"""

import hashlib
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.drawings import Images
from pipeline.drawings.copying import draw_copies
from pipeline.errors import InvalidDataset
from pipeline.files import write_atomically
from pipeline.npz import dump_arrays, load_arrays
from pipeline.progress import OnProgress, silent

PORTION = 1000  # copies that are drawn and stored at once: two to three seconds
# The copies of the first rows are always drawn. Their digest is part of the folder's name, so that
# no copies are used that another version of Redraw, or of a library, drew in another way.
PROBE = 64
ROWS_PER_PROCESS = 500  # fewer are drawn before another process has started
MOST_PROCESSES = 8  # each needs about 70 MB
ENDED_WITH_PARENT = 1


class _Portion(NamedTuple):
    """The copies of the base rows from `first` to before `end`, and the file for them."""

    first: int
    end: int
    file: Path


def load_or_draw_copies(
    drawings: Images,
    dataset: Path,
    *,
    base_digest: str,
    seed: int,
    processes: int | None = None,
    on_progress: OnProgress = silent,
) -> Images:
    """Return a copy of each drawing as it would come from a player's canvas.

    The same drawings and seed give the same copies, however many processes draw them.

    Args:
        drawings: uint8 `(n, 28, 28)`, the first base rows of the train split.
        dataset: the data set, beside which the copies are kept.
        base_digest: of its base.
        seed: of the copies.
        processes: how many draw; None: one for each core.
        on_progress: called after each portion; it counts copies.

    Returns:
        uint8 `(n, 28, 28)`.

    Raises:
        OSError: one of the processes was ended from outside.
    """
    copies = np.empty_like(drawings)
    if not len(drawings):
        return copies
    probe = draw_copies(drawings[:PROBE], seed, 0)
    key = f"{base_digest} {seed} {hashlib.sha256(probe.tobytes()).hexdigest()}"
    folder = _open_folder(dataset, hashlib.sha256(key.encode()).hexdigest()[:32])
    missing = []
    for portion in _list_portions(folder, len(drawings)):
        stored = _read(portion, probe)
        if stored is None:
            missing.append(portion)
        else:
            copies[portion.first : portion.end] = stored
    done = len(drawings) - sum(portion.end - portion.first for portion in missing)
    on_progress("drawing base rows on canvases", done, len(drawings))
    for portion, drawn in _draw(drawings, missing, seed, processes or os.cpu_count() or 1):
        copies[portion.first : portion.end] = drawn
        with suppress(OSError):  # no room, or no right: the next training draws them again
            write_atomically(portion.file, dump_arrays({"copies": drawn}))
        done += len(drawn)
        on_progress("drawing base rows on canvases", done, len(drawings))
    return copies


def name_copies_folder(dataset: Path) -> Path:
    """Return the folder beside a data set in which the copies of its base rows are kept."""
    return dataset.with_name(f"{dataset.name}.copies")


def _open_folder(dataset: Path, name: str) -> Path:
    """Return the folder of these copies, and remove those of all others."""
    root = name_copies_folder(dataset)
    with suppress(OSError):
        for other in root.iterdir():
            if other.name != name:
                shutil.rmtree(other, ignore_errors=True)
    return root / name


def _list_portions(folder: Path, count: int) -> list[_Portion]:
    return [
        _Portion(first, end := min(first + PORTION, count), folder / f"{first}-{end}.npz")
        for first in range(0, count, PORTION)
    ]


def _read(portion: _Portion, probe: Images) -> Images | None:
    """Return the stored copies of a portion; None if they are missing or damaged."""
    try:
        data = portion.file.read_bytes()
        stored: Images = load_arrays(data, ("copies",), "copies", "they are drawn again")["copies"]
    except (OSError, InvalidDataset):
        return None
    if stored.dtype != probe.dtype or stored.shape != (
        portion.end - portion.first,
        *probe.shape[1:],
    ):
        return None
    return stored


def _draw(
    drawings: Images, portions: list[_Portion], seed: int, processes: int
) -> Iterator[tuple[_Portion, Images]]:
    """Draw the copies of portions, and yield each when it is drawn, in their order."""
    rows = sum(portion.end - portion.first for portion in portions)
    processes = min(processes, MOST_PROCESSES, len(portions), 1 + rows // ROWS_PER_PROCESS)
    if processes <= 1:
        for portion in portions:
            yield portion, draw_copies(drawings[portion.first : portion.end], seed, portion.first)
        return
    # Threads would wait for each other: most of the work holds Python's lock. Processes are
    # spawned, since TensorFlow, whose threads do not survive a fork, may be loaded here.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _prepare_process) as pool:
        drawn = pool.map(
            draw_copies,
            [drawings[portion.first : portion.end] for portion in portions],
            [seed] * len(portions),
            [portion.first for portion in portions],
        )
        try:
            yield from zip(portions, drawn, strict=True)
        except BrokenProcessPool as fault:
            raise OSError(
                "a process that draws canvases was ended from outside, perhaps for lack of memory: "
                "run again, it goes on"
            ) from fault
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare_process() -> None:
    """Make this process of the pool leave Ctrl-C to its parent, and end when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(ENDED_WITH_PARENT)
