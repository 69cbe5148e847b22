"""The doctor reads the whole log in Storage and names what is missing or damaged."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset import revisions
from pipeline.dataset.additions import dump_additions, load_additions
from pipeline.dataset.audit import audit_log
from pipeline.dataset.verification import compute_digests
from pipeline.dataset.verified import record_path
from pipeline.errors import InvalidDataset
from pipeline.storage_paths import ADDITIONS, BASE_CATEGORIES, BASE_DATASET, BASE_DIGEST

NAME = "quickdraw_20cat"
BASE, DIGEST, CLASSES = (
    kind.fill(dataset=NAME) for kind in (BASE_DATASET, BASE_DIGEST, BASE_CATEGORIES)
)
FIRST, SECOND, THIRD = (ADDITIONS.fill(dataset=NAME, revision=number) for number in (1, 2, 3))
bring_up_to_date = partial(revisions.bring_up_to_date, categories=CATEGORIES)


def audit(stored: MemoryArtefacts, path: Path) -> None:
    audit_log(stored, path, compute_digests(path) if path.exists() else [], categories=CATEGORIES)


@pytest.mark.parametrize("with_record", [True, False])
@pytest.mark.parametrize("here", [True, False])
def test_a_sound_log_passes_with_a_local_file_and_without(
    with_record: bool, here: bool, stored: MemoryArtefacts, base_file: Path
) -> None:
    if not with_record:
        record_path(base_file).unlink()
    if not here:
        base_file.unlink()
    before = dict(stored.objects)
    audit(stored, base_file)
    assert stored.objects == before


def test_before_the_first_baseline_there_is_nothing_to_say(
    artefacts: MemoryArtefacts, tmp_path: Path
) -> None:
    audit(artefacts, tmp_path / "data.h5")


@pytest.mark.parametrize("lost", [BASE, DIGEST, CLASSES, FIRST, THIRD])
def test_what_is_lost_but_held_here_is_named_and_the_next_run_stores_it_again(
    lost: str, stored: MemoryArtefacts, base_file: Path
) -> None:
    del stored.objects[lost]
    with pytest.raises(InvalidDataset, match=f"lost {lost}: the next run .* stores it again"):
        audit(stored, base_file)
    bring_up_to_date(stored, base_file)
    audit(stored, base_file)


@pytest.mark.parametrize("lost", [BASE, FIRST, SECOND])
def test_what_is_lost_is_named_on_a_machine_without_a_file(
    lost: str, stored: MemoryArtefacts, tmp_path: Path
) -> None:
    del stored.objects[lost]
    with pytest.raises(InvalidDataset, match=f"lost {lost}"):
        audit(stored, tmp_path / "none.h5")


@pytest.mark.parametrize("here", [True, False])
@pytest.mark.parametrize("path", [BASE, CLASSES, FIRST, THIRD])
def test_a_damaged_object_is_named(
    path: str, here: bool, stored: MemoryArtefacts, base_file: Path
) -> None:
    if not here:
        base_file.unlink()
    stored.objects[path] = stored.objects[path][:-50]
    with pytest.raises(InvalidDataset, match=path):
        audit(stored, base_file)


def test_a_revision_of_another_chain_is_named(stored: MemoryArtefacts, tmp_path: Path) -> None:
    additions = load_additions(stored.objects[SECOND])
    stored.objects[SECOND] = dump_additions(additions._replace(labels=additions.labels ^ 1))
    # By itself it is whole; the revision after it shows that it is another one.
    with pytest.raises(InvalidDataset, match=f"{THIRD} in Storage does not continue revision 2"):
        audit(stored, tmp_path / "none.h5")


def test_a_file_of_another_project_is_named(
    stored: MemoryArtefacts, random_raw: Path, tmp_path: Path
) -> None:
    from pipeline.dataset.preprocess import preprocess

    other: Any = tmp_path / "other.h5"
    preprocess(random_raw, other, categories=CATEGORIES, samples_per_class=10, seed=9)
    with pytest.raises(InvalidDataset, match="move it away"):
        audit(stored, other)
