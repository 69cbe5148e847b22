"""Make a backup: copy the documents of one moment, then the objects that there were at it.

Everything that Redraw's documents name is written before the document that names it, and objects
are never changed. So the documents are read at one moment, and then all objects are copied that
were written until then. Runs may go on meanwhile: what they write later is left out, and a restored
run goes on from where it was, as after the death of its worker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pipeline.backup.digests import ContentDigest
from pipeline.backup.known import Known, write_note
from pipeline.backup.layout import begun_path, is_stale, new_id, unfinished_path
from pipeline.backup.manifests import write_manifest
from pipeline.backup.named_files import find_named_files
from pipeline.backup.parts import PartWriter
from pipeline.backup.pool import Pool
from pipeline.backup.scope import Scope
from pipeline.backup.windowed import map_in_order
from pipeline.errors import ObjectMissing
from pipeline.files import private_folder
from pipeline.ports import ArtefactStore
from pipeline.ports.raw import RawProject
from pipeline.progress import OnProgress
from pipeline.records.backups import BackupManifest, KeptObject, Part, RawObject
from pipeline.storage_paths import OWN_FOLDERS

CLOCKS = timedelta(seconds=2)
"""By how much the clocks of Firestore and Storage may differ. An object too many is as after a
worker's death; one too few would be missing."""


@dataclass(frozen=True)
class Backup:
    """What was made.

    manifest: of the backup. copied: how many objects were read; the others were there already.
    written: bytes that were added to the place.
    """

    manifest: BackupManifest
    copied: int
    written: int


def make_backup(
    project: RawProject,
    target: ArtefactStore,
    scope: Scope,
    scratch: Path,
    report_progress: OnProgress,
) -> Backup:
    """Back a project up, and return what was made.

    Args:
        project: what is copied.
        target: the place; it may hold other backups, with which this one shares contents.
        scope: what is copied.
        scratch: a folder with room for the largest objects.
        report_progress: told how many documents, then objects, are copied.

    Raises:
        MomentPassed: it took so long that Firestore no longer has the documents of its beginning.
    """
    started = datetime.now(UTC)
    work = _Work(
        project,
        target,
        scope,
        backup_id=new_id(started),
        scratch=scratch,
        report_progress=report_progress,
    )
    documents = work.copy_documents()
    objects = work.copy_objects()
    manifest = BackupManifest(
        id=work.id,
        project=project.project,
        bucket=project.bucket,
        started_at=started,
        read_time=work.moment,
        finished_at=datetime.now(UTC),
        collections=list(scope.collections),
        folders=list(scope.folders),
        documents=documents,
        objects=objects,
        counts=work.digest.counts,
        digest=work.digest.hexdigest(),
        missing=sorted(work.named),
    )
    write_manifest(manifest, target)
    work.remove_notes()
    return Backup(manifest, work.copied, work.pool.written)


class _Work:
    """A backup under way."""

    def __init__(
        self,
        project: RawProject,
        target: ArtefactStore,
        scope: Scope,
        *,
        backup_id: str,
        scratch: Path,
        report_progress: OnProgress,
    ) -> None:
        self.id = backup_id
        self._project, self._target, self._scope = project, target, scope
        self._scratch = scratch
        self._report = report_progress
        report_progress("looking at what is there already")
        target.create(begun_path(backup_id), b"{}", "application/json")
        self.pool = Pool(target)
        self._known = Known(target, project.bucket)
        self._own_notes: list[str] = []
        self.moment = project.documents.find_moment()
        self.copied = 0
        """Objects that were read; all others were in the pool."""
        self.named: set[str] = set()
        self.digest = ContentDigest()

    def copy_documents(self) -> list[Part]:
        """Copy all documents of the moment, and return their parts, by collections in order."""
        parts: list[Part] = []
        done = 0
        for collection in sorted(self._scope.collections):
            writer = PartWriter(collection, self.pool)
            for document in self._project.documents.read(collection, self.moment):
                writer.add([document.path, document.fields])
                self.digest.add_document(document)
                self.named.update(find_named_files(document))
                done += 1
                self._report("documents", done)
            writer.close()
            parts.extend(writer.parts)
        return parts

    def copy_objects(self) -> list[Part]:
        """Copy all objects that there were at the moment, and return their parts, by folders."""
        parts: list[Part] = []
        with private_folder(self._scratch) as scratch:
            for folder in self._scope.folders:
                writer = PartWriter(folder, self.pool)
                for kept, copied in map_in_order(
                    lambda given: self._keep(*given, scratch), self._list(folder)
                ):
                    if kept is None:
                        continue
                    self.copied += copied
                    self.digest.add_object(kept)
                    self.named.discard(kept.path)
                    if (part := writer.add(kept)) is not None:
                        self._note(part)
                    self._report("objects", self.digest.counts.objects)
                if (part := writer.close()) is not None:
                    self._note(part)
                parts.extend(writer.parts)
        return parts

    def remove_notes(self) -> None:
        """Remove what this backup, and those that were interrupted long ago, have noted."""
        now = datetime.now(UTC)
        old = [path for path in self._known.notes if is_stale(path, now)]
        for path in (*old, *self._own_notes, begun_path(self.id)):
            self._target.delete(path)

    def _list(self, folder: str) -> Iterator[tuple[RawObject, KeptObject | None]]:
        """Yield the objects of a folder, each with what an earlier backup knows of it."""
        find = self._known.open(folder)
        ours = folder.startswith(OWN_FOLDERS)
        for each in self._project.objects.list(folder):
            if not ours or each.created <= self.moment + CLOCKS:
                yield each, find(each)

    def _keep(
        self, given: RawObject, known: KeptObject | None, scratch: Path
    ) -> tuple[KeptObject | None, bool]:
        """Put an object into the pool, unless it is there.

        Returns:
            What is kept, None if the object was deleted meanwhile; and whether it was copied.
        """
        if known is not None and self.pool.has(known.sha256, known.size):
            return known._replace(fields=given.fields), False
        place = scratch / uuid4().hex
        try:
            self._project.objects.read_to_file(given.path, given.generation, place)
            sha256 = self.pool.put_file(place)
        except ObjectMissing:
            now = next(self._project.objects.list(given.path), None)
            replaced = now is not None and now.path == given.path and now != given
            return self._keep(now, None, scratch) if now and replaced else (None, False)
        finally:
            place.unlink(missing_ok=True)
        kept = KeptObject(
            given.path, given.size, sha256, given.checksum, given.generation, given.fields
        )
        return kept, True

    def _note(self, part: Part) -> None:
        path = unfinished_path(self.id, len(self._own_notes))
        write_note(path, self._project.bucket, part, self._target)
        self._own_notes.append(path)
