"""Compare time and memory of building the data set with those of the plain recipe.

    python -m benchmarks.preprocess

Each side runs in its own process, in turns; then both files are compared, drawing by drawing.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from pipeline.categories import CATEGORIES

SEED = 0
COMPARED_ROWS = 8192
SIDES = ("plain", "ours")


class Cost(NamedTuple):
    """The cost of one side: wall time, processor time (all threads) and peak memory."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--raw", type=Path, help="folder with <category>.npy; default: synthetic sketches"
    )
    parser.add_argument("--rows-per-class", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="keep both files in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.out or Path(scratch)
        raw = options.raw or make_sketches(Path(scratch) / "raw", options.rows_per_class)
        if options.only:
            cost = measure(options.only, raw, folder, options.rows_per_class)
            print(*cost)
            return
        costs = [
            [measure_in_a_process(side, raw, folder, options.rows_per_class) for side in SIDES]
            for _ in range(options.rounds)
        ]
        report(folder, *(zip(*costs, strict=True)))


def make_sketches(folder: Path, rows: int) -> Path:
    """Write raw drawings for machines without real ones, and return their folder."""
    from emulator.players.sketches import write_sketches

    write_sketches(folder, rows, SEED)
    return folder


def measure_in_a_process(side: str, raw: Path, folder: Path, rows: int) -> Cost:
    """Measure one side in a fresh process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.preprocess",
        "--only",
        side,
        "--raw",
        str(raw),
        "--out",
        str(folder),
    ]
    done = subprocess.run(
        [*command, "--rows-per-class", str(rows)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Cost(*map(float, done.stdout.split()))


def measure(side: str, raw: Path, folder: Path, rows: int) -> Cost:
    """Build the file of one side in this process and return the cost."""
    from benchmarks.plain_preprocess import plain_preprocess
    from pipeline.dataset.preprocess import preprocess

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{side}.h5"
    target.unlink(missing_ok=True)
    start, cpu_start = time.perf_counter(), time.process_time()
    if side == "plain":
        plain_preprocess(raw, target, rows, SEED)
    else:
        preprocess(raw, target, categories=CATEGORIES, samples_per_class=rows, seed=SEED)
    return Cost(time.perf_counter() - start, time.process_time() - cpu_start, read_peak_mb())


def read_peak_mb() -> float:
    """Return the peak memory of this process, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would include the parent's memory at the time of the fork
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS: in bytes


def report(folder: Path, plain: tuple[Cost, ...], ours: tuple[Cost, ...]) -> None:
    """Compare the files and print medians and ratios."""
    files = {side: folder / f"{side}.h5" for side in SIDES}
    rows = compare(files["plain"], files["ours"])
    sizes = {side: file.stat().st_size / 1e6 for side, file in files.items()}
    print(f"{rows:,} drawings, median of {len(ours)}")
    print(f"{'':6}{'seconds':>12}{'of processor':>14}{'peak MB':>10}{'file MB':>10}")
    for side, costs in (("plain", plain), ("ours", ours)):
        seconds, cpu_seconds, peak = np.median(costs, axis=0)
        print(f"{side:6}{seconds:12.2f}{cpu_seconds:14.2f}{peak:10.0f}{sizes[side]:10.1f}")
    faster, cheaper, leaner = np.median(np.array(plain) / np.array(ours), axis=0)
    print(
        f"ours: {faster:.1f} times faster, {cheaper:.1f} times less work of the processor, "
        f"1/{leaner:.1f} of the memory,"
    )
    print(f"      {sizes['ours'] / sizes['plain']:.3f} times the file")
    print("every drawing and label of both files is the same, in the same place")


def compare(plain: Path, ours: Path) -> int:
    """Return the number of drawings; raise AssertionError when the files differ by a bit."""
    total = 0
    with h5py.File(plain) as first, h5py.File(ours) as second:
        for split in ("train", "val", "test"):
            assert np.array_equal(first[f"y_{split}"][:], second[f"y_{split}"][:])
            rows = len(first[f"y_{split}"])
            assert first[f"X_{split}"].shape == second[f"X_{split}"].shape == (rows, 28, 28)
            for start in range(0, rows, COMPARED_ROWS):
                one, other = (
                    file[f"X_{split}"][start : start + COMPARED_ROWS] for file in (first, second)
                )
                assert one.tobytes() == other.tobytes(), f"{split} differs from row {start} on"
            total += rows
    return total


if __name__ == "__main__":
    main()
