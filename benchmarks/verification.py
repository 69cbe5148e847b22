"""Compare two ways to verify the data set at the start of a run, and both with not verifying it.

    python -m benchmarks.verification --dataset FILE

The one reads every row and compares the digests; the other reads the bytes of the file and compares
the sha256 that was kept when the rows were compared last. Each side runs in a process of its own.
Then single bytes of a copy are flipped, and it is counted how often each side notices.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.preprocess import make_sketches, read_peak_mb
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.verification import compute_digests
from pipeline.dataset.verified import is_intact, read_record, write_record
from pipeline.errors import InvalidDataset

SIDES = ("nothing", "bytes", "rows")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, help="default: one of synthetic sketches")
    parser.add_argument("--rows-per-class", type=int, default=200, help="of the synthetic one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flips", type=int, default=14)
    parser.add_argument("--only", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(*measure(options.only, options.dataset))
        return
    with tempfile.TemporaryDirectory() as scratch:
        path = options.dataset
        if path is None:
            path = Path(scratch) / "data.h5"
            raw = make_sketches(Path(scratch) / "raw", options.rows_per_class)
            preprocess(
                raw, path, categories=CATEGORIES, samples_per_class=options.rows_per_class, seed=0
            )
        copy = Path(shutil.copyfile(path, Path(scratch) / "copy.h5"))
        write_record(copy, compute_digests(copy), {})
        size = copy.stat().st_size
        print(f"{sum(describe(copy).rows.values()):,} drawings, {size / 1e6:.0f} MB, medians")
        print(f"{'':8}{'seconds':>10}{'MB/s':>8}{'peak MB':>9}{'flips noticed':>15}")
        noticed = count_noticed(copy, options.flips)
        for side in SIDES:
            costs = [measure_in_a_process(side, copy) for _ in range(options.rounds)]
            seconds, peak = np.median(costs, axis=0)
            rate = f"{size / 1e6 / seconds:8.0f}" if side != "nothing" else f"{'':8}"
            found = f"{noticed[side]} of {options.flips}"
            print(f"{side:8}{seconds:10.3f}{rate}{peak:9.0f}{found:>15}")


def measure_in_a_process(side: str, path: Path) -> tuple[float, float]:
    """Measure one side in a fresh process: seconds and peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.verification", "--only", side]
    done = subprocess.run(
        [*command, "--dataset", str(path)], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def measure(side: str, path: Path) -> tuple[float, float]:
    """Verify a data set by one side; return the seconds and the peak memory in MB."""
    start = time.perf_counter()
    assert is_sound(side, path)
    return time.perf_counter() - start, read_peak_mb()


def is_sound(side: str, path: Path) -> bool:
    """Return whether one side finds the data set as it was written."""
    try:
        if side == "nothing":  # what a run did before: it reads the attributes
            describe(path)
        elif side == "rows":
            compute_digests(path)
        else:
            record = read_record(path)
            # As a run does that comes later: the times of the file do not count.
            return record is not None and is_intact(path, record.model_copy(update={"read_at": 0}))
    except InvalidDataset:
        return False
    return True


def count_noticed(path: Path, flips: int) -> dict[str, int]:
    """Flip one byte after the other, and undo it; return how often each side notices."""
    noticed = dict.fromkeys(SIDES, 0)
    for place in np.random.default_rng(0).integers(0, path.stat().st_size, flips).tolist():
        before = flip(path, place)
        for side in SIDES:
            noticed[side] += not is_sound(side, path)
        assert flip(path, place) != before
    return noticed


def flip(path: Path, place: int) -> int:
    """Change all bits of one byte; return what it was."""
    with path.open("r+b") as file:
        file.seek(place)
        value = file.read(1)[0]
        file.seek(place)
        file.write(bytes([value ^ 0xFF]))
    return value


if __name__ == "__main__":
    main()
