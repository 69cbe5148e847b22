"""What a newer Redraw wrote of a data set is refused in a line, and left as it is."""

from pathlib import Path

import h5py
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset.additions import Additions, load_additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.log import list_log
from pipeline.dataset.revisions import bring_up_to_date
from pipeline.dataset.verified import record_path
from pipeline.errors import NewerDocument
from pipeline.npz import dump_arrays, load_arrays

NAME = "quickdraw_20cat"


def make_newer(data: bytes) -> bytes:
    """Return the additions of a revision as a newer Redraw would write them."""
    fields = load_arrays(data, Additions._fields, "it", "")
    return dump_arrays({**fields, "format": 2})


def test_a_file_of_a_newer_redraw_is_refused_and_not_called_damaged(base_file: Path) -> None:
    with h5py.File(base_file, "a") as file:
        file.attrs["format"] = 2
    before = base_file.read_bytes()
    with pytest.raises(NewerDocument, match="upgrade this Redraw"):
        describe(base_file)
    assert base_file.read_bytes() == before


def test_a_revision_of_a_newer_redraw_is_not_merged(
    stored: MemoryArtefacts, base_file: Path, pristine_base: Path
) -> None:
    path = list_log(stored, NAME).path(3)
    stored.objects[path] = make_newer(stored.objects[path])
    base_file.write_bytes(pristine_base.read_bytes())
    record_path(base_file).unlink()
    with pytest.raises(NewerDocument, match=r"3\.npz is left as it is"):
        bring_up_to_date(stored, base_file, categories=CATEGORIES)


def test_a_revision_that_a_newer_redraw_wrote_again_is_not_called_damaged(
    stored: MemoryArtefacts, base_file: Path
) -> None:
    path = list_log(stored, NAME).path(2)
    stored.objects[path] = make_newer(stored.objects[path])
    with pytest.raises(NewerDocument):
        bring_up_to_date(stored, base_file, categories=CATEGORIES)


def test_additions_of_this_form_may_say_so(stored: MemoryArtefacts) -> None:
    data = stored.objects[list_log(stored, NAME).path(1)]
    fields = load_arrays(data, Additions._fields, "it", "")
    told = load_additions(dump_arrays({**fields, "format": 1}))
    assert told.digest == load_additions(data).digest
