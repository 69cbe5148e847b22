"""Read the drawings of the golden set, which the files of a version are compared on."""

from pathlib import Path

import numpy as np

from pipeline.dataset import hdf5
from pipeline.drawings import SIDE, Images
from pipeline.gate.decide import choose_golden_rows
from pipeline.model.head import Floats
from pipeline.records.dataset import Split


def read_golden(path: Path, probabilities: Floats) -> Images:
    """Return the drawings of the golden set, uint8 `(n, 28, 28)`, in the order of their rows.

    Args:
        path: the data set.
        probabilities: of the baseline on the base test rows, float32 `(n, classes)`.
    """
    chosen = choose_golden_rows(
        probabilities, hdf5.read_labels(path, Split.TEST, len(probabilities))
    )
    drawings = [hdf5.read_rows(path, Split.TEST, row, row + 1).images for row in chosen.tolist()]
    return np.concatenate([np.empty((0, SIDE, SIDE), np.uint8), *drawings])
