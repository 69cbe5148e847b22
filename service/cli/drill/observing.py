"""Look at everything past the proxies, when the system is at rest."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from google.cloud import firestore

from pipeline.corrections.players import hash_player
from pipeline.dataset.hdf5 import read_edition
from pipeline.dataset.log import list_log
from pipeline.dataset.origins import list_merged
from pipeline.dataset.revisions import bring_up_to_date
from pipeline.dataset.verification import compute_digests
from pipeline.errors import RedrawError
from pipeline.formats.check import check_files
from pipeline.records.reading import Page
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.storage_paths import BASE_DIGEST
from pipeline.versions.verification import verify_version
from service.cli.drill.faults import WORKERS
from service.cli.drill.observed import Observed
from service.cli.drill.players import Ledger
from service.cli.drill.system import System

MOST_RUNS = 5000


class Observer:
    """Remembers which versions were looked at in full: the next time their digests are enough."""

    def __init__(self, system: System, ledger: Ledger) -> None:
        self._system, self._ledger = system, ledger
        self._client = firestore.Client(project=system.settings.project_id)
        log = list_log(system.ports.artefacts, system.settings.dataset_name)
        path = BASE_DIGEST.fill(dataset=log.name)
        self._base_digest = system.ports.artefacts.read(path).decode().strip()
        self._loaded: set[str] = set()

    def observe(self, trouble: str | None = None) -> Observed:
        """Read all documents, objects and local files.

        Args:
            trouble: why the system did not come to rest; None if it did.
        """
        ports, settings = self._system.ports, self._system.settings
        key = settings.player_key.get_secret_value().encode()
        slot = ports.runs.slot()
        versions = ports.models.list()
        copy = settings.data_dir / "observer" / settings.dataset_file.name
        shutil.rmtree(copy.parent, ignore_errors=True)
        bring_up_to_date(ports.artefacts, copy, categories=settings.categories)
        return Observed(
            corrections={
                found.id: found.to_dict() or {}
                for found in self._client.collection(settings.game.collection).stream()
            },
            runs=ports.runs.list(MOST_RUNS),
            slot=slot.slot.run_id,
            versions=versions,
            release=ports.models.release(),
            history=sorted(read_pages(ports.models.history), key=lambda entry: entry.fence),
            objects={stored.path for stored in ports.artefacts.list("")},
            notifications=[*read_pages(ports.notifications.page)],
            merged=[*list_merged(copy)],
            digests=compute_digests(copy),
            base_digest=self._base_digest,
            local=dict(self._read_local()),
            file_faults={
                version.version: self._verify(version)
                for version in versions
                if version.status is VersionStatus.READY
            },
            hashes={player: hash_player(player, key) for player in self._ledger.gone},
            categories=tuple(settings.categories),
            ledger=self._ledger,
            trouble=trouble,
        )

    def _read_local(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the digests of local files; one that a fault damaged waits for its next run."""
        edition = list_log(self._system.ports.artefacts, self._system.settings.dataset_name).edition
        for worker in WORKERS:
            with suppress(RedrawError):
                path: Path = self._system.dataset(worker)
                if read_edition(path) == edition:
                    yield worker, compute_digests(path)

    def _verify(self, version: ModelVersion) -> list[str]:
        ports = self._system.ports
        known = version.version in self._loaded
        verdicts = verify_version(
            version, ports.artefacts, ports.trusted, _believe if known else check_files
        )
        self._loaded.add(version.version)
        return [f"{each.path}: {each.problem}" for each in verdicts if each.problem]


def _believe(*_: Any) -> list[str]:
    return []


def read_pages(page: Callable[..., Page[Any]]) -> Iterator[Any]:
    """Yield the records of all pages of a list."""
    after = None
    while True:
        found = page(after, 500)
        yield from found.records
        after = found.next_after
        if after is None:
            return
