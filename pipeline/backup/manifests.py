"""The manifests of a place for backups: write one, read one, list all."""

import hashlib
import json

from pydantic import ValidationError

from pipeline.backup.layout import ID, MANIFESTS, manifest_path
from pipeline.backup_errors import DamagedBackup
from pipeline.canonical_json import dump_json
from pipeline.errors import NotFound, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.records.backups import FORMAT, BackupManifest

MAX_BYTES = 256 * 1024 * 1024


def write_manifest(manifest: BackupManifest, target: ArtefactStore) -> None:
    """Write a manifest, with the sha256 of all that is in it. The backup counts from then on."""
    fields = json.loads(manifest.model_dump_json(by_alias=True))
    data = dump_json({**fields, "sha256": _digest(fields)})
    target.create(manifest_path(manifest.id), data, "application/json")


def read_manifest(backup_id: str, target: ArtefactStore) -> BackupManifest:
    """Read the manifest of a backup.

    Raises:
        NotFound: there is no such backup, or it was never completed.
        DamagedBackup: it is not as it was written, or of a newer Redraw.
    """
    path = manifest_path(backup_id)
    absent = NotFound(
        f"there is no backup {backup_id} there: `redraw backup PLACE --list` shows those that are"
        " complete"
    )
    if not ID.fullmatch(backup_id):
        raise absent
    try:
        fields = json.loads(target.read(path, MAX_BYTES))
    except ObjectMissing:
        raise absent from None
    except ValueError:
        raise DamagedBackup(f"{path} is damaged: it is no JSON") from None
    if isinstance(fields, dict) and isinstance(number := fields.get("format"), int):
        if number > FORMAT:
            raise DamagedBackup(
                f"{path} has the format {number}, and this Redraw reads formats up to {FORMAT}:"
                " use the Redraw that wrote it, or a newer one"
            )
        digest = fields.pop("sha256", None)
        if digest == _digest(fields):
            try:
                return BackupManifest.from_document(fields)
            except ValidationError as error:
                raise DamagedBackup(f"{path} cannot be read: {error.errors()[0]['msg']}") from None
    raise DamagedBackup(f"{path} is damaged: its bytes have another digest")


def list_ids(target: ArtefactStore) -> list[str]:
    """Return the ids of all complete backups in a place, the newest first."""
    names = (stored.path.removeprefix(MANIFESTS) for stored in target.list(MANIFESTS))
    ids = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return sorted((each for each in ids if ID.fullmatch(each)), reverse=True)


def choose_backup(target: ArtefactStore, backup_id: str | None) -> BackupManifest:
    """Return the manifest of a backup, by default of the newest one.

    Raises:
        NotFound: there is none.
    """
    if backup_id is None:
        ids = list_ids(target)
        if not ids:
            raise NotFound("there is no complete backup there: `redraw backup` makes one")
        backup_id = ids[0]
    return read_manifest(backup_id, target)


def _digest(fields: object) -> str:
    return hashlib.sha256(dump_json(fields)).hexdigest()
