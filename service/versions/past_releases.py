"""The releases so far with what their versions can do, kept until the release changes."""

import threading
from datetime import datetime
from typing import NamedTuple

from pipeline.errors import NewerDocument, NotFound, UnreadableDocument
from pipeline.ports import ModelRegistry
from pipeline.records.runs import Decision
from pipeline.records.versions import ModelVersion, Release
from pipeline.versions.documents import parse_numbers
from pipeline.versions.periods import list_periods

MOST_RELEASES = 30
"""The newest ones that are looked at: a chart with more cannot be read."""


class PastRelease(NamedTuple):
    """A release, and how many drawings its version recognises.

    back: whether the version is older than the one before: the owner, or a watch, went back.
    clean, players: shares of clean drawings and of players' drawings, 0 to 1; None if not known.
    Each version is measured on the answers that were known when it was made.
    parent, gate: which version it was compared with, and what the gate found; None for a baseline.
    """

    version: str
    at: datetime
    by: str
    why: str
    back: bool
    clean: float | None
    players: float | None
    parent: str | None = None
    gate: Decision | None = None


class PastReleases:
    """The releases so far. What was read counts until another version is released.

    So a page costs no read for them; after a release, two for each of the newest thirty.

    Args:
        models: the registry; its calls are bounded in time.
    """

    def __init__(self, models: ModelRegistry) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, int], list[PastRelease]] | None = None

    def read(self, release: Release) -> list[PastRelease]:
        """Return the newest releases, the oldest of them first.

        Args:
            release: the present one.
        """
        key = (release.version, release.fence if release.version_fence is None
               else release.version_fence)  # fmt: skip
        with self._lock:
            kept = self._kept
        if kept is not None and kept[0] == key:
            return kept[1]
        past = self._read_all()
        with self._lock:
            self._kept = key, past
        return past

    def _read_all(self) -> list[PastRelease]:
        periods = list_periods(self._models, limit=MOST_RELEASES).records[::-1]
        versions = {name: self._find(name) for name in {period.version for period in periods}}
        players = read_players_accuracies([each for each in versions.values() if each is not None])
        past = []
        for period in periods:
            version = versions[period.version]
            metrics = version.metrics if version else None
            past.append(
                PastRelease(
                    version=period.version,
                    at=period.at,
                    by=period.by,
                    why=period.why,
                    back=is_older(period.version, period.previous),
                    clean=metrics.accuracy if metrics else None,
                    players=players.get(period.version),
                    parent=version.parent if version else None,
                    gate=version.gate if version else None,
                )
            )
        return past

    def _find(self, name: str) -> ModelVersion | None:
        """Return a version; None where its document is gone, or cannot be read."""
        try:
            return self._models.get(name)
        except (NotFound, UnreadableDocument, NewerDocument):
            return None


def read_players_accuracies(versions: list[ModelVersion]) -> dict[str, float]:
    """Return how many of players' drawings versions recognise, where that is known.

    A baseline is published before players have sent anything. What it recognises is known when the
    gate has compared the next version with it.
    """
    known: dict[str, float] = {}
    for version in versions:
        if version.gate is not None and version.gate.players_before is not None and version.parent:
            known[version.parent] = version.gate.players_before
    for version in versions:
        if version.metrics is not None and version.metrics.players_accuracy is not None:
            known[version.version] = version.metrics.players_accuracy
    return known


def is_older(version: str, previous: str | None) -> bool:
    """Return whether a version has a lower number than the one that was released before."""
    numbers = parse_numbers([version, *([] if previous is None else [previous])])
    return len(numbers) > 1 and numbers[0] < numbers[1]
