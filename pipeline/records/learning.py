"""What merged corrections have to do with versions: which learned from which, and how."""

from enum import StrEnum

from pydantic import Field

from pipeline.records.base import Record
from pipeline.records.dataset import Split
from pipeline.records.versions import VersionStatus


class Part(StrEnum):
    """In which way a merged correction took part in a version; the first that is true."""

    FITTED = "fitted"
    """The version was fitted to it."""
    CHOSE = "chose"
    """The hyperparameters of its fit were chosen by it."""
    JUDGED = "judged"
    """It was never learned from: the gate judged by it."""
    INHERITED = "inherited"
    """An ancestor learned from it, and the version's head is anchored at that ancestor's."""
    UNUSED = "unused"
    """It was in the data set, but took no part."""
    UNKNOWN = "unknown"
    """The version has no lineage that says so."""


class LearnedCorrection(Record):
    """A merged correction, and its part in one version. No field names the player."""

    id: str
    digest: str = Field(description="The sha256 (hex) of the drawing's 784 bytes.")
    label: str
    split: Split
    revision: int = Field(description="The revision of the data set that added it.")
    part: Part


class LearnedPage(Record):
    """Some corrections of a version, in order of merging.

    next_after: what the next page starts after; None on the last page.
    """

    corrections: list[LearnedCorrection]
    next_after: str | None = None


class Learner(Record):
    """A version in which a correction took part."""

    version: str
    status: VersionStatus
    part: Part


class MergedAs(Record):
    """Where a merged correction is in the data set, and the versions that it took part in."""

    revision: int
    split: Split
    digest: str = Field(description="The sha256 (hex) of the drawing's 784 bytes.")
    versions: list[Learner] = Field(description="The lowest number first.")
