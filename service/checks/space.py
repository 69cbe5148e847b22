"""Measure the space of a project: the disk here, what Storage holds, and what retention frees."""

import shutil
from collections import defaultdict
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.ports import Ports
from pipeline.records.storage import StoredObject
from pipeline.retention.local import find_old_caches
from pipeline.retention.plan import RetentionPlan, plan_retention
from pipeline.retention.project import read_state
from pipeline.retention.space import Space, measure_space
from pipeline.settings import Settings
from pipeline.storage_paths import version_of

FRESH_SECONDS = 600.0
"""How long a measurement counts. Each lists all objects in Redraw's folders, 1,000 in a call."""


class Disk(NamedTuple):
    """The disk of the data folder, in bytes; `dataset` is 0 where there is no data set."""

    total: int
    free: int
    dataset: int


class Deletions(NamedTuple):
    """What retention would delete for one reason."""

    why: str
    objects: int
    size: int


class ProjectSpace(NamedTuple):
    """The space of a project.

    disk: None if this machine has no data folder. kinds: what Storage holds, the largest first.
    versions: the bytes of each version's files, the highest number first. withdrawals: the versions
    that retention would withdraw, each with the reason. caches: the bytes of cached features here
    that no run has used for long.
    """

    disk: Disk | None
    kinds: list[Space]
    versions: list[tuple[str, int]]
    withdrawals: list[tuple[str, str]]
    deletions: list[Deletions]
    remarks: list[str]
    caches: int

    @property
    def size(self) -> int:
        """The bytes of everything in Storage."""
        return sum(each.size for each in self.kinds)

    @property
    def freed(self) -> int:
        """The bytes in Storage that retention would free."""
        return sum(each.size for each in self.deletions)


def measure_project(ports: Ports, settings: Settings) -> ProjectSpace:
    """Measure the space by a listing of Redraw's folders; players' canvases are not listed.

    Args:
        ports: the project.
        settings: the data folder, and how long what is kept.
    """
    state = read_state(ports, settings.dataset_name)
    plan = plan_retention(state, settings.retention, datetime.now(UTC), settings.dataset_name)
    caches = find_old_caches(settings.features_dir, settings.retention.features_days)
    return ProjectSpace(
        disk=measure_disk(settings),
        kinds=measure_space(state.objects),
        versions=_measure_versions(state.objects, [each.version for each in state.versions]),
        withdrawals=[(each.version, each.why) for each in plan.withdrawals],
        deletions=_group(plan),
        remarks=plan.remarks,
        caches=sum(each.size for each in caches),
    )


def measure_disk(settings: Settings) -> Disk | None:
    """Return the space of the disk of the data folder; None if there is no such folder."""
    try:
        usage = shutil.disk_usage(settings.data_dir)
    except OSError:
        return None
    file = settings.dataset_file
    return Disk(usage.total, usage.free, file.stat().st_size if file.exists() else 0)


def _measure_versions(objects: list[StoredObject], names: list[str]) -> list[tuple[str, int]]:
    sizes: dict[str, int] = defaultdict(int)
    for stored in objects:
        name = version_of(stored.path)
        if name is not None:
            sizes[name] += stored.size
    known = [(name, sizes.pop(name)) for name in names if name in sizes]
    return [*known, *sorted(sizes.items())]


def _group(plan: RetentionPlan) -> list[Deletions]:
    groups: dict[str, list[int]] = defaultdict(list)
    for each in plan.deletions:
        groups[each.why].append(each.size)
    found = [Deletions(why, len(sizes), sum(sizes)) for why, sizes in groups.items()]
    return sorted(found, key=lambda each: -each.size)
