"""A small project in memory, and a place for its backups."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.adapters.raw_memory import MemoryRawDocuments, MemoryRawObjects
from pipeline.backup.forgotten import Forgotten, find_forgotten
from pipeline.backup.make import Backup, make_backup
from pipeline.backup.manifests import choose_backup
from pipeline.backup.restore import Existing, Restoring
from pipeline.backup.scope import Scope, choose_scope
from pipeline.backup.verify import require_whole, verify_backup
from pipeline.ports import ArtefactStore
from pipeline.ports.raw import RawProject
from pipeline.progress import silent
from pipeline.records.backups import RawDocument
from pipeline.setting_groups import GameSettings

SCOPE = choose_scope(GameSettings())


def document(path: str, **fields: str) -> RawDocument:
    """A document whose fields are texts."""
    return RawDocument(path, {name: {"stringValue": text} for name, text in fields.items()})


@dataclass
class Place:
    """A project, and a place for backups of it, by default in memory; `folder` is scratch."""

    folder: Path
    documents: MemoryRawDocuments = field(default_factory=MemoryRawDocuments)
    objects: MemoryRawObjects = field(default_factory=MemoryRawObjects)
    target: ArtefactStore = field(default_factory=MemoryArtefacts)
    name: str = "a-project"

    @property
    def project(self) -> RawProject:
        return RawProject(self.documents, self.objects, self.name, f"{self.name}-bucket")

    @property
    def scratch(self) -> Path:
        (self.folder / "scratch").mkdir(exist_ok=True)
        return self.folder / "scratch"

    def back_up(self, scope: Scope = SCOPE) -> Backup:
        return make_backup(self.project, self.target, scope, self.scratch, silent)

    def verify(self) -> list[str]:
        manifest = choose_backup(self.target, None)
        return verify_backup(manifest, self.target, self.scratch, silent)

    def empty(self) -> "Place":
        """Another project, with the same place for backups."""
        return Place(self.folder, target=self.target, name="another-project")

    def plan(self, existing: Existing = Existing.REFUSE, backup_id: str | None = None) -> Restoring:
        manifest = choose_backup(self.target, backup_id)
        require_whole(manifest, self.target, self.scratch, silent)
        forgotten: Forgotten = find_forgotten(manifest, self.target, self.project, self.scratch)
        return Restoring(
            manifest, self.target, self.project, forgotten, existing, self.scratch, silent
        )

    def restore(self, existing: Existing = Existing.REFUSE, backup_id: str | None = None) -> str:
        """Restore, and return the digest of what is there then; it must be the expected one."""
        restoring = self.plan(existing, backup_id)
        restoring.check(restoring.plan())
        restoring.write()
        expected, found = restoring.measure()
        assert expected.counts == found.counts
        assert expected.hexdigest() == found.hexdigest()
        return found.hexdigest()


def fill(place: Place) -> Place:
    """Put a released version, corrections, canvases and a data set into a project."""
    files = {"mapValue": {"fields": {"path": {"stringValue": "models/production/v1.0.0/x.h5"}}}}
    place.documents.create(
        [
            document("releases/production", version="v1.0.0"),
            RawDocument(
                "models/v1.0.0",
                {"status": {"stringValue": "ready"}, "files": {"arrayValue": {"values": [files]}}},
            ),
            document("training_runs/run-1", state="promoted"),
            *(document(f"corrections/{number}", userId=f"player-{number}") for number in range(5)),
            document("decisions/3", action="accept"),
            document("corrections/3/below/x", a="b"),
            document("game_things/1", a="b"),
        ]
    )
    place.objects.put("models/production/v1.0.0/x.h5", b"model")
    place.objects.put("models/production/v1.0.0/manifest.json", b"{}")
    place.objects.put("datasets/d/editions/000001/complete.json", b"{}")
    place.objects.put("datasets/d/editions/000001/000001.npz", b"rows")
    for number in range(5):
        place.objects.put(
            f"drawings/corrections/{number}.png", b"canvas %d" % (number % 2), metadata={"n": "1"}
        )
    place.objects.put("game/other.txt", b"of the game")
    return place


def record_writes(place: Place) -> list[str]:
    """Return a list that gets the path of each object and document that is written from now on."""
    written: list[str] = []

    def noting(original: Callable[..., Any], note: Callable[[Any], None]) -> Callable[..., Any]:
        def call(first: Any, *others: Any) -> Any:
            result = original(first, *others)
            note(first)
            return result

        return call

    objects: Any = place.objects
    documents: Any = place.documents
    objects.create = noting(objects.create, lambda kept: written.append(kept.path))
    documents.create = noting(
        documents.create, lambda batch: written.extend(each.path for each in batch)
    )
    return written
