"""Raw drawings become revision 0; plain h5py reads it as docs/architecture.md promises."""

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.dataset.preprocess import preprocess
from pipeline.drawings import centroid_crop
from pipeline.errors import InvalidRawDrawings
from tests._examples import examples

SPLITS = ("train", "val", "test")


@pytest.fixture
def raw(random_raw: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(random_raw, tmp_path / "raw"))


@pytest.fixture
def file(base_file: Path) -> Any:
    with h5py.File(base_file) as opened:
        yield opened


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, drawings=np.zeros((20, 784), np.uint8))
    return buffer.getvalue()


SOUND = npy(np.zeros((20, 784), np.uint8))
DAMAGED = {
    "empty": b"",
    "cut in the header": SOUND[:50],
    "cut by one byte": SOUND[:-1],
    "no npy": b"drawings" * 4000,
    "a zip of arrays": npz(),
    "pickled": npy(np.array([{}] * 20, object)),
    "floats": npy(np.zeros((20, 784), np.float32)),
    "signed": npy(np.zeros((20, 784), np.int8)),
    "square": npy(np.zeros((20, 28, 28), np.uint8)),
    "flat": npy(np.zeros(20 * 784, np.uint8)),
    "other width": npy(np.zeros((20, 783), np.uint8)),
    "no rows": npy(np.zeros((0, 784), np.uint8)),
    "nine rows": npy(np.zeros((9, 784), np.uint8)),
    "negative length": SOUND.replace(b"(20, 784)", b"(-1, 784)"),
    "open bracket": SOUND.replace(b"(20, 784), }", b"(20, 784    "),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_raw_drawings_is_refused_by_name_and_no_target_is_made(
    data: bytes, raw: Path
) -> None:
    (raw / "moon.npy").write_bytes(data)
    with pytest.raises(InvalidRawDrawings, match=r"moon\.npy"):
        preprocess(raw, raw / "out.h5", categories=CATEGORIES, samples_per_class=20, seed=0)
    assert not (raw / "out.h5").exists()


@given(
    changes=st.lists(st.tuples(st.integers(0, 127), st.integers(0, 255)), min_size=1, max_size=4)
)
@settings(
    deadline=None,
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.filterwarnings(
    "ignore::SyntaxWarning", "ignore:Reading:UserWarning", "ignore:overflow:RuntimeWarning"
)
def test_a_header_with_any_bytes_changed_is_read_or_refused(
    changes: list[tuple[int, int]], tmp_path: Path
) -> None:
    data = bytearray(SOUND)
    for place, value in changes:
        data[place] = value
    (tmp_path / "apple.npy").write_bytes(data)
    # The second class is missing, so a header that can still be read ends here too.
    with pytest.raises(InvalidRawDrawings):
        preprocess(
            tmp_path, tmp_path / "out.h5", categories=CATEGORIES, samples_per_class=20, seed=0
        )


def test_a_missing_class_is_reported_before_any_work(raw: Path) -> None:
    (raw / "smiley_face.npy").unlink()
    messages: list[str] = []
    with pytest.raises(InvalidRawDrawings, match=r"smiley_face\.npy is missing"):
        preprocess(
            raw,
            raw / "out.h5",
            categories=CATEGORIES,
            samples_per_class=20,
            seed=0,
            on_progress=lambda message, *_: messages.append(message),
        )
    assert messages == []


@pytest.mark.parametrize("stop_at", ["writing train", "writing val", "writing test"])
def test_an_interruption_leaves_no_target_and_no_rest(
    stop_at: str, raw: Path, tmp_path: Path
) -> None:
    def stop(message: str, *_: int) -> None:
        if message == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        preprocess(
            raw,
            tmp_path / "out" / "data.h5",
            categories=CATEGORIES,
            samples_per_class=20,
            seed=0,
            on_progress=stop,
        )
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_an_interruption_leaves_the_old_file(raw: Path, base_file: Path) -> None:
    before = base_file.read_bytes()

    def stop(message: str, *_: int) -> None:
        if message == "writing val":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        preprocess(
            raw, base_file, categories=CATEGORIES, samples_per_class=20, seed=0, on_progress=stop
        )
    assert base_file.read_bytes() == before


def test_the_same_seed_gives_the_same_digest(raw: Path, base_file: Path) -> None:
    again = preprocess(raw, raw / "again.h5", categories=CATEGORIES, samples_per_class=100, seed=3)
    with h5py.File(base_file) as first:
        assert first.attrs["digest"] == again.digest


def test_another_seed_gives_another_digest(raw: Path, base_file: Path) -> None:
    other = preprocess(raw, raw / "other.h5", categories=CATEGORIES, samples_per_class=100, seed=4)
    with h5py.File(base_file) as first:
        assert first.attrs["digest"] != other.digest


def test_one_changed_pixel_gives_another_digest(raw: Path, base_file: Path) -> None:
    rows = np.load(raw / "sun.npy")
    rows[0, 0] ^= 255
    np.save(raw / "sun.npy", rows)
    other = preprocess(raw, raw / "other.h5", categories=CATEGORIES, samples_per_class=100, seed=3)
    with h5py.File(base_file) as first:
        assert first.attrs["digest"] != other.digest


@pytest.mark.parametrize("split", SPLITS)
def test_images_are_float32_in_gzip_4_and_labels_bytes(file: Any, split: str) -> None:
    images, labels = file[f"X_{split}"], file[f"y_{split}"]
    assert (images.dtype, labels.dtype) == (np.float32, np.uint8)
    assert (images.compression, images.compression_opts) == ("gzip", 4)
    assert images.shape == (len(labels), 28, 28)
    assert labels.shape == (len(labels),)


@pytest.mark.parametrize("split", SPLITS)
def test_a_batch_of_128_is_one_chunk_and_both_can_grow(file: Any, split: str) -> None:
    assert file[f"X_{split}"].chunks == (128, 28, 28)
    assert (file[f"X_{split}"].maxshape, file[f"y_{split}"].maxshape) == ((None, 28, 28), (None,))


@pytest.mark.parametrize("split", SPLITS)
def test_values_are_exact_multiples_of_one_255th(file: Any, split: str) -> None:
    values = file[f"X_{split}"][:]
    assert values.min() >= 0
    assert values.max() <= 1
    assert np.array_equal(
        np.rint(values * 255).astype(np.uint8).astype(np.float32) / np.float32(255), values
    )


def test_each_class_is_split_80_10_10(file: Any) -> None:
    for label in range(20):
        count = 20 + label
        tenth = count // 10
        held = {split: int((file[f"y_{split}"][:] == label).sum()) for split in SPLITS}
        assert held == {"train": count - 2 * tenth, "val": tenth, "test": tenth}, label


def test_every_raw_drawing_is_there_once_centred_under_its_label(
    file: Any, random_raw: Path
) -> None:
    def digests_of(images: np.ndarray, label: int) -> list[tuple[str, int]]:
        return [(hashlib.sha256(image.tobytes()).hexdigest(), label) for image in images]

    expected = [
        pair
        for label, name in enumerate(CATEGORIES)
        for pair in digests_of(
            centroid_crop(np.load(random_raw / f"{name}.npy").reshape(-1, 28, 28)), label
        )
    ]
    stored = []
    for split in SPLITS:
        images = np.rint(file[f"X_{split}"][:] * 255).astype(np.uint8)
        for image, label in zip(images, file[f"y_{split}"][:].tolist(), strict=True):
            stored += digests_of(image[None], label)
    assert sorted(stored) == sorted(expected)


def test_rows_are_shuffled_across_classes(file: Any) -> None:
    assert len(set(file["y_train"][:40].tolist())) > 10


def test_only_the_first_rows_of_a_file_are_used(raw: Path) -> None:
    revision = preprocess(raw, raw / "out.h5", categories=CATEGORIES, samples_per_class=10, seed=0)
    assert dict(revision.rows) == {"train": 160, "val": 20, "test": 20}


def test_the_attributes_describe_the_file(file: Any) -> None:
    assert json.loads(file.attrs["categories"]) == list(CATEGORIES)
    assert (file.attrs["seed"], file.attrs["revision"], file.attrs["parent"]) == (3, 0, "")
    assert len(bytes.fromhex(file.attrs["digest"])) == 32


def test_the_group_of_corrections_is_there_and_empty(file: Any) -> None:
    assert {name: len(column) for name, column in file["corrections"].items()} == dict.fromkeys(
        (
            "ids",
            "players",
            "splits",
            "revisions",
            "rows",
            "digests",
            "guesses",
            "confidences",
            "versions",
            "asked",
            "chances",
        ),
        0,
    )


def test_progress_rises_to_its_total(raw: Path) -> None:
    steps: list[tuple[int, int]] = []
    preprocess(
        raw,
        raw / "out.h5",
        categories=CATEGORIES,
        samples_per_class=20,
        seed=0,
        on_progress=lambda message, done=0, total=0: steps.append((done, total)),
    )
    assert steps[-1] == (400, 400)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    assert {total for _, total in steps} == {400}
