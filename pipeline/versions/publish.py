"""A trained model to a version that clients can use: number, files, manifest, commit mark. No reader ever sees half of one."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from pipeline.categories import CATEGORIES
from pipeline.errors import InvalidModel, ObjectExists
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.records.metrics import Metrics
from pipeline.records.runs import Decision
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.storage_paths import manifest_path, model_path, version_folder
from pipeline.versions.asking import AskingPolicy

JSON = "application/json"
HTML = "text/html; charset=utf-8"


def next_patch(existing: Sequence[VersionNumber]) -> VersionNumber:
    """What a retrain publishes: above all that exist, whichever of them is released."""
    return max(existing, default=FIRST_VERSION).next_patch()


def next_baseline(existing: Sequence[VersionNumber]) -> VersionNumber:
    """What a baseline publishes: v1.0.0, later the next MINOR."""
    return max(existing).next_minor() if existing else FIRST_VERSION


def publish(
    artefacts: ArtefactStore,
    models: ModelRegistry,
    *,
    run_id: str,
    number: Callable[[Sequence[VersionNumber]], VersionNumber],
    model: bytes,
    metrics: ModelMetrics,
    evaluation: Metrics,
    policy: AskingPolicy,
    parent: str | None,
    dataset_revision: int,
    gate: Decision | None = None,
    report: str | None = None,
) -> ModelVersion:
    """Publishes `model` as the version of this run and returns it, `ready`. It is not released by this.

    `metrics` are what the game shows; `evaluation`, with the confusion matrix, goes into metadata.json; `policy` says when
    to ask players, and gets the version's number here; `report` is the page for the owner. A repetition must bring the same.

    The order is the safety: a document that says `publishing`; the files, the manifest last; each read back and compared; then
    `ready`. Stopped anywhere, a repetition with the same arguments ends in the same version with the same bytes.

    Raises InvalidModel when Storage holds other bytes than were written.
    """
    draft = ModelVersion(
        version="",
        storage_path="",
        created_at=datetime.now(UTC).replace(microsecond=0),
        parent=parent,
        dataset_revision=dataset_revision,
        run_id=run_id,
        gate=gate,
    )
    reserved = models.reserve(run_id, number, draft)
    if reserved.status is not VersionStatus.PUBLISHING:
        return reserved
    metadata = {
        "version": reserved.version,
        "createdAt": reserved.created_at.isoformat(),
        "parent": parent,
        "datasetRevision": dataset_revision,
        "runId": run_id,
        "categories": CATEGORIES,
        "input": {
            "shape": [28, 28, 1],
            "dtype": "float32",
            "range": [0, 1],
            "ink": "white on black",
        },
        "metrics": metrics.document(),
        "evaluation": evaluation.document(),
        "gate": gate.model_dump(mode="json", by_alias=True) if gate else None,
    }
    asking = policy.model_copy(update={"version": reserved.version}).document()
    files = {"metadata.json": (_json(metadata), JSON), "asking.json": (_json(asking), JSON)}
    if report is not None:
        files["report.html"] = (report.encode(), HTML)
    return models.mark_ready(
        reserved.version, store_files(artefacts, reserved.version, model, files), metrics
    )


def store_files(
    artefacts: ArtefactStore, version: str, model: bytes, others: Mapping[str, tuple[bytes, str]]
) -> list[VersionFile]:
    """Puts the files of a version into Storage, each once and read back, the manifest last. Raises InvalidModel.

    `others`: bytes and content type of the files beside the model, by name.
    """
    files = [_put(artefacts, model_path(version), model, "application/x-hdf5")]
    files += [
        _put(artefacts, f"{version_folder(version)}/{name}", *content)
        for name, content in others.items()
    ]
    manifest = _json({"version": version, "files": [each.document() for each in files]})
    return [*files, _put(artefacts, manifest_path(version), manifest, JSON)]


def _put(artefacts: ArtefactStore, path: str, data: bytes, content_type: str) -> VersionFile:
    with suppress(
        ObjectExists
    ):  # an earlier attempt got as far as here; the comparison tells whether it wrote the same
        artefacts.create(path, data, content_type)
    wanted = VersionFile.of(path, data)
    if VersionFile.of(path, artefacts.read(path)) != wanted:
        raise InvalidModel(
            f"{path} in Storage is not what was written: delete the object and request another run"
        )
    return wanted


def _json(fields: object) -> bytes:
    # Sorted: Firestore gives maps back in another order, and a repetition must write the same bytes.
    return json.dumps(fields, indent=2, ensure_ascii=False, sort_keys=True).encode()
