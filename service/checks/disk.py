"""The check of the disk: room for the next run, in the data folder and for temporary files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import RedrawError
from pipeline.files import create_folder
from pipeline.formatting import format_size
from pipeline.settings import Settings
from service.checks.check import Finding, find_problem

FREE_BYTES = 2 * 1024**3
"""Room for a copy of the full-size data set, what a run adds to it, and cached features."""
FACTOR = 2.0
"""A run writes the data set anew beside the old one, and as much again in features and files."""
TEMPORARY_BYTES = 256 * 1024**2
"""Room for temporary files: canvases and formats of a version, one after another."""
FEWEST_FILES = 1_000
"""Files (inodes) that a disk must still have room for: a run makes some hundreds."""


def check_disk(settings: Settings, *, create: bool) -> Iterator[Finding]:
    """Yield whether the data folder and the temporary folder have room and can be written to."""
    folder = settings.data_dir

    def look_at_folder() -> None:
        if create:
            create_folder(folder)
        check_room(folder, need_bytes(settings))

    yield Finding(f"folder {folder}", find_problem(look_at_folder))
    temporary = Path(tempfile.gettempdir())
    yield Finding(
        f"temporary folder {temporary}",
        find_problem(lambda: check_room(temporary, TEMPORARY_BYTES)),
    )


def need_bytes(settings: Settings) -> int:
    """Return how much room the next run needs: by the data set that is here, 2 GB before there is.

    Never less than 256 MB, and FREE_BYTES as long as there is no data set to go by.
    """
    file = settings.dataset_file
    if not file.exists():
        return FREE_BYTES
    return min(FREE_BYTES, max(TEMPORARY_BYTES, int(file.stat().st_size * FACTOR)))


def check_room(folder: Path, need: int) -> None:
    """Raise if a folder cannot be written to, or its disk has too little room.

    Raises:
        RedrawError: it has less than `need` bytes, or no room for more files.
        OSError: it cannot be written to.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
    free = shutil.disk_usage(folder).free
    if free < need:
        raise RedrawError(
            f"{format_size(free)} are free, and the next run needs {format_size(need)}: free some"
            " space (`redraw clean` shows what Redraw no longer needs), or set REDRAW_DATA_DIR to"
            " another disk"
        )
    files = os.statvfs(folder)
    # Some file systems count no files, and say 0 of 0.
    if files.f_files and files.f_favail < FEWEST_FILES:
        raise RedrawError(
            f"its disk has room for only {files.f_favail} more files, whatever space is free:"
            " delete small files there (`df -i` shows it), or set REDRAW_DATA_DIR to another disk"
        )
