"""Generated drawings: in the format of Google's files, the same for a seed, and varied enough."""

import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from emulator.players.sketches import MOTIFS, render, sketch, sketch_rows, thicken, write_sketches
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from tests._examples import examples

ROOT = Path(__file__).parents[3]
classes = st.sampled_from(CATEGORIES)
seeds = st.integers(0, 2**32)


def test_there_is_a_motif_for_every_class_and_for_no_other() -> None:
    assert set(MOTIFS) == set(CATEGORIES)


def test_a_class_without_a_motif_is_refused_with_what_to_do() -> None:
    with pytest.raises(RedrawError, match=r"'mug'.*use real drawings"):
        sketch("mug", np.random.default_rng(0))


@given(classes, seeds)
@settings(deadline=None, max_examples=examples(40))
def test_a_sketch_is_a_few_strokes_of_finite_points(category: str, seed: int) -> None:
    strokes = sketch(category, np.random.default_rng(seed))
    assert 1 <= len(strokes) <= 40
    for stroke in strokes:
        assert stroke.dtype == np.float64
        assert stroke.ndim == 2
        assert stroke.shape[0] >= 2
        assert stroke.shape[1] == 2
        assert np.isfinite(stroke).all()
        assert np.abs(stroke).max() < 10


@given(classes, seeds)
@settings(deadline=None, max_examples=examples(40))
def test_every_sketch_leaves_a_believable_amount_of_ink_from_edge_to_edge(
    category: str, seed: int
) -> None:
    drawing = render(sketch(category, np.random.default_rng(seed)))
    assert drawing.shape == (28, 28)
    assert drawing.dtype == np.uint8
    assert drawing.max() == 255
    inked = drawing > 25
    assert 0.02 < inked.mean() < 0.7
    assert max(np.ptp(np.flatnonzero(inked.any(axis=axis))) for axis in (0, 1)) >= 22


@given(classes, seeds, st.integers(0, 4), st.integers(0, 4))
@settings(deadline=None, max_examples=examples(30))
def test_fewer_rows_of_a_seed_are_the_first_of_more(
    category: str, seed: int, count: int, more: int
) -> None:
    np.testing.assert_array_equal(
        sketch_rows(category, count, seed), sketch_rows(category, count + more, seed)[:count]
    )


@given(classes, seeds, st.floats(0.01, 1000), st.floats(-500, 500))
@settings(deadline=None, max_examples=examples(30))
def test_size_and_place_of_the_strokes_do_not_matter(
    category: str, seed: int, scale: float, offset: float
) -> None:
    strokes = sketch(category, np.random.default_rng(seed))
    moved = [stroke * scale + offset for stroke in strokes]
    difference = np.abs(render(strokes).astype(int) - render(moved))
    assert difference.mean() < 2  # a point on the border of two fine pixels may fall on either side


def test_the_bitmap_is_laid_out_as_google_lays_it_out() -> None:
    # A square outline: the box of 256 in 304 puts the middle of the pen 2.2 pixels from the edge;
    # the pen is 1.5 pixels wide.
    drawing = render([np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], float)])
    lit = np.flatnonzero(drawing[14])
    assert (lit.min(), lit.max()) == (1, 26)
    assert drawing[14, :6].sum() / 255 == pytest.approx(16 / 304 * 28, abs=0.1)
    assert not drawing[4:24, 4:24].any()


def test_no_strokes_give_a_blank_bitmap_and_one_point_gives_a_dot() -> None:
    assert not render([]).any()
    dot = render([np.array([(0.3, 0.3), (0.3, 0.3)])])
    assert 0 < np.count_nonzero(dot) <= 9
    assert dot[13:15, 13:15].all()


images = npst.arrays(np.uint8, st.tuples(st.integers(12, 20), st.integers(12, 20)))


@given(images, st.sampled_from([1, 3, 5, 7, 9, 11]))
@settings(deadline=None, max_examples=examples(40))
def test_a_pen_leaves_each_pixel_as_bright_as_the_brightest_one_under_it(
    image: NDArray[np.uint8], pen: int
) -> None:
    reach = pen // 2
    padded = np.pad(image, reach)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    nib = y**2 + x**2 <= (pen / 2) ** 2
    windows = np.lib.stride_tricks.sliding_window_view(padded, (pen, pen))
    np.testing.assert_array_equal(thicken(image, pen), np.where(nib, windows, 0).max(axis=(2, 3)))


def test_classes_and_seeds_have_different_random_numbers() -> None:
    assert len({zlib.crc32(category.encode()) for category in CATEGORIES}) == len(CATEGORIES)
    assert (sketch_rows("star", 3, 1) != sketch_rows("star", 3, 2)).any()
    rows = sketch_rows("cat", 50, 1)
    assert len(np.unique(rows, axis=0)) == 50


def test_the_rows_of_a_seed_do_not_depend_on_the_process() -> None:
    code = (
        "import sys; from emulator.players.sketches import sketch_rows; "
        "sys.stdout.buffer.write(sketch_rows('bicycle', 2, 7).tobytes())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    rows = sketch_rows("bicycle", 2, 7)
    assert rows.shape == (2, 784)
    assert rows.dtype == np.uint8
    assert rows.tobytes() == other.stdout


def test_the_files_are_what_a_reader_of_googles_files_expects(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    write_sketches(tmp_path / "raw", 3, 5, lambda done, total: calls.append((done, total)))
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == sorted(
        f"{name}.npy" for name in CATEGORIES
    )
    assert calls == [(3 * (k + 1), 3 * len(CATEGORIES)) for k in range(len(CATEGORIES))]
    for category in CATEGORIES:
        rows = np.load(tmp_path / "raw" / f"{category}.npy", allow_pickle=False)
        np.testing.assert_array_equal(rows, sketch_rows(category, 3, 5))


def test_writing_again_replaces_the_files_and_needs_no_progress_callback(tmp_path: Path) -> None:
    write_sketches(tmp_path, 2, 1, None)
    write_sketches(tmp_path, 1, 2)
    np.testing.assert_array_equal(np.load(tmp_path / "sun.npy"), sketch_rows("sun", 1, 2))


def test_a_writer_that_is_stopped_leaves_no_half_file_under_a_real_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sketches(tmp_path, 1, 1)
    before = (tmp_path / "apple.npy").read_bytes()

    def stop(file: object, rows: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        write_sketches(tmp_path, 2, 2)
    assert (tmp_path / "apple.npy").read_bytes() == before
    assert {path.name for path in tmp_path.glob("*.npy")} == {f"{name}.npy" for name in CATEGORIES}


def test_the_classes_can_be_told_apart_but_not_without_mistakes() -> None:
    rows = np.stack([sketch_rows(category, 40, 3) for category in CATEGORIES]).astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=2, keepdims=True)
    known, queries = unit[:, :30].reshape(-1, 784), unit[:, 30:].reshape(-1, 784)
    guesses = np.repeat(np.arange(len(CATEGORIES)), 30)[(queries @ known.T).argmax(axis=1)]
    right = (
        (guesses == np.repeat(np.arange(len(CATEGORIES)), 10))
        .reshape(len(CATEGORIES), 10)
        .mean(axis=1)
    )
    assert 0.65 < right.mean() < 0.97
    assert right.min() >= 0.2


def test_a_demo_need_not_wait_for_its_drawings() -> None:
    begin = time.process_time()
    for category in CATEGORIES:
        sketch_rows(category, 10, 0)
    assert time.process_time() - begin < 5.0  # 40 a second; one core does 2,000
