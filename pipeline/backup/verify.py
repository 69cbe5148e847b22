"""Verify a backup without restoring it: every file in it is read and compared with its digest."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from pipeline.backup.digests import ContentDigest
from pipeline.backup.parts import read_documents, read_objects
from pipeline.backup.pool import fetch
from pipeline.backup.windowed import map_in_order
from pipeline.backup_errors import DamagedBackup
from pipeline.files import private_folder
from pipeline.formatting import escape_unprintable
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress
from pipeline.records.backups import BackupManifest, KeptObject


def verify_backup(
    manifest: BackupManifest, target: ArtefactStore, scratch: Path, report_progress: OnProgress
) -> list[str]:
    """Return what is wrong with a backup, a line for each file; nothing if it is whole.

    Args:
        manifest: of the backup; it was compared with its digest when it was read.
        target: the place.
        scratch: a folder with room for the largest objects.
        report_progress: told how many documents, then objects, are verified.
    """
    digest = ContentDigest()
    problems: list[str] = []
    for part in manifest.documents:
        try:
            for document in read_documents(target, [part]):
                digest.add_document(document)
        except DamagedBackup as error:
            problems.append(str(error))
        report_progress("documents", digest.counts.documents, manifest.counts.documents)
    with private_folder(scratch) as folder:
        objects = _read_all(manifest, target, problems)
        for kept, problem in map_in_order(lambda each: _verify(each, target, folder), objects):
            digest.add_object(kept)
            if problem is not None:
                problems.append(problem)
            report_progress("objects", digest.counts.objects, manifest.counts.objects)
    if not problems and (digest.counts, digest.hexdigest()) != (manifest.counts, manifest.digest):
        problems.append("the lists of documents and objects are not those of the manifest")
    return problems


def require_whole(
    manifest: BackupManifest, target: ArtefactStore, scratch: Path, report_progress: OnProgress
) -> None:
    """Raise DamagedBackup if anything is wrong with a backup; it names all that is."""
    if problems := verify_backup(manifest, target, scratch, report_progress):
        more = f", and {len(problems) - 3} more" if len(problems) > 3 else ""  # noqa: PLR2004
        raise DamagedBackup(
            f"backup {manifest.id} is damaged: {'; '.join(problems[:3])}{more}:"
            " `redraw backup --verify` names all; restore another one"
        )


def _read_all(
    manifest: BackupManifest, target: ArtefactStore, problems: list[str]
) -> Iterator[KeptObject]:
    for part in manifest.objects:
        try:
            yield from read_objects(target, [part])
        except DamagedBackup as error:
            problems.append(str(error))


def _verify(kept: KeptObject, target: ArtefactStore, folder: Path) -> tuple[KeptObject, str | None]:
    place = folder / uuid4().hex
    try:
        fetch(target, kept.sha256, kept.size, place)
    except DamagedBackup as error:
        return kept, f"{escape_unprintable(kept.path)}: {error}"
    finally:
        place.unlink(missing_ok=True)
    return kept, None
