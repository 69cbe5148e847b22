"""The places of backups keep the contract of an ArtefactStore: folders, and folders in buckets."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.adapters.folder_artefacts import FolderArtefacts
from pipeline.adapters.memory import MemoryArtefacts
from pipeline.adapters.prefixed_artefacts import PrefixedArtefacts
from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore

NAMES = ["backups/b.json", "pool/0a/0a1", "pool/0b/0b1", "pool/1c/1c1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture(params=["folder", "without links", "in a bucket"])
def place(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ArtefactStore]:
    if request.param == "in a bucket":
        store = MemoryArtefacts()
        store.create("other/a", b"of another")
        yield PrefixedArtefacts(store, "some/folder/")
        assert store.read("other/a") == b"of another"
        return
    if request.param == "without links":

        def refuse(*_names: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    yield FolderArtefacts(folder)


def test_what_is_written_is_read_and_listed(place: ArtefactStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"from a file")
    for name in reversed(NAMES):
        place.create(name, name.encode())
    stored = place.create_from_file("pool/0c/0c1", tmp_path / "source")
    assert (stored.path, stored.size) == ("pool/0c/0c1", 11)
    assert [each.path for each in place.list("")] == sorted([*NAMES, "pool/0c/0c1"])
    assert [each.path for each in place.list("pool/0")] == [*NAMES[1:3], "pool/0c/0c1"]
    assert place.read(NAMES[0]) == NAMES[0].encode()
    assert place.fetch(NAMES[0], 100).data == NAMES[0].encode()
    place.read_to_file("pool/0c/0c1", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"from a file"


def test_what_is_there_is_not_written_over(place: ArtefactStore) -> None:
    place.create("backups/b.json", b"first")
    with pytest.raises(ObjectExists):
        place.create("backups/b.json", b"second")
    assert place.read("backups/b.json") == b"first"


def test_what_is_not_there_is_missing_and_deleting_it_changes_nothing(
    place: ArtefactStore, tmp_path: Path
) -> None:
    assert place.list("pool/") == []
    place.delete("pool/0a/0a1")
    calls: list[Callable[[], object]] = [
        lambda: place.read("pool/0a/0a1"),
        lambda: place.fetch("pool/0a/0a1", 10),
        lambda: place.read_to_file("pool/0a/0a1", tmp_path / "target"),
    ]
    for call in calls:
        with pytest.raises(ObjectMissing):
            call()


def test_what_is_deleted_is_gone(place: ArtefactStore) -> None:
    place.create("pool/0a/0a1", b"x")
    place.delete("pool/0a/0a1")
    assert place.list("") == []


def test_more_bytes_than_allowed_are_not_read(place: ArtefactStore) -> None:
    place.create("pool/0a/0a1", b"12345")
    with pytest.raises(ObjectTooLarge):
        place.read("pool/0a/0a1", max_bytes=4)


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        FolderArtefacts(folder).create("pool/0a/0a1", b"x")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    FolderArtefacts(folder).create("pool/0a/0a1", b"x")
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*")} == {0o700, 0o600}


def test_what_a_killed_process_has_left_is_no_file_and_is_removed_a_day_later(
    folder: Path,
) -> None:
    place = FolderArtefacts(folder)
    place.create("pool/0a/0a1", b"x")
    young, old = folder / "pool/0a/.part-1", folder / "pool/0a/.part-2"
    for part in (young, old):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert [each.path for each in place.list("pool/")] == ["pool/0a/0a1"]
    assert (young.exists(), old.exists()) == (True, False)
