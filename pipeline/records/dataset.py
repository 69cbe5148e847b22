"""The data set: its splits and revisions."""

from enum import StrEnum

from pipeline.records.base import Record


class Split(StrEnum):
    """The parts of the data set: three that base rows and corrections are shared out to, and one for confirmations alone."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    CONTROL = "control"
    """Confirmations: kept apart, because corrections alone show nothing but the champion's mistakes."""


class DatasetRevision(Record):
    """One immutable state of the data set. Revision 0 is Quick, Draw! alone."""

    revision: int
    parent: str | None
    """Digest of the revision before; None for revision 0."""
    digest: str
    categories: list[str]
    seed: int
    rows: dict[Split, int]
    """Of each part, base rows and appended ones."""
    corrections: int = 0
    """Appended rows; confirmations are counted in `rows` alone."""
