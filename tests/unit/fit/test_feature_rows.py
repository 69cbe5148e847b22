"""Rows of several parts read as those of one array, and only those that are asked for."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fit import training_set
from pipeline.fit.feature_rows import FeatureRows, HeldFeatures, StoredFeatures
from pipeline.fit.training_set import Answers, build_training_set
from tests.unit.fit._training_sets import DEFAULT, random_rows, random_training_set

WIDTH = 3


class Watched(HeldFeatures):
    """A part that notes how many rows each read asks for."""

    reads: list[int] = []  # noqa: RUF012 - shared by all parts on purpose

    def read(self, start: int, stop: int) -> Any:
        self.reads.append(stop - start)
        return super().read(start, stop)


def split(count: int, cuts: Sequence[int]) -> tuple[Any, FeatureRows]:
    """Return an array, and the same rows in parts."""
    whole = np.arange(count * WIDTH, dtype=np.float16).reshape(count, WIDTH)
    edges = [0, *sorted(min(cut, count) for cut in cuts), count]
    parts = [Watched(whole[start:stop]) for start, stop in itertools.pairwise(edges)]
    return whole, FeatureRows(parts)


@given(
    st.integers(1, 40),
    st.lists(st.integers(0, 40), max_size=5),
    st.integers(0, 45),
    st.integers(0, 45),
)
def test_any_slice_is_that_of_the_array(count: int, cuts: list[int], start: int, stop: int) -> None:
    whole, rows = split(count, cuts)
    expected = whole[start:stop]
    assert len(rows) == count
    if len(expected):
        assert np.array_equal(rows[start:stop], expected)
    else:
        assert len(rows[start:stop]) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_any_selection_is_that_of_the_array_and_so_is_a_selection_of_it(
    mask: list[bool], cuts: list[int]
) -> None:
    whole, rows = split(len(mask), cuts)
    chosen = np.array(mask)
    selected = rows.select(chosen)
    assert len(selected) == chosen.sum()
    for start in range(0, len(selected), 3):
        assert np.array_equal(selected[start : start + 3], whole[chosen][start : start + 3])
    every_other = np.arange(0, len(selected), 2)
    if len(every_other):
        assert np.array_equal(selected.select(every_other)[:], whole[chosen][every_other])


def test_only_rows_that_are_asked_for_are_read() -> None:
    _, rows = split(30, [10, 20])
    Watched.reads.clear()
    selected = rows.select(np.array([3, 5, 25]))
    assert Watched.reads == []
    selected[0:2]
    assert Watched.reads == [3]  # the rows 3 to 5 of the first part


def test_a_file_is_read_where_it_is_asked_and_one_cut_short_is_reported(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((5, 1600)).astype(np.float16)
    path = tmp_path / "features"
    path.write_bytes(values.tobytes() + b"crc.")
    rows = FeatureRows([StoredFeatures(path, 5)])
    assert np.array_equal(rows[1:3], values[1:3])
    path.write_bytes(values.tobytes()[:-1])
    with pytest.raises(OSError, match="shorter"):
        rows[4:5]


def test_features_that_are_not_held_in_memory_give_the_same_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = random_training_set(30, 2_100)
    monkeypatch.setattr(training_set, "MOST_HELD", 100)
    Watched.reads.clear()
    features, labels = random_rows(2_100, 1)
    parts = [Watched(features[start : start + 64]) for start in range(0, 2_100, 64)]
    streamed = build_training_set(random_rows(30), Answers(FeatureRows(parts), labels), held.anchor)
    assert Watched.reads == []  # the corrections are read by the fit, not before
    heads = [rows.fit(DEFAULT) for rows in (held, streamed)]
    assert np.array_equal(heads[0].weights, heads[1].weights)
    assert np.array_equal(heads[0].bias, heads[1].bias)
    assert max(Watched.reads) <= 64
