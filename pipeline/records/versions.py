"""Published versions, their files and numbers, and the release that points at one of them."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple, Self

from pydantic import Field

from pipeline.errors import RedrawError
from pipeline.records.base import Record
from pipeline.records.runs import Decision
from pipeline.records.trials import TrialOffer


class VersionStatus(StrEnum):
    """The states of a version's publication."""

    PUBLISHING = "publishing"
    """Its files are being uploaded."""
    READY = "ready"
    """All files are in Storage; it may be released."""
    WITHDRAWN = "withdrawn"
    """It must not be released again, or its number was given up while it was published."""
    FOREIGN = "foreign"
    """The game published it, not Redraw: it is listed, and never released or changed."""


class VersionFile(Record):
    """One file of a version: its path in Storage, size in bytes, and sha256 in hex."""

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: str, data: bytes) -> Self:
        """Describe `data`, stored under `path`."""
        return cls(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())


class ModelMetrics(Record):
    """The figures that the game shows: `metrics` of a model's document.

    `accuracy`, `loss` and `recall` are measured on the base rows of the test split.
    """

    accuracy: float
    loss: float
    training_samples: int
    corrections: int
    players_accuracy: float | None = None
    recall: dict[str, float] = Field(default={})


class Withdrawal(Record):
    """Who withdrew a version, when, and why in a line."""

    by: str
    """As in `ReleaseChange`; "janitor" for what a publication left that was never finished."""
    why: str
    at: datetime


class ModelVersion(Record):
    """A published model."""

    SCHEMA: ClassVar[int] = 1

    version: str
    created_at: datetime | None = None
    """None where its document does not say."""
    storage_path: str
    active: bool = False
    status: VersionStatus = VersionStatus.PUBLISHING
    metrics: ModelMetrics | None = None
    files: list[VersionFile] = Field(default=[])
    parent: str | None = None
    baseline: str | None = None
    """The baseline whose backbone it has: itself, or one that its parents lead to. None in early
    versions."""
    dataset_revision: int = 0
    categories: list[str] = Field(default=[])
    """The names of the classes, by label; empty if the version does not say."""
    run_id: str = ""
    """The run that made it; empty for versions that the game published before it used Redraw."""
    gate: Decision | None = None
    withdrawn: Withdrawal | None = None
    """Why its status is `withdrawn`; None in versions that an early Redraw gave up."""
    clearing: bool = False
    """Its number was given up, and the objects that its publication stored are being deleted."""


class Release(Record):
    """The pointer to the version that clients should use; there is only one."""

    SCHEMA: ClassVar[int] = 1

    version: str
    previous: str | None = None
    manifest_path: str
    categories: list[str] = Field(default=[])
    """The version's classes: what a probability stands for, by its place in the model's answer.

    Empty if the version does not say."""
    fence: int
    """Rises by one with every change of the release, also of its trial."""
    version_fence: int | None = None
    """The fence with which this version was released; changes of the trial leave it as it is.

    None if the release does not say; then `fence` counts."""
    updated_at: datetime
    """When the version was released."""
    trial: TrialOffer | None = None
    """The version that is tried beside this one; None if there is none."""

    def stands_since(self, fence: int) -> bool:
        """Return whether the version is that of the release with this fence, never changed since.

        The trial may have changed.
        """
        first = self.fence if self.version_fence is None else self.version_fence
        return first <= fence <= self.fence


VERSION_PATTERN = r"v(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})"
"""What a version number looks like: without leading zeros, so that each has one spelling."""
MAX_PART = 10**9 - 1


class VersionNumber(NamedTuple):
    """A version number `vMAJOR.MINOR.PATCH`, ordered as numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse text like `v1.2.3`; raise RedrawError for any other text."""
        match = re.fullmatch(VERSION_PATTERN, text)
        if match is None:
            raise RedrawError(f"{text!r} is not a version: write it like v1.0.0")
        return cls(*map(int, match.groups()))

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    def next_patch(self) -> "VersionNumber":
        """Return the next number after a retraining."""
        if self.patch == MAX_PART:
            return self.next_minor()
        return VersionNumber(self.major, self.minor, self.patch + 1)

    def next_minor(self) -> "VersionNumber":
        """Return the next number after a new baseline.

        Raises:
            RedrawError: there is no number above this one.
        """
        if self.minor < MAX_PART:
            return VersionNumber(self.major, self.minor + 1, 0)
        if self.major < MAX_PART:
            return VersionNumber(self.major + 1, 0, 0)
        raise RedrawError(f"there is no version number above {self}: remove models/{self}")


FIRST_VERSION = VersionNumber(1, 0, 0)
