"""What is lost or damaged, here or in Storage, is made again from the other side, or is named."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset import revisions
from pipeline.dataset.additions import dump_additions, load_additions
from pipeline.dataset.hdf5 import describe, read_rows
from pipeline.dataset.revisions import store_base
from pipeline.dataset.verified import record_path
from pipeline.errors import InvalidDataset
from pipeline.records.dataset import Split
from pipeline.storage_paths import ADDITIONS, BASE_CATEGORIES, BASE_DATASET, BASE_DIGEST
from tests._provenance import read_provenance

NAME = "quickdraw_20cat"
BASE, DIGEST, CLASSES = (
    kind.fill(dataset=NAME) for kind in (BASE_DATASET, BASE_DIGEST, BASE_CATEGORIES)
)
FIRST, SECOND, THIRD = (ADDITIONS.fill(dataset=NAME, revision=number) for number in (1, 2, 3))
bring_up_to_date = partial(revisions.bring_up_to_date, categories=CATEGORIES)


def contents(path: Path) -> list[bytes]:
    rows = [part.tobytes() for split in Split for part in read_rows(path, split)]
    return [*rows, *(repr(column.tolist()).encode() for column in read_provenance(path))]


def damage(path: Path) -> None:
    """Change a base row and nothing else."""
    with h5py.File(path, "r+") as file:
        file["y_train"][0] ^= 1


def test_nothing_is_read_twice_while_nothing_changes(
    stored: MemoryArtefacts, base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, paths = stored.read, list[str]()
    monkeypatch.setattr(stored, "read", lambda path: (paths.append(path), read(path))[1])
    before = dict(stored.objects)
    assert bring_up_to_date(stored, base_file).revision == 3
    assert (paths, stored.objects) == ([DIGEST], before)


def test_a_revision_that_is_stored_again_says_its_rule(
    base_file: Path, stored: MemoryArtefacts, make_additions: Any
) -> None:
    rules = {4: 1, 5: 3, 6: 3}
    for number, rule in rules.items():
        additions = make_additions(describe(base_file), 2, f"r{number}-")._replace(rule=rule)
        revisions.store_additions(stored, additions, categories=CATEGORIES)
        bring_up_to_date(stored, base_file)
    for number in rules:
        del stored.objects[ADDITIONS.fill(dataset=NAME, revision=number)]
    bring_up_to_date(stored, base_file)
    assert rules == {
        number: load_additions(stored.objects[ADDITIONS.fill(dataset=NAME, revision=number)]).rule
        for number in rules
    }


@pytest.mark.parametrize("lost", [{FIRST}, {SECOND}, {THIRD}, {FIRST, SECOND, THIRD}])
@pytest.mark.parametrize("with_record", [True, False])
def test_revisions_that_storage_lost_are_stored_again(
    lost: set[str], with_record: bool, stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    digests = {path: load_additions(stored.objects.pop(path)).digest for path in lost}
    if not with_record:
        record_path(base_file).unlink()
    bring_up_to_date(stored, base_file)
    assert {path: load_additions(stored.objects[path]).digest for path in lost} == digests
    assert bring_up_to_date(stored, tmp_path / "new.h5") == describe(base_file)
    assert contents(tmp_path / "new.h5") == contents(base_file)


@pytest.mark.parametrize(
    "lost", [{BASE}, {DIGEST}, {CLASSES}, {BASE, DIGEST}, {BASE, DIGEST, CLASSES, FIRST, SECOND}]
)
def test_a_base_that_storage_lost_is_stored_again_without_corrections(
    lost: set[str],
    stored: MemoryArtefacts,
    base_file: Path,
    pristine_base: Path,
    tmp_path: Path,
) -> None:
    for path in lost:
        del stored.objects[path]
    bring_up_to_date(stored, base_file)
    assert stored.objects[DIGEST].decode() == describe(pristine_base).digest
    assert json.loads(stored.objects[CLASSES]) == list(CATEGORIES)
    (tmp_path / "base.h5").write_bytes(stored.objects[BASE])
    assert describe(tmp_path / "base.h5") == describe(pristine_base)
    assert bring_up_to_date(stored, tmp_path / "new.h5") == describe(base_file)
    assert contents(tmp_path / "new.h5") == contents(base_file)


@pytest.mark.parametrize("lost", [BASE, FIRST, SECOND])
def test_a_new_machine_names_what_storage_lost_and_builds_nothing(
    lost: str, stored: MemoryArtefacts, tmp_path: Path
) -> None:
    del stored.objects[lost]
    before = dict(stored.objects)
    with pytest.raises(InvalidDataset, match=f"lost {lost}, .* backup, or run on a machine"):
        bring_up_to_date(stored, tmp_path / "new" / "data.h5")
    assert stored.objects == before
    assert not (tmp_path / "new" / "data.h5").exists()


def test_a_machine_with_an_older_file_stores_what_it_holds_and_names_the_rest(
    stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.h5"
    third = stored.objects.pop(THIRD)
    bring_up_to_date(stored, old)
    stored.objects[THIRD] = third
    first, second = stored.objects.pop(FIRST), stored.objects.pop(SECOND)
    bring_up_to_date(stored, old)
    assert load_additions(stored.objects[FIRST]).digest == load_additions(first).digest
    assert load_additions(stored.objects[SECOND]).digest == load_additions(second).digest
    assert describe(old).revision == 3


def test_an_emptied_or_a_wrong_bucket_is_not_filled(base_file: Path, stored: Any) -> None:
    empty = MemoryArtefacts()
    with pytest.raises(InvalidDataset, match="REDRAW_BUCKET"):
        bring_up_to_date(empty, base_file)
    assert empty.objects == {}


@pytest.mark.parametrize("with_record", [True, False])
def test_a_damaged_file_is_rebuilt(
    with_record: bool, stored: MemoryArtefacts, base_file: Path
) -> None:
    before = contents(base_file)
    damage(base_file)
    if not with_record:
        record_path(base_file).unlink()
    assert bring_up_to_date(stored, base_file).revision == 3
    assert contents(base_file) == before


@pytest.mark.parametrize("part", [0.0, 0.3, 0.999])
def test_a_file_that_was_cut_off_is_rebuilt(
    part: float, stored: MemoryArtefacts, base_file: Path
) -> None:
    before, data = contents(base_file), base_file.read_bytes()
    base_file.write_bytes(data[: int(part * len(data))])
    bring_up_to_date(stored, base_file)
    assert contents(base_file) == before


def test_a_damaged_file_behind_a_link_is_rebuilt_there(
    stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    link = tmp_path / "links" / "data.h5"
    link.parent.mkdir()
    link.symlink_to(base_file)
    before = contents(link)
    damage(base_file)
    bring_up_to_date(stored, link)
    assert link.is_symlink()
    assert contents(base_file) == before


def test_what_is_sound_of_a_damaged_file_is_stored_again_before_it_is_rebuilt(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    before = contents(base_file)
    del stored.objects[SECOND], stored.objects[THIRD]
    damage(base_file)
    bring_up_to_date(stored, base_file)
    assert contents(base_file) == before


def test_a_damaged_file_is_kept_if_storage_lost_what_it_held(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    with h5py.File(base_file, "r+") as file:
        file["y_train"][-1] ^= 1  # a correction
        file["y_val"][-1] ^= 1
    before = base_file.read_bytes()
    for path in (FIRST, SECOND, THIRD):
        del stored.objects[path]
    with pytest.raises(InvalidDataset, match="does not hold it"):
        bring_up_to_date(stored, base_file)
    assert base_file.read_bytes() == before


def test_a_damaged_file_of_unknown_origin_is_left_alone(
    stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign.h5"
    foreign.write_bytes(b"not HDF5")
    with pytest.raises(InvalidDataset, match="delete it and run again"):
        bring_up_to_date(stored, foreign)
    assert foreign.read_bytes() == b"not HDF5"


@pytest.mark.parametrize("kind", ["cut off", "of another time", "of another project"])
@pytest.mark.parametrize("number", [1, 3])
def test_a_damaged_revision_in_storage_is_named_and_stored_again_once_it_is_deleted(
    kind: str, number: int, stored: MemoryArtefacts, base_file: Path, make_additions: Any
) -> None:
    path = ADDITIONS.fill(dataset=NAME, revision=number)
    additions = load_additions(stored.objects[path])
    stored.objects[path] = {
        "cut off": stored.objects[path][:-50],
        "of another time": stored.objects[SECOND],
        "of another project": dump_additions(additions._replace(parent="0" * 64)),
    }[kind]
    with pytest.raises(InvalidDataset, match=f"{path} in Storage is damaged: delete the object"):
        bring_up_to_date(stored, base_file)
    del stored.objects[path]
    bring_up_to_date(stored, base_file)
    assert load_additions(stored.objects[path]).digest == additions.digest


@pytest.mark.parametrize("path", [BASE, FIRST, THIRD])
def test_a_new_machine_names_the_damaged_object(
    path: str, stored: MemoryArtefacts, tmp_path: Path
) -> None:
    stored.objects[path] = stored.objects[path][:-50]
    with pytest.raises(InvalidDataset, match=f"{path}.*backup"):
        bring_up_to_date(stored, tmp_path / "new.h5")


def test_a_revision_restored_from_elsewhere_with_the_same_content_is_accepted(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    additions = load_additions(stored.objects[FIRST])
    stored.objects[FIRST] = dump_additions(additions._replace(run_id="restored"))
    assert bring_up_to_date(stored, base_file).revision == 3


def test_objects_that_are_not_ours_do_not_matter(stored: MemoryArtefacts, base_file: Path) -> None:
    folder = FIRST.rpartition("/")[0]
    for name in ("000004.npz.bak", "4.npz", "notes.txt", "deep/000004.npz", "abc.npz"):
        stored.objects[f"{folder}/{name}"] = b"mine"
    assert bring_up_to_date(stored, base_file).revision == 3


def test_a_damaged_file_is_not_stored_as_the_base(
    artefacts: MemoryArtefacts, base_file: Path
) -> None:
    damage(base_file)
    with pytest.raises(InvalidDataset, match="damaged"):
        store_base(artefacts, base_file)
    assert artefacts.objects == {}
