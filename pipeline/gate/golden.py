"""Read the drawings of the golden set, which the files of a version are compared on."""

from pathlib import Path

from pipeline.dataset import hdf5
from pipeline.drawings import Images
from pipeline.gate.decide import choose_golden_rows
from pipeline.model.head import Floats
from pipeline.records.dataset import Split


def read_golden(path: Path, probabilities: Floats) -> Images:
    """Return the drawings of the golden set, uint8 `(n, 28, 28)`, in the order of their rows.

    Args:
        path: the data set.
        probabilities: of the baseline on the base test rows, float32 `(n, classes)`.
    """
    labels = hdf5.read_labels(path, Split.TEST, len(probabilities))
    return hdf5.read_chosen(path, Split.TEST, choose_golden_rows(probabilities, labels))
