"""The history of releases, and what a promotion is asked to do."""

from datetime import datetime
from typing import ClassVar, NamedTuple

from pipeline.records.base import Record
from pipeline.records.trials import TrialPlan

FENCE_DIGITS = 12
"""Digits of a fence in the id of its entry in the history."""


class ReleaseChange(Record):
    """An entry of the history: from `at` on, `version` was the version that clients should use."""

    SCHEMA: ClassVar[int] = 1

    fence: int
    """The fence of the release that began then; no other entry has it."""
    version: str
    previous: str | None = None
    """The version that was released until then; None if none was, or none that could be read."""
    at: datetime
    by: str
    """Who released it: "owner" (the command line, or the bearer of the API key), the uid of an
    account, or the id of a run."""
    why: str
    """Why, in a line."""
    run_id: str | None = None
    """The run that released it; None if a person did."""

    @property
    def id(self) -> str:
        """The id of the entry's document: the fence, with leading zeros."""
        return f"{self.fence:0{FENCE_DIGITS}d}"


class Promotion(NamedTuple):
    """How a version is released in the transaction that makes it ready.

    by, why: see `ReleaseChange`. The others: see `ModelRegistry.promote`.
    """

    by: str
    why: str
    replacing: int | None = None
    watch: TrialPlan | None = None
    trial: str | None = None
