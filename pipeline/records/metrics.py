"""Metrics of a model on a set of rows, and of two models on the same rows."""

from pydantic import Field

from pipeline.records.base import Record


class ReliabilityBin(Record):
    """One bin of a reliability diagram: guesses of about the same confidence.

    `confidence` is their mean confidence, `accuracy` the share that was right; both 0 to 1.
    """

    rows: int
    confidence: float
    accuracy: float


class Metrics(Record):
    """Metrics of a model on a set of rows. Shares are from 0 to 1; `loss` is in nats."""

    rows: int
    accuracy: float
    loss: float
    recall: dict[str, float]
    precision: dict[str, float]
    confusion: list[int]
    """The confusion matrix, flattened: entry [truth * classes + guess] is a number of rows.

    Firestore does not store lists within lists.
    """
    calibration_error: float | None = None
    """The expected calibration error, 0 to 1: the mean gap between confidence and accuracy.

    None when it was not measured.
    """
    reliability: list[ReliabilityBin] = Field(default=[])
    """The bins in order of confidence, without empty ones."""


class Comparison(Record):
    """The metrics of champion and challenger on the same rows."""

    champion: Metrics
    challenger: Metrics
