"""Measure the pages of the dashboard in a large project: their time, and what they read.

    python -m benchmarks.pages [--corrections N] [--quarantined N] [--rounds N]

A small project with two promoted runs is made first; then copies of its corrections are written
until there are so many. The embedded emulators and the service run in this process, and pages are
asked for by HTTP, one after another. The first round is not timed: caches are empty then. Reads are
what Google would charge for: documents, and for counts one for each thousand; requests are those to
Storage.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.pages_project import grow
from emulator.bill import Usage
from tests._first_version import train_first_version
from tests.browser._addresses import fill, is_page, list_templates
from tests.browser._project import Project, project_in
from tests.browser._seeded import make_project

SLOW = 0.3
"""Seconds in which each page is to be there."""


class Measured(NamedTuple):
    """What a page took: seconds in each round, kilobytes, usage of the first and last one."""

    page: str
    seconds: list[float]
    size: float
    first: Usage
    last: Usage


def main() -> None:
    """Make the project, measure each page, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corrections", type=int, default=100_000, help="decided ones")
    parser.add_argument("--quarantined", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--project", type=Path, help="a small project that was made before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        seeded = options.project or make_small(Path(temporary))
        large = Path(shutil.copytree(seeded, Path(temporary) / "large"))
        grow(large, options.corrections, options.quarantined)
        with project_in(large, Path(temporary) / "data") as project:
            print_table(measure(project, options.rounds))


def make_small(folder: Path) -> Path:
    """Train a first version, and let two runs follow; return the folder of the project."""
    for name in ("first", "small"):
        (folder / name).mkdir()
    train_first_version(folder / "first")
    make_project(folder / "first", folder / "small")
    return folder / "small"


def measure(project: Project, rounds: int) -> Iterator[Measured]:
    """Ask for each page as an owner who has signed in, and yield what it took."""
    cookie = project.cookie
    with httpx.Client(base_url=project.url, timeout=300) as client:
        client.cookies.set(cookie["name"], cookie["value"])
        for template in list_templates():
            path = fill(template, project)
            if is_page(project, path):
                yield measure_page(client, project, template, path, rounds)


def measure_page(
    client: httpx.Client, project: Project, template: str, path: str, rounds: int
) -> Measured:
    """Ask for a page again and again."""
    seconds, usages, size = [], [], 0
    for _ in range(rounds + 1):
        before, started = project.emulators.bill.usage, time.perf_counter()
        answer = client.get(path)
        seconds.append(time.perf_counter() - started)
        usages.append(project.emulators.bill.usage - before)
        size = len(answer.content)
        if answer.status_code != httpx.codes.OK:
            print(f"{path}: {answer.status_code}", file=sys.stderr)
    return Measured(template, seconds[1:], size / 1000, usages[0], usages[-1])


def print_table(measured: Iterator[Measured]) -> None:
    """Print a line for each page, as docs/dashboard.md has it."""
    print("| page | median ms | slowest ms | kB | reads | Storage | reads at first | Storage |")
    print("|---|---|---|---|---|---|---|---|")
    slow = []
    for page, seconds, size, first, last in measured:
        print(
            f"| `{page}` | {statistics.median(seconds) * 1000:.0f} | {max(seconds) * 1000:.0f} | "
            f"{size:.0f} | {last.reads} | {last.requests} | {first.reads} | {first.requests} |",
            flush=True,
        )
        slow += [page] if max(seconds) > SLOW else []
    print(f"slower than {SLOW * 1000:.0f} ms: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
