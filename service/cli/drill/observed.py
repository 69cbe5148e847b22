"""What a drill has found when the system was at rest."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.dataset.origins import Merged
from pipeline.records.notifications import Notification
from pipeline.records.releases import ReleaseChange
from pipeline.records.runs import Run
from pipeline.records.versions import ModelVersion, Release
from service.cli.drill.players import Ledger


@dataclass
class Observed:
    """The documents, objects and files of a project that is at rest."""

    corrections: dict[str, dict[str, Any]]
    """The fields of each document, as they are stored, by id."""
    runs: list[Run]
    slot: str | None
    """The run in the slot."""
    versions: list[ModelVersion]
    release: Release | None
    history: list[ReleaseChange]
    """The oldest first."""
    objects: set[str]
    """The path of each object in Storage."""
    notifications: list[Notification]
    merged: list[Merged]
    """The appended rows of a data set that was built out of Storage alone."""
    digests: list[str]
    """Of its revisions, 0 first, computed from its rows."""
    base_digest: str
    """Of revision 0 as the first version was trained on it."""
    local: dict[str, list[str]]
    """The digests of each local data set that can be read, by worker."""
    file_faults: dict[str, list[str]]
    """What is wrong with the files of each ready version."""
    hashes: dict[str, str]
    """The hash of each player who was asked to be forgotten."""
    categories: tuple[str, ...]
    ledger: Ledger = field(default_factory=Ledger)
    trouble: str | None = None
    """Why the system did not come to rest."""
