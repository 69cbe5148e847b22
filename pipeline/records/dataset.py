"""The data set: its splits and revisions."""

from enum import StrEnum

from pipeline.records.base import Record

NO_GUESS = 255
"""Stands in place of a label index where the model's guess is unknown."""


class Split(StrEnum):
    """The parts of the data set, each with base rows and, after them, players' answers."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class DatasetRevision(Record):
    """One immutable state of the data set. Revision 0 has only drawings of Quick, Draw!."""

    revision: int
    parent: str | None
    """The digest of the revision before this one; None for revision 0."""
    digest: str
    categories: list[str]
    seed: int
    rows: dict[Split, int]
    """The number of rows of each part: base rows and appended ones."""
    corrections: int = 0
    """The number of appended corrections of wrong guesses."""
    confirmations: int = 0
    """The number of appended corrections whose label is the guess."""
    edition: int = 0
    """Of the log that it was built from: it rises when a player is forgotten, and rows go."""
