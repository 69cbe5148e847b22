"""A changed byte of the data set is noticed, or it is one that is never read."""

import fcntl
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.dataset import verification
from pipeline.dataset.base_copy import write_base
from pipeline.dataset.hdf5 import (
    describe,
    read_base_counts,
    read_base_digest,
    read_rows,
)
from pipeline.dataset.merge import merge
from pipeline.dataset.verification import compute_digests, read_additions
from pipeline.errors import DatasetDamaged, DatasetMoved
from pipeline.records.dataset import Split
from tests._examples import examples
from tests._provenance import read_provenance


def read_everything(path: Path) -> list[Any]:
    rows = [part.tobytes() for split in Split for part in read_rows(path, split)]
    columns = [repr(column.tolist()) for column in read_provenance(path)]
    return [describe(path), read_base_counts(path), read_base_digest(path), *rows, *columns]


@pytest.fixture
def grown(base_file: Path, make_additions: Any) -> tuple[Path, list[Any]]:
    """A data set of three revisions, with confirmations, and what was added."""
    added = []
    for name, count in (("a", 30), ("b", 1), ("c", 20)):
        additions = make_additions(describe(base_file), count, name, count)
        guesses = np.where(np.arange(count) % 5, additions.guesses, additions.labels)
        added.append(additions._replace(guesses=guesses.astype(np.uint8)))
        merge(base_file, added[-1])
    return base_file, added


def test_the_digests_of_all_revisions_come_out_of_the_rows(grown: Any) -> None:
    path, added = grown
    assert compute_digests(path) == [read_base_digest(path), *(each.digest for each in added)]


def test_what_a_revision_added_is_read_back(grown: Any) -> None:
    path, added = grown
    for additions in added:
        found = read_additions(path, additions.revision, additions.parent)
        assert found.digest == additions.digest
        assert found.ids.tolist() == additions.ids.tolist()


def test_memory_is_bounded_by_the_portions_and_these_do_not_matter(
    grown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = grown
    whole = compute_digests(path)
    monkeypatch.setattr(verification, "READ_ROWS", 7)
    assert compute_digests(path) == whole


@pytest.mark.slow
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), whole=st.booleans())
@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_is_noticed_or_changes_nothing_that_is_read(
    place: float, bit: int, whole: bool, grown: Any
) -> None:
    path, _ = grown
    flipped, data = path.with_name("flipped.h5"), bytearray(path.read_bytes())
    # Half of the flips in the first part, where the structure of the file is dense.
    data[int(place * (len(data) if whole else 60_000))] ^= 1 << bit
    flipped.write_bytes(data)
    message = None
    try:
        compute_digests(flipped)
    except DatasetDamaged as damage:
        message = str(damage)
    if message is None:
        assert read_everything(flipped) == read_everything(path)
    else:
        assert "delete it" in message
        assert "\n" not in message


def flip_first(column: Any) -> None:
    value = column[0]
    column[0] = value[::-1] if isinstance(value, bytes) else value + 1


DAMAGES: dict[str, Any] = {
    "a base label": lambda file: flip_first(file["y_test"]),
    "a base drawing": lambda file: file["X_val"].__setitem__((0, 3, 3), np.float32(1)),
    "a shade between two": lambda file: file["X_val"].__setitem__((0, 3, 3), np.float32(0.5)),
    "no number": lambda file: file["X_train"].__setitem__((0, 3, 3), np.float32("nan")),
    "a correction's label": lambda file: file["y_train"].__setitem__(-1, 77),
    "a correction's drawing": lambda file: file["X_train"].__setitem__((-1, 0, 0), np.float32(1)),
    "a guess that is 256 too high": lambda file: file["corrections/guesses"].__setitem__(
        0, file["corrections/guesses"][0] + 256
    ),
    "the number of confirmations": lambda file: file.attrs.__setitem__("confirmations", 3),
    "why a player was asked": lambda file: flip_first(file["corrections/asked"]),
    "the last bits of a confidence": lambda file: file["corrections/confidences"].__setitem__(
        0, np.nextafter(file["corrections/confidences"][0], 1)
    ),
    **{
        f"an entry of {name}": lambda file, name=name: flip_first(file[f"corrections/{name}"])
        for name in ("ids", "players", "splits", "versions", "digests", "rows", "revisions")
    },
    "the order of revisions": lambda file: file["corrections/revisions"].__setitem__(0, 3),
    "a lost entry": lambda file: file["corrections/ids"].resize(50, axis=0),
    "a lost row": lambda file: [file[f"{name}_test"].resize(40, axis=0) for name in "Xy"],
    "fewer base rows": lambda file: file["X_train"].attrs.__setitem__("base_rows", 3),
    "more base rows": lambda file: file["X_train"].attrs.__setitem__("base_rows", 10**6),
    **{
        f"the attribute {name}": lambda file, name=name, value=value: file.attrs.__setitem__(
            name, value
        )
        for name, value in {
            "seed": 4,
            "categories": '["cat"]',
            "revision": 2,
            "parent": "0" * 64,
            "digest": "0" * 64,
            "base_digest": "0" * 64,
        }.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_part_of_the_content_is_covered(damage: str, grown: Any) -> None:
    path, _ = grown
    with h5py.File(path, "r+") as file:
        DAMAGES[damage](file)
    with pytest.raises(DatasetDamaged):
        compute_digests(path)


def test_a_part_that_cannot_be_read_is_damage_with_advice_in_any_reader(grown: Any) -> None:
    path, _ = grown
    with h5py.File(path) as file:
        place = file["X_train"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[place + 40 : place + 60] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(DatasetDamaged, match=r"synchronously read data.*delete it .* rebuilt"):
        read_rows(path, Split.TRAIN)


def test_the_base_is_written_again_without_any_correction(grown: Any, pristine_base: Path) -> None:
    path, added = grown
    target = path.with_name("base.h5")
    write_base(path, target)
    assert read_everything(target) == read_everything(pristine_base)
    data = target.read_bytes()
    assert not any(name.encode() in data for each in added for name in each.ids.tolist())
    # The last base rows share a chunk with corrections.
    with h5py.File(target) as file:
        assert file["X_train"].maxshape[0] is None
        _, chunk = file["X_train"].id.read_direct_chunk((file["X_train"].chunks[0], 0, 0))
    assert len(chunk) > 0


def test_a_base_that_is_damaged_is_not_written(grown: Any, tmp_path: Path) -> None:
    path, _ = grown
    with h5py.File(path, "r+") as file:
        flip_first(file["y_test"])
    with pytest.raises(DatasetDamaged):
        write_base(path, tmp_path / "base.h5")


def test_a_file_that_another_program_writes_is_not_called_damaged(base_file: Path) -> None:
    with base_file.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)  # as HDF5 does in another program
        with pytest.raises(DatasetMoved, match="another program is writing"):
            describe(base_file)
