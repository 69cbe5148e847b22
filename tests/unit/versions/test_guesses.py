"""A version's guesses come back as they were written, and a damaged file says so."""

from typing import Any

import numpy as np
import pytest

from pipeline.errors import InvalidModel
from pipeline.npz import dump_arrays
from pipeline.versions.guesses import Guesses, dump_guesses, load_guesses

PROBABILITIES = np.array([[0.25, 0.75], [1, 0], [0.5, 0.5]], np.float32)
GUESSES = Guesses.from_probabilities("ab12", np.array([1, 0, 1], np.uint8), PROBABILITIES)


def test_guesses_are_the_likeliest_classes_and_how_likely_they_are() -> None:
    assert GUESSES.guesses.tolist() == [1, 0, 0]
    assert GUESSES.certainties.tolist() == [191, 255, 128]


def test_they_come_back_and_are_the_same_bytes_each_time() -> None:
    data = dump_guesses(GUESSES)
    read = load_guesses(data, "v1.0.1")
    assert read.base == "ab12"
    assert dump_guesses(read) == data


GOOD: dict[str, Any] = GUESSES._asdict()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        dump_guesses(GUESSES)[:-20],
        dump_arrays({**GOOD, "guesses": GOOD["guesses"][:2]}),
        dump_arrays({**GOOD, "labels": GOOD["labels"].astype(float)}),
        dump_arrays({**GOOD, "labels": GOOD["labels"][None]}),
        dump_arrays({name: GOOD[name] for name in ("base", "labels")}),
    ],
    ids=["empty", "cut off", "too few", "another dtype", "another shape", "an array is missing"],
)
def test_anything_else_is_refused_and_names_the_version(data: bytes) -> None:
    with pytest.raises(InvalidModel, match=r"guesses of v1\.0\.1"):
        load_guesses(data, "v1.0.1")
