"""Raw files as Quick, Draw! names them, and the classes that a data set is made of."""

from pathlib import Path

import numpy as np

from pipeline.categories import CATEGORIES
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.raw_drawings import find_raw
from pipeline.records.dataset import Split


def test_a_folder_filled_by_hand_may_have_google_s_names(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (20, 784), np.uint8)
    for name in ("smiley face", "The Eiffel Tower", "cat"):
        np.save(tmp_path / f"{name}.npy", rows)
    revision = preprocess(
        tmp_path,
        tmp_path / "out.h5",
        categories=("smiley_face", "the_eiffel_tower", "cat"),
        samples_per_class=20,
        seed=0,
    )
    assert revision.categories == ["smiley_face", "the_eiffel_tower", "cat"]
    assert revision.rows[Split.TRAIN] == 3 * 16


def test_a_class_s_own_file_comes_before_google_s(tmp_path: Path) -> None:
    for name in ("smiley face", "smiley_face"):
        (tmp_path / f"{name}.npy").write_bytes(b"")
    assert find_raw(tmp_path, "smiley_face").name == "smiley_face.npy"


def test_the_order_of_the_classes_is_part_of_the_digest(random_raw: Path, tmp_path: Path) -> None:
    names = CATEGORIES[:3]
    one, other = (
        preprocess(
            random_raw, tmp_path / f"{each[0]}.h5", categories=each, samples_per_class=20, seed=0
        ).digest
        for each in (names, names[::-1])
    )
    assert one != other
