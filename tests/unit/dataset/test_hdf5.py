"""Reading the data set: other files raise InvalidDataset, and bytes come back as written."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as npst

from pipeline.dataset import hdf5
from pipeline.dataset.hdf5 import (
    describe,
    read_base,
    read_base_counts,
    read_base_digest,
    read_corrections,
    read_rows,
)
from pipeline.dataset.merge import merge
from pipeline.drawings import image_digest, scale_pixels
from pipeline.errors import InvalidDataset
from pipeline.records.dataset import Split


def test_a_missing_file_is_an_invalid_data_set_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="redraw baseline"):
        describe(tmp_path / "none.h5")


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_an_invalid_data_set(part: float, base_file: Path) -> None:
    data = base_file.read_bytes()
    base_file.write_bytes(data[: int(part * len(data))])
    with pytest.raises(InvalidDataset):
        describe(base_file)


def test_an_hdf5_file_of_another_program_is_an_invalid_data_set(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["something"] = 1
    with pytest.raises(InvalidDataset, match="not a data set of Redraw"):
        describe(tmp_path / "other.h5")


@pytest.mark.parametrize("name", ["revision", "parent", "digest", "categories", "seed"])
def test_a_file_without_one_of_our_attributes_is_an_invalid_data_set(
    name: str, base_file: Path
) -> None:
    with h5py.File(base_file, "r+") as file:
        del file.attrs[name]
    with pytest.raises(InvalidDataset, match="not a data set of Redraw"):
        describe(base_file)


@pytest.mark.parametrize("split", Split)
def test_images_and_labels_of_different_length_are_an_invalid_data_set(
    split: Split, base_file: Path
) -> None:
    with h5py.File(base_file, "r+") as file:
        file[f"y_{split}"].resize(3, axis=0)
    with pytest.raises(InvalidDataset, match="differ in length"):
        describe(base_file)


def test_revision_0_has_no_parent_and_no_corrections(base_file: Path) -> None:
    revision = describe(base_file)
    assert (revision.revision, revision.parent, revision.corrections, revision.seed) == (
        0,
        None,
        0,
        3,
    )


def test_all_rows_of_revision_0_are_base_rows(base_file: Path) -> None:
    assert read_base_counts(base_file) == describe(base_file).rows


def test_the_base_digest_of_a_later_revision_is_that_of_revision_0(
    base_file: Path, make_additions: Any
) -> None:
    base = describe(base_file)
    later = merge(base_file, make_additions(base, 4))
    assert (read_base_digest(base_file), later.digest == base.digest) == (base.digest, False)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (0, 0), (3, 7), (470, None), (5, 10**9), (10**6, None)]
)
def test_rows_are_read_as_plain_h5py_reads_them(
    start: int, stop: int | None, base_file: Path
) -> None:
    rows = read_rows(base_file, Split.TRAIN, start, stop)
    with h5py.File(base_file) as file:
        images, labels = file["X_train"][start:stop], file["y_train"][start:stop]
    assert rows.images.dtype == np.uint8
    assert np.array_equal(rows.images, np.rint(images * 255))
    assert np.array_equal(rows.labels, labels)


def test_rows_do_not_depend_on_the_size_of_the_blocks_they_are_read_in(
    base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_rows(base_file, Split.TRAIN, 5)
    monkeypatch.setattr(hdf5, "READ_ROWS", 7)
    assert np.array_equal(read_rows(base_file, Split.TRAIN, 5).images, whole.images)


def test_base_rows_and_corrections_are_read_separately(
    base_file: Path, make_additions: Any
) -> None:
    before = read_base(base_file, Split.TRAIN)
    additions = make_additions(describe(base_file), 30)
    merge(base_file, additions)
    assert np.array_equal(read_base(base_file, Split.TRAIN).images, before.images)
    assert np.array_equal(
        read_corrections(base_file, Split.TRAIN).images,
        additions.images[additions.splits == "train"],
    )


def test_no_more_base_rows_are_read_than_asked_for(base_file: Path) -> None:
    assert len(read_base(base_file, Split.TRAIN, 17).labels) == 17


def test_spare_rows_lie_behind_the_base_rows_and_can_be_filled(base_file: Path) -> None:
    plain, spare = (read_base(base_file, Split.VAL, 17, spare=count) for count in (0, 5))
    assert (spare.images.shape, spare.labels.shape) == ((22, 28, 28), (22,))
    spare.images[17:], spare.labels[17:] = 9, 3
    np.testing.assert_array_equal(spare.images[:17], plain.images)
    np.testing.assert_array_equal(spare.labels[:17], plain.labels)


def test_more_base_rows_than_there_are_is_all_of_them_and_no_correction(
    base_file: Path, make_additions: Any
) -> None:
    merge(base_file, make_additions(describe(base_file), 30))
    assert (
        len(read_base(base_file, Split.TRAIN, 10**9).labels)
        == read_base_counts(base_file)[Split.TRAIN]
    )


@given(npst.arrays(np.uint8, (2, 28, 28)))
def test_scaling_loses_nothing(images: Any) -> None:
    assert np.array_equal(np.rint(scale_pixels(images) * np.float32(255)), images)


def test_the_digest_of_a_drawing_does_not_depend_on_how_it_lies_in_memory() -> None:
    image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    assert image_digest(np.asfortranarray(image)) == image_digest(image)
    assert image_digest(image.T) != image_digest(image)
