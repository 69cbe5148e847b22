"""Storage is authoritative: a local file rebuilt from it anywhere is the same revision."""

import shutil
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset import merge as merging
from pipeline.dataset import revisions
from pipeline.dataset.additions import Additions
from pipeline.dataset.hdf5 import describe, read_rows
from pipeline.dataset.merge import merge
from pipeline.dataset.revisions import store_base
from pipeline.dataset.splits import player_split
from pipeline.errors import InvalidDataset, Unavailable
from pipeline.log_paths import additions_folder
from pipeline.records.dataset import NO_GUESS, Split
from pipeline.storage_paths import ADDITIONS, BASE_DATASET
from tests._examples import examples
from tests._provenance import read_provenance

NAME = "quickdraw_20cat"
bring_up_to_date = partial(revisions.bring_up_to_date, categories=CATEGORIES)
store_additions = partial(revisions.store_additions, categories=CATEGORIES)


def contents(path: Path) -> list[bytes]:
    rows = [part.tobytes() for split in Split for part in read_rows(path, split)]
    return [*rows, *(repr(column.tolist()).encode() for column in read_provenance(path))]


def store_two(artefacts: MemoryArtefacts, path: Path, make_additions: Any) -> None:
    """Store the base in `path` and two revisions, and merge them into the file too."""
    store_base(artefacts, path)
    for name, count in (("a", 12), ("b", 7)):
        additions = make_additions(describe(path), count, name, count)
        store_additions(artefacts, additions)
        merge(path, additions)


def test_without_anything_in_storage_the_owner_is_sent_to_the_baseline(
    artefacts: MemoryArtefacts, tmp_path: Path
) -> None:
    with pytest.raises(InvalidDataset, match="redraw baseline"):
        bring_up_to_date(artefacts, tmp_path / "data.h5")


def test_a_local_file_of_another_project_is_refused_and_left_alone(
    artefacts: MemoryArtefacts, base_file: Path, random_raw: Path, tmp_path: Path
) -> None:
    from pipeline.dataset.preprocess import preprocess

    store_base(artefacts, base_file)
    preprocess(
        random_raw, tmp_path / "other.h5", categories=CATEGORIES, samples_per_class=10, seed=9
    )
    before = (tmp_path / "other.h5").read_bytes()
    with pytest.raises(InvalidDataset, match="move it away"):
        bring_up_to_date(artefacts, tmp_path / "other.h5")
    assert (tmp_path / "other.h5").read_bytes() == before


def test_a_local_file_that_is_no_data_set_is_refused(
    artefacts: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    store_base(artefacts, base_file)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["something"] = 1
    with pytest.raises(InvalidDataset):
        bring_up_to_date(artefacts, tmp_path / "other.h5")


def test_a_second_base_is_refused(
    artefacts: MemoryArtefacts, base_file: Path, random_raw: Path, tmp_path: Path
) -> None:
    from pipeline.dataset.preprocess import preprocess

    store_base(artefacts, base_file)
    preprocess(
        random_raw, tmp_path / "other.h5", categories=CATEGORIES, samples_per_class=10, seed=9
    )
    with pytest.raises(InvalidDataset, match="another base"):
        store_base(artefacts, tmp_path / "other.h5")


def test_a_local_branch_of_the_revisions_is_refused(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any
) -> None:
    store_base(artefacts, base_file)
    base = describe(base_file)
    merge(base_file, make_additions(base, 3, "mine"))
    theirs = make_additions(base, 3, "theirs", 1)
    store_additions(artefacts, theirs)
    store_additions(artefacts, theirs._replace(revision=2, parent=theirs.digest))
    with pytest.raises(InvalidDataset, match="move the file away"):
        bring_up_to_date(artefacts, base_file)


def test_a_number_is_given_once(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any
) -> None:
    base = describe(base_file)
    assert store_additions(artefacts, make_additions(base, 3, "first")) is True
    before = dict(artefacts.objects)
    assert store_additions(artefacts, make_additions(base, 4, "second")) is False
    assert artefacts.objects == before


def test_storing_the_base_twice_changes_nothing(
    artefacts: MemoryArtefacts, base_file: Path
) -> None:
    store_base(artefacts, base_file)
    before = dict(artefacts.objects)
    store_base(artefacts, base_file)
    assert artefacts.objects == before


def test_an_empty_folder_is_filled_with_the_newest_revision(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any, tmp_path: Path
) -> None:
    store_two(artefacts, base_file, make_additions)
    rebuilt = bring_up_to_date(artefacts, tmp_path / "empty" / "data.h5")
    assert rebuilt == describe(base_file)
    assert contents(tmp_path / "empty" / "data.h5") == contents(base_file)


def test_a_file_that_is_up_to_date_is_not_touched(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any
) -> None:
    store_two(artefacts, base_file, make_additions)
    before = base_file.stat()
    assert bring_up_to_date(artefacts, base_file).revision == 2
    assert base_file.stat() == before


def test_an_older_copy_is_brought_up_to_date(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any, tmp_path: Path
) -> None:
    old = tmp_path / "old.h5"
    old.write_bytes(base_file.read_bytes())
    store_two(artefacts, base_file, make_additions)
    assert bring_up_to_date(artefacts, old) == describe(base_file)


def test_interrupted_between_two_replacements_it_goes_on_from_there(
    artefacts: MemoryArtefacts,
    base_file: Path,
    make_additions: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(revisions, "MERGED_TOGETHER", 1)
    store_two(artefacts, base_file, make_additions)

    def stop(message: str, done: int = 0, total: int = 0) -> None:
        if done == 1:
            raise Unavailable(message)

    with pytest.raises(Unavailable):
        bring_up_to_date(artefacts, tmp_path / "new.h5", stop)
    assert describe(tmp_path / "new.h5").revision == 1
    assert bring_up_to_date(artefacts, tmp_path / "new.h5") == describe(base_file)


def test_of_many_revisions_one_is_in_memory_and_the_file_is_copied_once(
    artefacts: MemoryArtefacts,
    base_file: Path,
    make_additions: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store_base(artefacts, base_file)
    held = describe(base_file)
    for number in range(5):
        additions = make_additions(held, 2, f"{number}-", number)
        store_additions(artefacts, additions)
        held = held.model_copy(update={"revision": additions.revision, "digest": additions.digest})
    steps: list[str] = []
    copy, load, append = shutil.copyfile, revisions.read_revision, merging._append

    def note(step: str, call: Any) -> Any:
        def run(*arguments: Any) -> Any:
            steps.append(step)
            return call(*arguments)

        return run

    monkeypatch.setattr(merging.shutil, "copyfile", note("copy", copy))
    monkeypatch.setattr(revisions, "read_revision", note("load", load))
    monkeypatch.setattr(merging, "_append", note("append", append))
    assert bring_up_to_date(artefacts, tmp_path / "new.h5").digest == held.digest
    assert steps == ["copy", *["load", "append"] * 5]


def test_a_damaged_revision_after_a_good_one_leaves_the_file_as_it_was(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any, tmp_path: Path
) -> None:
    store_two(artefacts, base_file, make_additions)
    artefacts.objects[additions_path(2)] = b"damaged"
    with pytest.raises(InvalidDataset, match="damaged"):
        bring_up_to_date(artefacts, tmp_path / "new.h5")
    assert describe(tmp_path / "new.h5").revision == 0


def test_more_than_nine_revisions_are_appended_in_order_of_number(
    artefacts: MemoryArtefacts, base_file: Path, make_additions: Any, tmp_path: Path
) -> None:
    store_base(artefacts, base_file)
    held = describe(base_file)
    for number in range(11):
        additions = make_additions(held, 1, f"{number}-", number)
        store_additions(artefacts, additions)
        held = held.model_copy(update={"revision": additions.revision, "digest": additions.digest})
    assert bring_up_to_date(artefacts, tmp_path / "new.h5").digest == held.digest


@pytest.mark.slow
@given(cuts=st.lists(st.integers(0, 24), max_size=4))
@settings(
    deadline=None,
    max_examples=examples(6),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_however_the_additions_are_split_into_revisions_the_rows_are_the_same(
    cuts: list[int], pristine_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("split")
    path, whole, artefacts = folder / "steps.h5", folder / "whole.h5", MemoryArtefacts()
    path.write_bytes(pristine_base.read_bytes())
    whole.write_bytes(pristine_base.read_bytes())
    store_base(artefacts, path)
    rng = np.random.default_rng(0)
    players = [rng.bytes(32).hex() for _ in range(24)]
    images = rng.integers(0, 256, (24, 28, 28), np.uint8)

    def additions(path: Path, start: int, stop: int) -> Additions:
        held, part = describe(path), slice(start, stop)
        return Additions(
            run_id="run", revision=held.revision + 1, parent=held.digest, images=images[part],
            labels=np.arange(24, dtype=np.uint8)[part] % 20,
            ids=np.array([f"c{n}" for n in range(24)], np.str_)[part],
            players=np.array(players, np.str_)[part],
            splits=np.array([str(player_split(player)) for player in players], np.str_)[part],
            guesses=np.full(24, NO_GUESS, np.uint8)[part],
            confidences=np.linspace(0, 1, 24, dtype=np.float32)[part],
            versions=np.full(24, "v1.0.0")[part],
            asked=np.full(24, 255, np.uint8)[part],
            chances=np.full(24, np.nan, np.float32)[part],
        )  # fmt: skip

    edges = [0, *sorted(cuts), 24]
    for start, stop in pairwise(edges):
        step = additions(path, start, stop)
        store_additions(artefacts, step)
        merge(path, step)
    merge(whole, additions(whole, 0, 24))

    # All parts but the column of revisions, which depends on how they are numbered.
    assert contents(path)[:8] == contents(whole)[:8]
    assert read_provenance(path).rows.tolist() == read_provenance(whole).rows.tolist()
    # A file built from nothing is the same revision.
    assert bring_up_to_date(artefacts, folder / "new.h5") == describe(path)
    assert contents(folder / "new.h5") == contents(path)


def additions_path(revision: int) -> str:
    return ADDITIONS.fill(dataset=NAME, revision=revision)


def test_paths_sort_as_their_numbers_do() -> None:
    assert sorted(additions_path(number) for number in (2, 10, 999_999, 1)) == [
        additions_path(number) for number in (1, 2, 10, 999_999)
    ]


def test_the_base_lies_beside_the_revisions_not_among_them() -> None:
    assert not BASE_DATASET.fill(dataset=NAME).startswith(additions_folder(NAME))
    assert additions_path(1).startswith(additions_folder(NAME))
