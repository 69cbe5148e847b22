"""How fast and lean raw drawings become the data set, against the plain recipe. Run with `python -m benchmarks.preprocess`.

Each side runs in a process of its own, in turns; then both files are compared, drawing by drawing.
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

SEED = 0
COMPARED_ROWS = 8192
SIDES = ("plain", "ours")


class Cost(NamedTuple):
    """What one side took: wall time, time of the processor (all threads), and the most memory its process held."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    """Measures and prints."""
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
        raw = options.raw or sketched(Path(scratch) / "raw", options.rows_per_class)
        if options.only:
            cost = make(options.only, raw, folder, options.rows_per_class)
            print(*cost)
            return
        costs = [
            [apart(side, raw, folder, options.rows_per_class) for side in SIDES]
            for _ in range(options.rounds)
        ]
        report(folder, *(zip(*costs, strict=True)))


def sketched(folder: Path, rows: int) -> Path:
    """Raw drawings for machines without real ones."""
    from emulator.players.sketches import write_sketches

    write_sketches(folder, rows, SEED)
    return folder


def apart(side: str, raw: Path, folder: Path, rows: int) -> Cost:
    """The cost of one side in a fresh process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.preprocess",
        "--only",
        side,
        "--raw",
        raw,
        "--out",
        folder,
    ]
    done = subprocess.run(
        [*command, "--rows-per-class", str(rows)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Cost(*map(float, done.stdout.split()))


def make(side: str, raw: Path, folder: Path, rows: int) -> Cost:
    """Makes the file of one side in this process."""
    from benchmarks.plain_preprocess import plain_preprocess
    from pipeline.dataset.preprocess import preprocess

    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{side}.h5"
    target.unlink(missing_ok=True)
    start, cpu_start = time.perf_counter(), time.process_time()
    if side == "plain":
        plain_preprocess(raw, target, rows, SEED)
    else:
        preprocess(raw, target, samples_per_class=rows, seed=SEED)
    return Cost(time.perf_counter() - start, time.process_time() - cpu_start, peak_mb())


def peak_mb() -> float:
    """The most memory this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would begin with what the parent held when it forked
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS: in bytes


def report(folder: Path, plain: tuple[Cost, ...], ours: tuple[Cost, ...]) -> None:
    """Prints medians and ratios, and compares the files."""
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
        f"ours: {faster:.1f} times faster, {cheaper:.1f} times less work of the processor, 1/{leaner:.1f} of the memory,"
    )
    print(f"      {sizes['ours'] / sizes['plain']:.3f} times the file")
    print("every drawing and label of both files is the same, in the same place")


def compare(plain: Path, ours: Path) -> int:
    """The number of drawings; fails where the files differ by a bit."""
    total = 0
    with h5py.File(plain) as first, h5py.File(ours) as second:
        for split in ("train", "val", "test"):
            assert np.array_equal(first[f"y_{split}"][:], second[f"y_{split}"][:])
            rows = len(first[f"y_{split}"])
            assert first[f"X_{split}"].shape == second[f"X_{split}"].shape == (rows, 28, 28)
            for at in range(0, rows, COMPARED_ROWS):
                one, other = (
                    file[f"X_{split}"][at : at + COMPARED_ROWS] for file in (first, second)
                )
                assert one.tobytes() == other.tobytes(), f"{split} differs from row {at} on"
            total += rows
    return total


if __name__ == "__main__":
    main()
