"""The data set is compared with the classes of the settings, here and in Storage."""

import json
from pathlib import Path

import h5py
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset.audit import audit_log
from pipeline.dataset.classes import check_local_categories
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.revisions import bring_up_to_date, store_base
from pipeline.errors import InvalidDataset, OtherClasses
from pipeline.storage_paths import BASE_CATEGORIES

REORDERED = ("sun", "apple", *CATEGORIES[2:])
LIST = BASE_CATEGORIES.fill(dataset="quickdraw_20cat")


def rename(path: Path) -> None:
    """Change the list of classes in a file, as damage would: no digest covers the change."""
    with h5py.File(path, "r+") as file:
        file.attrs["categories"] = json.dumps(REORDERED)


def test_a_file_of_other_classes_is_refused(base_file: Path) -> None:
    with pytest.raises(OtherClasses, match="class 0 is apple there and sun here"):
        check_local_categories(base_file, REORDERED)


def test_no_file_and_a_file_of_these_classes_pass(base_file: Path, tmp_path: Path) -> None:
    check_local_categories(base_file, CATEGORIES)
    check_local_categories(tmp_path / "none.h5", REORDERED)


def test_a_file_whose_list_was_damaged_is_rebuilt_and_not_called_one_of_other_classes(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    sound = describe(base_file)
    rename(base_file)
    assert bring_up_to_date(stored, base_file, categories=CATEGORIES) == sound


@pytest.mark.parametrize("listed", [True, False])
def test_a_new_machine_refuses_the_data_set_of_other_classes_and_keeps_no_file(
    listed: bool, stored: MemoryArtefacts, tmp_path: Path
) -> None:
    if not listed:
        del stored.objects[LIST]
    before = dict(stored.objects)
    with pytest.raises(OtherClasses, match="quickdraw_20cat in Storage has 20 classes"):
        bring_up_to_date(stored, tmp_path / "new.h5", categories=REORDERED)
    assert (stored.objects, [*tmp_path.glob("new*")]) == (before, [])


@pytest.mark.parametrize("junk", [b"", b"{}", b"[1]", b"\xff", b"null"])
def test_a_damaged_list_is_named_and_stored_again_once_it_is_deleted(
    junk: bytes, stored: MemoryArtefacts, base_file: Path, tmp_path: Path
) -> None:
    stored.objects[LIST] = junk
    with pytest.raises(InvalidDataset, match=f"{LIST} in Storage is damaged: delete the object"):
        bring_up_to_date(stored, tmp_path / "new.h5", categories=CATEGORIES)
    del stored.objects[LIST]
    bring_up_to_date(stored, base_file, categories=CATEGORIES)
    assert json.loads(stored.objects[LIST]) == list(CATEGORIES)


def test_the_doctor_names_other_classes_in_storage(stored: MemoryArtefacts, tmp_path: Path) -> None:
    with pytest.raises(OtherClasses, match="in Storage"):
        audit_log(stored, tmp_path / "none.h5", [], categories=REORDERED)


def test_a_base_of_as_many_other_classes_is_not_stored_over_the_first(
    artefacts: MemoryArtefacts, base_file: Path, random_raw: Path, tmp_path: Path
) -> None:
    from pipeline.dataset.preprocess import preprocess

    store_base(artefacts, base_file)
    other = tmp_path / "other.h5"
    preprocess(random_raw, other, categories=REORDERED, samples_per_class=10, seed=0)
    with pytest.raises(OtherClasses, match="class 0 is apple there and sun here"):
        store_base(artefacts, other)
