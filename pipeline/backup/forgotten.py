"""What players have had forgotten since a backup was made: a restore does not bring it back.

A run that forgets a player leaves a receipt in Storage, which lists the documents and canvases that
it deleted, but not whose they were (`pipeline/forgetting/receipt.py`). The receipts that the backup
does not have are looked for in the project, and in the other backups of the same place.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from pipeline.backup.manifests import list_ids, read_manifest
from pipeline.backup.named_files import dig
from pipeline.backup.parts import read_documents, read_objects
from pipeline.backup.pool import fetch
from pipeline.backup_errors import DamagedBackup
from pipeline.errors import NotFound, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.ports.raw import RawProject
from pipeline.records.backups import BackupManifest, KeptObject
from pipeline.records.forgetting import Receipt, RemovedKind
from pipeline.setting_groups import GameSettings
from pipeline.storage_paths import RECEIPT

KINDS = {RemovedKind.DOCUMENT, RemovedKind.DECISION, RemovedKind.CANVAS}
"""Rows of the data set and files of versions are left: only a run can take them out."""
FOLDER = RECEIPT.template.partition("{")[0]


@dataclass(frozen=True)
class Forgotten:
    """What is not restored: paths of documents and canvases, and the receipts that name them."""

    paths: frozenset[str] = frozenset()
    receipts: tuple[str, ...] = ()


def find_forgotten(
    manifest: BackupManifest, target: ArtefactStore, project: RawProject, scratch: Path
) -> Forgotten:
    """Return what was forgotten since a backup was made, as far as receipts are there that say so.

    Args:
        manifest: of the backup.
        target: the place, in which newer backups may hold receipts.
        project: that is restored, which may still have its receipts.
        scratch: a folder for files.
    """
    paths: set[str] = set()
    names: set[str] = set()
    known = {kept.path for kept in _list_receipts(manifest, target)}
    for name, data in _read_receipts(manifest, target, project, scratch):
        if name in known or name in names:
            continue
        with suppress(ValidationError):
            receipt = Receipt.model_validate_json(data)
            names.add(name)
            paths.update(each.path for each in receipt.removed if each.kind in KINDS)
    return Forgotten(frozenset(paths), tuple(sorted(names)))


def find_players(
    manifest: BackupManifest, target: ArtefactStore, forgotten: Forgotten, game: GameSettings
) -> list[str]:
    """Return the ids of the players whose corrections are not restored, in order.

    Rows of the data set and versions are restored as they were, so these players must be forgotten
    once more.

    Args:
        manifest: of the backup.
        target: the place.
        forgotten: what is not restored.
        game: how the game calls its collection and the field `userId`.
    """
    parts = [part for part in manifest.documents if part.name == game.collection]
    names = game.fields.get("userId", "userId").split(".")
    way = [step for name in names for step in ("mapValue", "fields", name)][2:]
    players: set[str] = set()
    for document in read_documents(target, parts) if forgotten.paths else ():
        if document.path in forgotten.paths:
            value = dig(document.fields, *way)
            players.update(str(each) for each in (value or {}).values() if each)
    return sorted(players)


def _read_receipts(
    manifest: BackupManifest, target: ArtefactStore, project: RawProject, scratch: Path
) -> Iterator[tuple[str, bytes]]:
    place = scratch / uuid4().hex
    for stored in project.objects.list(FOLDER):
        with suppress(ObjectMissing):
            project.objects.read_to_file(stored.path, stored.generation, place)
            yield stored.path, place.read_bytes()
    for backup_id in list_ids(target):
        if backup_id <= manifest.id:
            break
        with suppress(DamagedBackup, NotFound):
            for kept in _list_receipts(read_manifest(backup_id, target), target):
                fetch(target, kept.sha256, kept.size, place)
                yield kept.path, place.read_bytes()
    place.unlink(missing_ok=True)


def _list_receipts(manifest: BackupManifest, target: ArtefactStore) -> Iterator[KeptObject]:
    parts = [part for part in manifest.objects if part.name == FOLDER]
    return read_objects(target, parts)
