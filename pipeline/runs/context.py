"""What every step of a run works with: the outside world, the settings, and the run's log."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.dataset import hdf5, revisions
from pipeline.errors import DatasetMoved, ObjectExists, ObjectMissing
from pipeline.ports import Ports
from pipeline.runs.log import RunLog
from pipeline.settings import Settings
from pipeline.storage_kinds import StoragePath


@dataclass(frozen=True)
class RunContext:
    """One execution of a run."""

    ports: Ports
    settings: Settings
    log: RunLog

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.log.run.id

    def path(self, kind: StoragePath) -> str:
        """Return the path of one of the run's objects."""
        return kind.fill(run_id=self.run_id)

    def once(self, kind: StoragePath, make: Callable[[], bytes]) -> bytes:
        """Return one of the run's objects; make and store it if no earlier attempt did.

        When two attempts make it at once, both return what was stored first.
        """
        path, artefacts = self.path(kind), self.ports.artefacts
        try:
            return artefacts.read(path)
        except ObjectMissing:
            data = make()
        try:
            artefacts.create(path, data)
        except ObjectExists:
            return artefacts.read(path)
        return data

    def open_dataset(self) -> Path:
        """Return the local data set; fetch it from Storage again if it was deleted.

        Raises:
            DatasetMoved: it does not hold the run's revision: another process has changed it.
        """
        path, revision = self.settings.dataset_file, self.log.run.revision
        if not path.exists():
            revisions.bring_up_to_date(
                self.ports.artefacts,
                path,
                self.log.progress,
                categories=self.settings.categories,
            )
        present = hdf5.describe(path).revision
        if present != revision:
            raise DatasetMoved(
                f"{path} holds revision {present}, not {revision}: the run is repeated"
            )
        return path
