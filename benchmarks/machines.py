"""Compare collecting on one host and on two: drawings a second, and the ratio.

    python -m benchmarks.machines [--count N] [--share S] [--rounds N] [--latency SECONDS]

A host is a worker with a data folder and a share of a processor of its own: a control group (cgroup
version 1 or 2) with the quota S, which only root may make. Emulators and Redis run beside the hosts
and are not limited, as Firebase would not be. With `2 S` and what they need below the number of
cores, no host takes time from another. Small batches stand for many: with 250 drawings each, as by
default, the last ones would keep one host of two idle for a large part of so short a run.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.collect import (
    START_SECONDS,
    BenchmarkStack,
    Measurement,
    list_workers,
    measure_run,
    send_corrections,
)
from pipeline.bootstrap import connect
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.processes import Stack
from service.cli.stack import WORKER

PERIOD = 20_000
"""In microseconds: in each the group may run for its share."""
ROOTS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
"""Of version 1, and of version 2."""
BATCH = "50"


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=4000, help="pending corrections")
    parser.add_argument("--share", type=float, default=0.5, help="of a core, for each host")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.03, help="of Storage, in seconds")
    options = parser.parse_args()
    os.environ["REDRAW_COLLECT_BATCH"] = BATCH
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        send_corrections(options.count, None, settings)
        figures: dict[int, list[Measurement]] = {1: [], 2: []}
        for number in range(options.rounds):
            for hosts, runs in figures.items():
                runs.append(measure(settings, hosts, f"run-{hosts}-{number}", options))
    report(figures, options.count, options.share)


def measure(
    settings: Settings, count: int, run_id: str, options: argparse.Namespace
) -> Measurement:
    """Collect once on `count` hosts."""
    with BenchmarkStack(settings, options.latency) as stack:
        ports = connect(load_settings(data_dir=settings.data_dir))
        for number in range(1, count + 1):
            start_host(stack, settings, number)
        for number in range(1, count + 1):
            stack.wait_for(f"worker-{number}", partial(is_ready, stack, number))
        with limited(stack, options.share):
            return measure_run(stack, ports, run_id, options.count, 0)


def start_host(stack: Stack, settings: Settings, number: int) -> None:
    """Start the worker of a host, over a folder of its own."""
    own = f"REDRAW_DATA_DIR={settings.data_dir / f'host-{number}'}"
    stack.start(f"worker-{number}", "env", own, *WORKER, f"--hostname=worker@host-{number}")


def is_ready(stack: Stack, number: int) -> bool:
    """Return whether a worker takes tasks."""
    return " ready." in (stack.logs / f"worker-{number}.log").read_text()


@contextmanager
def limited(stack: Stack, share: float) -> Iterator[None]:
    """Give each worker, with the processes of its pool, a share of a core until the block ends.

    All processes of the stack go before others of this machine, which would disturb the figures.
    """
    time.sleep(START_SECONDS)  # until the pools have imported everything
    members = {
        name: list_workers(stack, name) if "worker" in name else [process.pid]
        for name, process in stack.processes.items()
    }
    groups = [
        group_processes(name, pids, share if "worker" in name else None)
        for name, pids in members.items()
    ]
    try:
        yield
    finally:
        for group in groups:
            dissolve(group)


def group_processes(name: str, pids: list[int], share: float | None) -> Path:
    """Put processes into a control group of their own, and return it."""
    root = next(root for root in ROOTS if root.is_dir())
    group = root / f"redraw-{os.getpid()}-{name}"
    group.mkdir()
    if root.name == "cpu":
        (group / "cpu.shares").write_text("8192")
        if share is not None:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(int(PERIOD * share)))
    else:
        (root / "cgroup.subtree_control").write_text("+cpu")
        (group / "cpu.weight").write_text("800")
        if share is not None:
            (group / "cpu.max").write_text(f"{int(PERIOD * share)} {PERIOD}")
    move(pids, group)
    return group


def dissolve(group: Path) -> None:
    """Move all that is in a control group out of it, also what was started since, and remove it."""
    while pids := (group / "cgroup.procs").read_text().split():
        with suppress(ProcessLookupError):
            move([int(pid) for pid in pids], group.parent)
    group.rmdir()


def move(pids: list[int], group: Path) -> None:
    """Move processes, with all of their threads, into a control group."""
    for pid in pids:
        (group / "cgroup.procs").write_text(str(pid))


def report(figures: dict[int, list[Measurement]], count: int, share: float) -> None:
    """Print the medians and the ratios."""
    for hosts, runs in figures.items():
        total, batches, workers, emulators = (
            median(values)
            for values in (
                [run.reading + run.batches for run in runs],
                [run.batches for run in runs],
                [run.workers for run in runs],
                [run.emulators for run in runs],
            )
        )
        print(
            f"{hosts} host(s) with {share} of a core: {count / total:,.0f} drawings/s "
            f"({total:.1f} s, of which {batches:.1f} s after reading); processor time after "
            f"reading: workers {workers:.1f} s, emulators {emulators:.1f} s"
        )
    ratios = [
        (one.reading + one.batches) / (two.reading + two.batches)
        for one, two in zip(figures[1], figures[2], strict=True)
    ]
    after = [one.batches / two.batches for one, two in zip(figures[1], figures[2], strict=True)]
    print(
        f"two hosts against one: {median(ratios):.2f} times "
        f"({', '.join(f'{ratio:.2f}' for ratio in ratios)}), "
        f"after reading {median(after):.2f}"
    )


if __name__ == "__main__":
    main()
