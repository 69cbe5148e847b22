"""How well a model does on some rows, and how two models do on the same rows."""

from pipeline.records.base import Record


class ReliabilityBin(Record):
    """The guesses of about one confidence: how many, how confident on average, and the share that was right."""

    rows: int
    confidence: float
    accuracy: float


class Metrics(Record):
    """How well a model does on some rows."""

    rows: int
    accuracy: float
    loss: float
    recall: dict[str, float]
    precision: dict[str, float]
    confusion: list[int]
    """Flat, row-major, classes x classes: entry [truth * classes + guess]. Firestore keeps no list within a list."""
    calibration_error: float | None = None
    """Expected calibration error: how far confidence and share of right guesses lie apart, on average. None: not measured."""
    reliability: list[ReliabilityBin] = []
    """By rising confidence; bins that no guess fell into are left out."""


class Comparison(Record):
    """Champion and challenger on the same rows."""

    champion: Metrics
    challenger: Metrics
