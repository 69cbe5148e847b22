"""An edition of the log without some corrections takes the place of the one before."""

import io
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset import revisions
from pipeline.dataset.audit import audit_log
from pipeline.dataset.editions import complete_edition, find_rows, write_edition
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.log import list_log
from pipeline.dataset.verification import compute_digests
from pipeline.dataset.verified import record_path
from pipeline.errors import InvalidDataset
from pipeline.log_paths import additions_path
from pipeline.storage_paths import EDITION_MARK

NAME = "quickdraw_20cat"
GONE = {"a0003", "b0000", "b0001", "b0002", "b0003", "b0004", "b0005", "b0006"}
bring_up_to_date = partial(revisions.bring_up_to_date, categories=CATEGORIES)


def write(stored: MemoryArtefacts, ids: set[str] = GONE, edition: int = 1) -> None:
    write_edition(stored, list_log(stored, NAME), edition, ids)


def complete(stored: MemoryArtefacts, ids: set[str] = GONE, edition: int = 1) -> None:
    write(stored, ids, edition)
    complete_edition(stored, list_log(stored, NAME), edition)


def ids_in(path: Path) -> set[str]:
    with h5py.File(path) as file:
        return set(file["corrections/ids"].asstr()[:].tolist())


def test_the_file_is_built_anew_without_the_rows_and_keeps_its_revision(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    before = ids_in(base_file)
    complete(stored)
    held = bring_up_to_date(stored, base_file)
    assert (held.revision, held.edition) == (3, 1)
    assert ids_in(base_file) == before - GONE
    assert compute_digests(base_file)[-1] == held.digest


def test_it_has_the_bytes_of_a_log_that_never_had_the_rows(
    stored: MemoryArtefacts, base_file: Path, make_additions: Any, pristine_base: Path
) -> None:
    complete(stored, {f"c{row:04d}" for row in range(5)})
    never = MemoryArtefacts()
    base_file.write_bytes(pristine_base.read_bytes())
    record_path(base_file).unlink()
    revisions.store_base(never, base_file)
    for name, count in (("a", 12), ("b", 7)):
        made = make_additions(describe(base_file), count, name, count)
        revisions.store_additions(never, made, categories=CATEGORIES)
        bring_up_to_date(never, base_file)
    for number in (1, 2):
        assert never.read(additions_path(NAME, 0, number)) == stored.read(
            additions_path(NAME, 1, number)
        )


def test_an_edition_without_its_mark_changes_nothing(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    before = bring_up_to_date(stored, base_file)
    write(stored)
    assert bring_up_to_date(stored, base_file) == before


def test_what_is_left_of_the_edition_before_is_deleted(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    complete(stored)
    bring_up_to_date(stored, base_file)
    assert not [path for path in stored.objects if "/revisions/" in path]


def test_a_file_of_the_edition_before_restores_nothing_that_is_gone(
    stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    complete(stored)
    assert bring_up_to_date(stored, tmp_path / "other" / "data.h5").edition == 1
    # The other machine still has the old rows, and Storage lacks a revision that it has.
    del stored.objects[additions_path(NAME, 1, 2)]
    with pytest.raises(InvalidDataset, match="lost"):
        bring_up_to_date(stored, base_file)
    assert additions_path(NAME, 1, 2) not in stored.objects
    assert find_rows_of(stored) == []


def find_rows_of(stored: MemoryArtefacts) -> list[str]:
    return [
        path
        for path, data in stored.objects.items()
        if path.endswith(".npz") and GONE & set(np.load(io.BytesIO(data))["ids"].tolist())
    ]


def test_a_damaged_file_of_the_edition_before_restores_nothing_that_is_gone(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    complete(stored)
    base_file.write_bytes(b"no HDF5" + base_file.read_bytes()[7:])
    assert ids_in_after(stored, base_file).isdisjoint(GONE)
    assert find_rows_of(stored) == []


def ids_in_after(stored: MemoryArtefacts, path: Path) -> set[str]:
    bring_up_to_date(stored, path)
    return ids_in(path)


def test_what_was_computed_from_the_edition_before_is_removed(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    for folder in ("features/ab/train-corrections", "rebaseline"):
        (base_file.parent / folder).mkdir(parents=True)
        (base_file.parent / folder / "1").write_bytes(b"learned")
    complete(stored)
    bring_up_to_date(stored, base_file)
    assert not (base_file.parent / "features").exists()
    assert not (base_file.parent / "rebaseline").exists()


def test_a_stalled_worker_adds_nothing_to_the_edition_that_counts(
    stored: MemoryArtefacts, base_file: Path, make_additions: Any
) -> None:
    late = make_additions(describe(base_file), 4, "late")
    complete(stored)
    revisions.store_additions(stored, late, categories=CATEGORIES)
    assert not [name for name in ids_in_after(stored, base_file) if name.startswith("late")]
    assert additions_path(NAME, 0, 4) not in stored.objects


def test_revisions_go_on_in_the_new_edition(
    stored: MemoryArtefacts, base_file: Path, make_additions: Any, tmp_path: Path
) -> None:
    complete(stored)
    held = bring_up_to_date(stored, base_file)
    added = make_additions(held, 4, "d")
    revisions.store_additions(stored, added, categories=CATEGORIES, edition=held.edition)
    assert bring_up_to_date(stored, base_file).revision == 4
    assert bring_up_to_date(stored, tmp_path / "new.h5") == describe(base_file)


def test_a_lost_mark_is_named_and_nothing_is_built_without_it(
    stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    complete(stored)
    bring_up_to_date(stored, base_file)
    mark = EDITION_MARK.fill(dataset=NAME, edition=1)
    stored.delete(mark)
    for path in (base_file, tmp_path / "new.h5"):
        with pytest.raises(InvalidDataset, match=mark):
            bring_up_to_date(stored, path)
    stored.create(mark, b"")
    assert bring_up_to_date(stored, base_file).edition == 1


def test_an_unfinished_edition_of_something_else_is_not_overwritten(
    stored: MemoryArtefacts,
) -> None:
    write(stored)
    with pytest.raises(InvalidDataset, match="another program"):
        write(stored, {"a0000"})
    assert list_log(stored, NAME).newest == 1


def test_a_second_player_is_forgotten_in_the_next_edition(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    complete(stored)
    complete(stored, {"c0001"}, 2)
    held = bring_up_to_date(stored, base_file)
    assert held.edition == 2
    assert ids_in(base_file).isdisjoint(GONE | {"c0001"})


def test_rows_are_found_by_player_and_by_correction(stored: MemoryArtefacts) -> None:
    log = list_log(stored, NAME)
    player = str(np.load(io.BytesIO(stored.read(log.path(1))))["players"][2])
    found = find_rows(stored, log, player, {"c0001", "unknown"})
    assert [(row.correction_id, row.revision) for row in found] == [("a0002", 1), ("c0001", 3)]


def test_doctor_reads_the_new_edition_beside_a_file_of_the_old_one(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    digests = compute_digests(base_file)
    complete(stored)
    audit_log(stored, base_file, digests, categories=CATEGORIES)
