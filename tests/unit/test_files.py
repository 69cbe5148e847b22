"""A file is complete when it appears: crashes, errors and full disks leave the old one."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline import files
from pipeline.errors import BrokenLink
from pipeline.files import (
    PART_PREFIX,
    create_folder,
    move_into_place,
    replace_atomically,
    write_atomically,
)

DIES = """
import os, signal, sys
from pathlib import Path
from pipeline.files import replace_atomically
with replace_atomically(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
FULL = """
import resource, signal, sys
from pathlib import Path
from pipeline.files import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_atomically(Path(sys.argv[1]), bytes(20_000))
except OSError:
    sys.exit(7)
"""


def run(script: str, target: Path) -> int:
    return subprocess.run(
        [sys.executable, "-c", script, str(target)], check=False, timeout=60
    ).returncode


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


def test_kill_9_in_the_middle_leaves_the_old_file(target: Path) -> None:
    assert run(DIES, target) == -signal.SIGKILL
    assert target.read_bytes() == b"old"


def test_the_next_write_removes_what_kill_9_left(target: Path) -> None:
    run(DIES, target)
    assert len(names(target.parent)) == 2
    write_atomically(target.with_name("other"), b"new")
    assert names(target.parent) == ["file", "other"]


def test_an_exception_leaves_the_old_file_and_nothing_else(target: Path) -> None:
    def write_half() -> None:
        with replace_atomically(target) as part:
            part.write_bytes(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert target.read_bytes() == b"old"
    assert names(target.parent) == ["file"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(target: Path) -> None:
    assert run(FULL, target) == 7
    assert target.read_bytes() == b"old"
    assert names(target.parent) == ["file"]


def test_a_block_that_writes_nothing_is_an_error_and_leaves_the_old_file(target: Path) -> None:
    with pytest.raises(FileNotFoundError), replace_atomically(target):
        pass
    assert target.read_bytes() == b"old"


def test_the_old_file_is_seen_until_the_block_ends(target: Path) -> None:
    with replace_atomically(target) as part:
        part.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_the_folder_of_a_living_writer_is_not_removed_by_another(target: Path) -> None:
    with replace_atomically(target) as first:
        first.write_bytes(b"first")
        write_atomically(target, b"second")
        assert first.read_bytes() == b"first"
    assert target.read_bytes() == b"first"


def test_a_writer_whose_new_folder_is_removed_before_it_is_locked_takes_another(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = files.tempfile.mkdtemp
    removed: list[str] = []

    def mkdtemp(**options: str) -> str:
        folder: str = original(**options)
        if not removed:
            removed.append(folder)
            files._remove_abandoned(target.parent)  # another writer, at the worst moment
        return folder

    monkeypatch.setattr(files.tempfile, "mkdtemp", mkdtemp)
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert not Path(removed[0]).exists()


def test_many_writers_at_once_leave_one_whole_file(target: Path) -> None:
    errors: list[BaseException] = []
    versions = [bytes([value]) * 200_000 for value in range(4)]

    def write(data: bytes) -> None:
        try:
            for _ in range(15):
                write_atomically(target, data)
                assert target.read_bytes() in versions
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=write, args=(data,)) for data in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert names(target.parent) == ["file"]


def test_missing_folders_are_created(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b" / "file", b"new")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"new"


def test_a_folder_whose_name_only_contains_the_prefix_is_not_removed(target: Path) -> None:
    (target.parent / f"x{PART_PREFIX}").mkdir()
    write_atomically(target, b"new")
    assert names(target.parent) == ["file", f"x{PART_PREFIX}"]


def test_no_descriptor_is_left_open(target: Path) -> None:
    next_free = os.dup(0)
    os.close(next_free)
    for _ in range(5):
        write_atomically(target, b"new")
    free_now = os.dup(0)
    os.close(free_now)
    assert free_now == next_free


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b" / "file", b"new")
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/file")] == [0o700, 0o700, 0o600]


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    create_folder(tmp_path / "a" / "b")
    assert [mode(tmp_path / name) for name in ("a", "a/b")] == [0o755, 0o700]


@pytest.fixture
def link(target: Path, tmp_path: Path) -> Path:
    """A link in another folder to the target."""
    (tmp_path / "links").mkdir()
    path = tmp_path / "links" / "link"
    path.symlink_to(target)
    return path


def test_a_link_stays_and_the_file_it_leads_to_is_replaced(link: Path, target: Path) -> None:
    with replace_atomically(link) as part:
        # Beside the file, not beside the link, which may be on another disk.
        assert part.parent.parent == target.parent
        part.write_bytes(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(link.parent) == ["link"]


def test_a_finished_file_is_moved_to_where_a_link_leads(link: Path, target: Path) -> None:
    part = link.with_name("part")
    part.write_bytes(b"new")
    move_into_place(part, link)
    assert (link.is_symlink(), target.read_bytes(), part.exists()) == (True, b"new", False)


def test_a_finished_file_reaches_another_disk(
    link: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, part = Path.replace, link.with_name("part")
    part.write_bytes(b"new")

    def refuse(source: Path, goal: Path) -> Path:
        if source == part:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(source, goal)

    monkeypatch.setattr(Path, "replace", refuse)
    move_into_place(part, link)
    assert (link.is_symlink(), target.read_bytes(), part.exists()) == (True, b"new", False)


def test_a_link_in_a_linked_folder_stays(target: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    write_atomically(tmp_path / "folder" / "deep" / "file", b"new")
    assert (tmp_path / "folder").is_symlink()
    assert (tmp_path / "real" / "deep" / "file").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["data.h5", "data.h5/below/file"], ids=["file", "folder"])
@pytest.mark.parametrize("goal", ["unmounted/data.h5", "data.h5"], ids=["nowhere", "itself"])
def test_a_link_that_leads_nowhere_is_named_and_kept(name: str, goal: str, tmp_path: Path) -> None:
    (tmp_path / "data.h5").symlink_to(tmp_path / goal)
    with pytest.raises(BrokenLink, match=r"data\.h5 is a link to .* mount the disk"):
        write_atomically(tmp_path / name, b"new")
    assert names(tmp_path) == ["data.h5"]
