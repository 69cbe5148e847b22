"""Additions as stored in Storage: they come back as they were, and their digest covers them all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.dataset.additions import dump_additions, load_additions
from pipeline.dataset.hdf5 import describe
from pipeline.errors import InvalidDataset
from pipeline.npz import dump_arrays

ARRAYS = ("images", "labels", "ids", "players", "splits", "guesses", "confidences")


def test_additions_come_back_from_storage_as_they_were(
    base_file: Path, make_additions: Any
) -> None:
    additions = make_additions(describe(base_file), 9)
    loaded = load_additions(dump_additions(additions))
    assert loaded.digest == additions.digest
    assert (loaded.run_id, loaded.revision, loaded.parent) == (
        additions.run_id,
        additions.revision,
        additions.parent,
    )
    for name in (*ARRAYS, "versions"):
        assert np.array_equal(getattr(loaded, name), getattr(additions, name)), name


def test_the_stored_bytes_of_the_same_additions_are_the_same(
    base_file: Path, make_additions: Any
) -> None:
    held = describe(base_file)
    assert dump_additions(make_additions(held, 9)) == dump_additions(make_additions(held, 9))


@pytest.mark.parametrize("field", [*ARRAYS, "parent", "revision"])
def test_the_digest_hangs_on_everything_that_is_added(
    field: str, base_file: Path, make_additions: Any
) -> None:
    additions = make_additions(describe(base_file), 5)
    value = getattr(additions, field)
    changed = value[::-1] if field not in {"parent", "revision"} else value + value
    if field == "splits":
        changed = np.where(value == "train", "test", "train")
    assert additions._replace(**{field: changed}).digest != additions.digest


def test_the_digest_does_not_hang_on_the_run(base_file: Path, make_additions: Any) -> None:
    additions = make_additions(describe(base_file), 5)
    assert additions._replace(run_id="another").digest == additions.digest


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x93NUMPY", b"no zip at all"]
)
def test_bytes_that_are_no_additions_are_an_invalid_data_set(data: bytes) -> None:
    with pytest.raises(InvalidDataset, match="backup"):
        load_additions(data)


def test_additions_cut_off_anywhere_are_an_invalid_data_set(
    base_file: Path, make_additions: Any
) -> None:
    data = dump_additions(make_additions(describe(base_file), 2))
    for length in range(0, len(data), 37):
        with pytest.raises(InvalidDataset):
            load_additions(data[:length])


def test_an_array_on_its_own_is_an_invalid_data_set(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(InvalidDataset):
        load_additions((tmp_path / "array.npy").read_bytes())


def test_additions_say_by_which_rule_their_drawings_were_made(
    base_file: Path, make_additions: Any
) -> None:
    additions = make_additions(describe(base_file), 2)._replace(rule=7)
    assert load_additions(dump_additions(additions)).rule == 7


def test_additions_of_an_older_redraw_were_made_by_the_first_rule(
    base_file: Path, make_additions: Any
) -> None:
    arrays = make_additions(describe(base_file), 2)._asdict()
    del arrays["rule"]
    assert load_additions(dump_arrays(arrays)).rule == 1
