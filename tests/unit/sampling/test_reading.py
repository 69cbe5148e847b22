"""Players' answers out of the data set: those of all splits, with how each came about."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.dataset.additions import Additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.merge import merge
from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.sampling.reading import read_answers


@pytest.fixture
def merged(base_file: Path, make_additions: Callable[..., Additions]) -> Path:
    """Twelve answers in revision 1, of which five confirm, and three more in revision 2."""
    first = make_additions(describe(base_file), 12)
    asked = np.full(12, ASKED_CODES[Asked.AUDIT], np.uint8)
    guesses = first.labels.copy()
    guesses[5:] = (guesses[5:] + 1) % 20
    chances = np.full(12, 0.25, np.float32)
    merge(base_file, first._replace(asked=asked, chances=chances, guesses=guesses))
    merge(base_file, make_additions(describe(base_file), 3, name="later"))
    return base_file


def test_all_answers_are_read_with_how_they_came_about(merged: Path) -> None:
    rows = read_answers(merged)
    assert len(rows.confirmed) == 15
    assert rows.asked is not None
    assert np.count_nonzero(rows.asked == ASKED_CODES[Asked.AUDIT]) == 12
    assert np.count_nonzero(rows.chances == 0.25) == 12
    assert np.count_nonzero(rows.confirmed & (rows.chances == 0.25)) == 5


def test_answers_that_were_merged_before_can_be_left_out(merged: Path) -> None:
    assert len(read_answers(merged, since=1).confirmed) == 3
    assert len(read_answers(merged, since=2).confirmed) == 0


def test_a_data_set_of_revision_0_has_none(base_file: Path) -> None:
    assert len(read_answers(base_file).confirmed) == 0
