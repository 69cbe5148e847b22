"""What preprocess writes equals the plain recipe, for any threads, portions and compression."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.plain_preprocess import plain_preprocess
from benchmarks.preprocess import compare
from pipeline.categories import CATEGORIES
from pipeline.dataset import preprocess as module
from pipeline.dataset.hdf5 import start_digest
from pipeline.dataset.preprocess import preprocess
from tests._examples import examples


@pytest.fixture
def build(random_raw: Path, tmp_path: Path) -> Callable[..., Path]:
    """Build a data set of the random drawings under a name."""

    def build_file(name: str, samples_per_class: int = 100, seed: int = 3, **options: int) -> Path:
        target = tmp_path / f"{name}.h5"
        preprocess(
            random_raw,
            target,
            categories=CATEGORIES,
            samples_per_class=samples_per_class,
            seed=seed,
            **options,
        )
        return target

    return build_file


def digest_of(path: Path) -> str:
    with h5py.File(path) as file:
        return str(file.attrs["digest"])


@given(samples_per_class=st.integers(10, 40), seed=st.integers(0, 2**32))
@settings(
    deadline=None,
    max_examples=examples(8),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_drawing_is_where_the_plain_recipe_puts_it_bit_for_bit(
    samples_per_class: int, seed: int, build: Callable[..., Path], random_raw: Path, tmp_path: Path
) -> None:
    plain_preprocess(random_raw, tmp_path / "plain.h5", samples_per_class, seed)
    assert compare(tmp_path / "plain.h5", build("ours", samples_per_class, seed)) > 0


@pytest.mark.parametrize("threads", [2, 5])
def test_the_number_of_threads_changes_no_byte(threads: int, build: Callable[..., Path]) -> None:
    assert build("one", threads=1).read_bytes() == build("more", threads=threads).read_bytes()


@pytest.mark.parametrize("rows", [128, 384])
def test_the_size_of_a_portion_changes_no_byte(
    rows: int, build: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build("whole").read_bytes()
    monkeypatch.setattr(module, "PORTION_ROWS", rows)
    assert build("in portions").read_bytes() == whole


def test_how_the_file_is_compressed_does_not_change_the_digest(
    build: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = build("usual")
    monkeypatch.setattr(module, "ISAL_LEVEL", 0)
    other = build("other")
    assert other.read_bytes() != usual.read_bytes()
    assert digest_of(other) == digest_of(usual)


def test_the_digest_is_that_of_what_the_file_holds(base_file: Path) -> None:
    digest = start_digest(3, CATEGORIES)
    with h5py.File(base_file) as file:
        for split in ("train", "val", "test"):
            digest.update(np.rint(file[f"X_{split}"][:] * 255).astype(np.uint8).tobytes())
            digest.update(file[f"y_{split}"][:].tobytes())
    assert digest.hexdigest() == digest_of(base_file)


def test_rows_behind_the_last_whole_chunk_can_be_appended_to(base_file: Path) -> None:
    with h5py.File(base_file, "r+") as file:
        pixels = file["X_val"]
        before = pixels[:]
        assert len(before) % 128
        pixels.resize(len(before) + 200, axis=0)
        assert not pixels[len(before) :].any()
        pixels[len(before) :] = 1
        assert np.array_equal(pixels[: len(before)], before)
