"""A file that reports a full disk only when it is checked, and a merge on a full disk."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.dataset.additions import Additions, dump_additions
from pipeline.dataset.hdf5 import describe
from pipeline.files import DeferredErrorFile

ROOT = Path(__file__).parents[2]
FULL = """
import resource, sys
from pathlib import Path
from pipeline.files import DeferredErrorFile
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
with DeferredErrorFile(sys.argv[1], "w+") as disk:
    print(disk.write(bytes(9_000)), disk.write(bytes(2_000)))
    print(disk.write(b"late"), disk.truncate(20_000))
    try:
        disk.check()
    except OSError as error:
        print(error)
"""
MERGE = """
import resource, sys
from pathlib import Path
from pipeline.dataset.additions import load_additions
from pipeline.dataset.merge import merge
file, additions = Path(sys.argv[1]), load_additions(Path(sys.argv[2]).read_bytes())
before = file.read_bytes()
for more in range(0, 40_000, 2_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + more, resource.RLIM_INFINITY))
    try:
        merge(file, additions)
    except OSError as error:
        print(error, file.read_bytes() == before)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(merge(file, additions).revision)
"""


def run(script: str, *arguments: Path) -> list[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()


def test_a_full_disk_is_reported_by_check_and_nothing_more_is_written(tmp_path: Path) -> None:
    assert run(FULL, tmp_path / "file") == ["9000 2000", "4 20000", "[Errno 27] File too large"]
    assert (tmp_path / "file").stat().st_size == 10_000


def test_without_an_error_it_is_a_normal_file(tmp_path: Path) -> None:
    with DeferredErrorFile(tmp_path / "file", "w+") as disk:
        assert disk.write(memoryview(b"drawings")) == 8
        assert disk.truncate(4) == 4
        disk.check()
        disk.seek(0)
        assert disk.read() == b"draw"


@pytest.mark.slow
def test_wherever_the_disk_is_full_a_merge_leaves_the_old_revision_and_the_next_one_works(
    base_file: Path, make_additions: Callable[..., Additions]
) -> None:
    stored = base_file.with_name("additions.npz")
    stored.write_bytes(dump_additions(make_additions(describe(base_file), 60)))
    assert run(MERGE, base_file, stored) == ["[Errno 27] File too large True"] * 20 + ["1"]
