"""What every step of a rebuild works with."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.dataset.past import build_past
from pipeline.lineage.origin import apply_settings
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress
from pipeline.rebuilding.stored import StoredVersion, read_file
from pipeline.settings import Settings


@dataclass(frozen=True)
class Work:
    """Where a rebuild reads, and where it writes.

    folder: an empty one, for data sets and features.
    rebuilt: the files of versions that were rebuilt because Storage has lost them, by version.
    """

    artefacts: ArtefactStore
    settings: Settings
    folder: Path
    on_progress: OnProgress
    rebuilt: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def find_file(self, version: str, name: str) -> bytes | None:
        """Return a file of another version: from Storage, or rebuilt before; None: it is lost."""
        own = self.rebuilt.get(version, {}).get(name)
        return read_file(version, name, self.artefacts) if own is None else own

    def read_metadata(self, version: str) -> dict[str, Any]:
        """Return the metadata of another version; empty if they are lost."""
        data = self.find_file(version, "metadata.json")
        return {} if data is None else dict(json.loads(data))


def prepare(stored: StoredVersion, work: Work) -> Settings:
    """Build the data set that a version was made from; return the settings that it was made with.

    Raises:
        NotRebuildable: the data set cannot be built again.
        InvalidSettings: this Redraw does not have a setting that is recorded.
    """
    lineage, folder = stored.lineage, work.folder / stored.version
    folder.mkdir(parents=True, exist_ok=True)
    settings = apply_settings(work.settings, lineage.settings).model_copy(
        update={"data_dir": folder, "categories": tuple(lineage.dataset.categories)}
    )
    build_past(
        work.artefacts,
        lineage.dataset,
        settings.dataset_file,
        work.folder / "base.h5",
        work.on_progress,
    )
    return settings
