"""The check of memory: whether the next run fits, also into what a container may have."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.formatting import format_size
from pipeline.settings import Settings
from service.checks.check import Finding

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
SMALL_RUN_BYTES = 200 * 10**6
"""What a run on a small data set needs: 195 MB, docs/costs.md."""
FULL_RUN_BYTES = 740 * 10**6
"""What a run on FULL_FILE_BYTES of data set needs: docs/benchmarks.md."""
FULL_FILE_BYTES = 880 * 10**6
CLASS_BYTES = 15 * 10**6
"""What each class beyond MEASURED_CLASSES adds to the fit: the table in docs/integration.md."""
MEASURED_CLASSES = 20
ROW_BYTES = 630
"""Bytes of the data set's file for each drawing, to judge before there is one."""


def check_memory(
    settings: Settings, proc: Path = PROC, cgroups: Path = CGROUPS
) -> Iterator[Finding]:
    """Yield whether the memory that is available is enough for the next run."""
    available = measure_available(proc, cgroups)
    if available is None:
        yield Finding("memory", unknown="this system does not say how much is available")
        return
    need = need_memory(settings)
    name = f"memory: {format_size(available)} available"
    if available < need:
        yield Finding(
            name,
            f"the next run needs about {format_size(need)}, so the system may end it halfway: give"
            " the machine or the container more, or end other programs",
        )
        return
    yield Finding(f"{name}, and the next run needs about {format_size(need)}")


def need_memory(settings: Settings) -> int:
    """Return about how many bytes the next run needs, by the data set and the classes."""
    file, classes = settings.dataset_file, len(settings.categories)
    size = (
        file.stat().st_size if file.exists() else settings.samples_per_class * classes * ROW_BYTES
    )
    grown = (FULL_RUN_BYTES - SMALL_RUN_BYTES) * size // FULL_FILE_BYTES
    return SMALL_RUN_BYTES + grown + CLASS_BYTES * max(0, classes - MEASURED_CLASSES)


def measure_available(proc: Path = PROC, cgroups: Path = CGROUPS) -> int | None:
    """Return how many bytes this process can still have; None if the system does not say it.

    The smallest counts: of the machine, and of each group of processes that this one is in.
    https://docs.kernel.org/admin-guide/cgroup-v2.html, and `memory` of version 1.
    """
    found = [_measure_machine(proc), *_measure_groups(proc, cgroups)]
    known = [each for each in found if each is not None]
    return min(known) if known else None


def _measure_machine(proc: Path) -> int | None:
    for line in _read(proc / "meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None


def _measure_groups(proc: Path, cgroups: Path) -> Iterator[int | None]:
    for line in _read(proc / "self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "":
            root, names = cgroups, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            root = cgroups / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be that of the host, which is not here: its own group is then
        # the root of what it sees.
        folder = root / path.strip("/")
        for each in dict.fromkeys([folder, *folder.parents, root]):
            if each == root or root in each.parents:
                yield _measure_group(each, *names)


def _measure_group(folder: Path, most: str, used: str, idle: str) -> int | None:
    """Return what a group may still have: files kept in memory are given up when it is needed."""
    limit, now = _read(folder / most).strip(), _read(folder / used).strip()
    if not (limit.isdigit() and now.isdigit()):
        return None  # "max", or no such file
    freed = 0
    for line in _read(folder / "memory.stat").splitlines():
        name, _, number = line.partition(" ")
        if name == idle:
            freed = int(number)
    return max(0, int(limit) - int(now) + freed)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
