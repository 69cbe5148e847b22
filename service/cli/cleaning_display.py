"""What `redraw clean` prints: what goes, how much it is, and why."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.formatting import count_objects, escape_unprintable, format_size
from pipeline.retention.clean import Cleaned
from pipeline.retention.local import OldCache
from pipeline.retention.plan import PlannedDeletion, RetentionPlan


def describe_plan(plan: RetentionPlan) -> Iterator[str]:
    """Yield the lines that say what goes: each withdrawal, and each reason with its objects."""
    for planned in plan.withdrawals:
        yield f"{planned.version} is to be withdrawn: {planned.why}"
    for why, objects in _group(plan.deletions).items():
        folders = sorted({each.path.rpartition("/")[0] for each in objects})
        more = f" and {len(folders) - 1} more folders" if len(folders) > 1 else ""
        yield (
            f"{count_objects(len(objects))}, {format_size(sum(each.size for each in objects))}, "
            f"in {escape_unprintable(folders[0])}/{more}: {why}"
        )
    if plan.deletions:
        yield f"together {count_objects(len(plan.deletions))}, {format_size(plan.freed)}"
    elif not plan.withdrawals:
        yield "nothing in Storage is to be deleted"
    for remark in plan.remarks:
        yield f"left alone: {escape_unprintable(remark)}"


def describe_caches(caches: Sequence[OldCache]) -> Iterator[str]:
    """Yield a line for each folder of cached features on this machine that goes."""
    for cache in caches:
        size = format_size(cache.size)
        yield f"cached features {cache.folder}, {size}: not used for {cache.days:.0f} days"


def describe_done(cleaned: Cleaned) -> str:
    """Return what was done, in a line."""
    size = format_size(sum(each.size for each in cleaned.deleted))
    versions = f"; withdrawn: {', '.join(cleaned.withdrawn)}" if cleaned.withdrawn else ""
    return f"{count_objects(len(cleaned.deleted))} deleted, {size}{versions}"


def _group(deletions: Iterable[PlannedDeletion]) -> dict[str, list[PlannedDeletion]]:
    groups: dict[str, list[PlannedDeletion]] = {}
    for each in deletions:
        groups.setdefault(each.why, []).append(each)
    return groups
