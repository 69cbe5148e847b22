"""The composition root: the one place that chooses the adapters behind the ports."""

from pathlib import Path

from pipeline.backup_errors import InvalidPlaceForBackups
from pipeline.ports import ArtefactStore, Ports
from pipeline.ports.raw import RawProject
from pipeline.settings import Settings


def connect(settings: Settings, answer_seconds: float | None = None) -> Ports:
    """Connect to the project in `settings`, or to the emulators that the environment names.

    Never call this before a fork: a gRPC channel does not survive one.

    Args:
        settings: the project.
        answer_seconds: how long a call goes on without an answer; by default long enough for a run
            to outlast a short outage. A web process has less time.
    """
    from pipeline.adapters.cloud_storage import CloudStorageArtefacts, storage_bucket
    from pipeline.adapters.firestore_client import firestore_client
    from pipeline.adapters.firestore_corrections import FirestoreCorrections
    from pipeline.adapters.firestore_models import FirestoreModels
    from pipeline.adapters.firestore_notifications import FirestoreNotifications
    from pipeline.adapters.firestore_runs import FirestoreRuns
    from pipeline.adapters.firestore_trials import FirestoreTrials
    from pipeline.adapters.google_inspection import GoogleInspector
    from pipeline.corrections.game_schema import read_schema

    schema = read_schema(settings.game, settings.categories)
    client = firestore_client(settings, answer_seconds)
    bucket = storage_bucket(settings)
    models = FirestoreModels(client)
    return Ports(
        corrections=FirestoreCorrections(client, schema),
        artefacts=CloudStorageArtefacts(bucket, answer_seconds),
        runs=FirestoreRuns(client),
        models=models,
        trials=FirestoreTrials(client, models.read_in),
        notifications=FirestoreNotifications(client),
        inspector=GoogleInspector(settings, client, bucket),
        trusted=settings.trusted,
    )


def connect_raw(settings: Settings) -> RawProject:
    """Connect to the same project, to read and write any document and object: for backups."""
    from pipeline.adapters.cloud_storage import storage_bucket
    from pipeline.adapters.firestore_client import firestore_client
    from pipeline.adapters.raw_firestore import FirestoreRawDocuments
    from pipeline.adapters.raw_storage import CloudStorageRawObjects

    return RawProject(
        documents=FirestoreRawDocuments(firestore_client(settings)),
        objects=CloudStorageRawObjects(storage_bucket(settings)),
        project=settings.project_id,
        bucket=settings.bucket,
    )


def open_backups(place: str, settings: Settings) -> ArtefactStore:
    """Open a place for backups: a folder, or `gs://bucket/folder` with the project's credentials.

    Raises:
        InvalidPlaceForBackups: it is neither.
    """
    scheme, separator, rest = place.partition("://")
    if not separator:
        from pipeline.adapters.folder_artefacts import FolderArtefacts

        return FolderArtefacts(Path(place).expanduser())
    bucket, _, folder = rest.partition("/")
    if scheme != "gs" or not bucket:
        raise InvalidPlaceForBackups(
            f"{place} is no place for backups: name a folder, or gs://bucket/folder"
        )
    from pipeline.adapters.cloud_storage import CloudStorageArtefacts, storage_bucket
    from pipeline.adapters.prefixed_artefacts import PrefixedArtefacts

    store = CloudStorageArtefacts(storage_bucket(settings).client.bucket(bucket))
    folder = folder.strip("/")
    return PrefixedArtefacts(store, f"{folder}/" if folder else "")


def in_memory(settings: Settings | None = None) -> Ports:
    """Return ports over plain dictionaries, for tests; the game is spelled as in `settings`."""
    from pipeline.adapters.memory import MemoryArtefacts
    from pipeline.adapters.memory_corrections import MemoryCorrections
    from pipeline.adapters.memory_inspection import MemoryInspector
    from pipeline.adapters.memory_models import MemoryModels
    from pipeline.adapters.memory_notifications import MemoryNotifications
    from pipeline.adapters.memory_runs import MemoryRuns
    from pipeline.adapters.memory_trials import MemoryTrials
    from pipeline.corrections.game_schema import DEFAULT, read_schema

    schema = DEFAULT if settings is None else read_schema(settings.game, settings.categories)
    runs = MemoryRuns()
    models = MemoryModels(runs)
    return Ports(
        corrections=MemoryCorrections(schema=schema),
        artefacts=MemoryArtefacts(),
        runs=runs,
        models=models,
        trials=MemoryTrials(models),
        notifications=MemoryNotifications(),
        inspector=MemoryInspector(),
        trusted=() if settings is None else settings.trusted,
    )
