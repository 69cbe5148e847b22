"""The composition root: the one place that decides which adapters stand behind the ports."""

from pipeline.ports import Ports
from pipeline.settings import Settings


def connect(settings: Settings) -> Ports:
    """Firestore and Cloud Storage of the project in `settings`, or the emulators that the environment names.

    Never call it before a fork: a gRPC channel does not survive one.
    """
    from pipeline.adapters.cloud_storage import CloudStorageArtefacts, storage_bucket
    from pipeline.adapters.firestore_client import firestore_client
    from pipeline.adapters.firestore_corrections import FirestoreCorrections
    from pipeline.adapters.firestore_models import FirestoreModels
    from pipeline.adapters.firestore_runs import FirestoreRuns

    client = firestore_client(settings)
    return Ports(
        corrections=FirestoreCorrections(client),
        artefacts=CloudStorageArtefacts(storage_bucket(settings)),
        runs=FirestoreRuns(client),
        models=FirestoreModels(client),
    )


def in_memory() -> Ports:
    """The same ports over plain dictionaries, for tests."""
    from pipeline.adapters.memory import MemoryArtefacts, MemoryModels, MemoryRuns
    from pipeline.adapters.memory_corrections import MemoryCorrections

    runs = MemoryRuns()
    return Ports(
        corrections=MemoryCorrections(),
        artefacts=MemoryArtefacts(),
        runs=runs,
        models=MemoryModels(runs),
    )
