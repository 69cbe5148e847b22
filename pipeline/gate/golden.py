"""Choose the drawings by which the files of a version are compared before it is published."""

from pathlib import Path

from pipeline.dataset import hdf5
from pipeline.drawings import Images
from pipeline.gate.decide import choose_golden_rows
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split

MOST_ROWS = 2000
"""Base rows of test among which they are chosen: about a hundred a class, of which five are."""


def pick_golden(model: Predictor, path: Path) -> Images:
    """Return the obvious drawings of each class, uint8 `(n, 28, 28)`, n at least 1.

    Args:
        model: the one that is published; the golden set is of what it is surest about.
        path: the data set, which has base rows in test.
    """
    rows = hdf5.read_base(path, Split.TEST, MOST_ROWS)
    chosen = choose_golden_rows(model.probabilities(rows.images), rows.labels)
    # A model that guesses nothing right has none; any drawing shows whether files are equal.
    return rows.images[chosen] if len(chosen) else rows.images[:1]
