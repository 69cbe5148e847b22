"""Find and remove cached features in the data folder that no run has used for long."""

import shutil
import time
from pathlib import Path
from stat import S_ISDIR
from typing import NamedTuple


class OldCache(NamedTuple):
    """A folder of cached features, its size in bytes, and the days since it was used."""

    folder: Path
    size: int
    days: float


def find_old_caches(features: Path, days: float, now: float | None = None) -> list[OldCache]:
    """Return the caches that were not read or written for so many days.

    Args:
        features: the folder of all caches; it may be missing.
        days: how long a cache is kept.
        now: the time in seconds since 1970; None: now.
    """
    found = []
    for folder in sorted(features.iterdir()) if features.is_dir() else ():
        if not folder.is_dir() or folder.is_symlink():
            continue
        # Where a disk records no reading, the writing counts, and the cache is computed again. That
        # a folder was read says nothing: this look has just read it.
        stats = [each.stat() for each in (folder, *folder.rglob("*"))]
        used = max(
            each.st_mtime if S_ISDIR(each.st_mode) else max(each.st_mtime, each.st_atime)
            for each in stats
        )
        age = ((time.time() if now is None else now) - used) / 86_400
        if age > days:
            found.append(OldCache(folder, sum(each.st_size for each in stats[1:]), age))
    return found


def remove_caches(caches: list[OldCache]) -> None:
    """Remove caches. One that a run needs after all is computed again."""
    for cache in caches:
        shutil.rmtree(cache.folder, ignore_errors=True)
