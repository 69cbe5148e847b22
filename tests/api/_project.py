"""A project with something behind every example id of /openapi.json, in the embedded emulators."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from pipeline.canonical_json import dump_json
from pipeline.categories import CATEGORIES
from pipeline.dataset.additions import Additions
from pipeline.dataset.revisions import store_additions
from pipeline.records.corrections import CorrectionState
from pipeline.records.slot import LONG_AGO, Slot
from pipeline.records.versions import VersionFile
from pipeline.settings import Settings
from pipeline.storage_paths import VERSION_FILE, version_folder
from tests._first_version import load_ports
from tests.api._corrections import CANVAS, NOW
from tests.unit.lineage._lineages import make_lineage

RUN, CORRECTION, PLAYER = "run-9c3f0a41d2b7e8556f10", "3fPq0sVbD2x7", "Zk3uid81"
NOTIFICATION = "msg_0567b70eec74447d5559dab4c5f76669"
"""The examples of ids in /openapi.json."""
EXAMPLE, RELEASED = "v1.0.1", "v1.0.2"
DRAWING = f"drawings/corrections/{CORRECTION}.png"
Documents = dict[str, dict[str, Any]]


def fill(ports: Any) -> None:
    """Add versions, a trial, runs and corrections to ports in memory that hold v1.0.0.

    The example version is ready and was never released; v1.0.2 is released, after v1.0.0.
    """
    for number, version in enumerate((EXAMPLE, RELEASED, "v1.0.3")):
        _clone(ports, version, number)
    ports.models.withdraw("v1.0.3", by="owner", why="it took cats for dogs")
    ports.models._models["v0.9.0"] = {"metrics": {"accuracy": 0.5}}  # the game's own
    ports.models._models["latest"] = {}
    ports.models.promote(RELEASED, by="owner", why="it is better")
    trial = f"{EXAMPLE}-2"
    ports.models.trials[trial] = {
        "id": trial, "salt": trial, "version": EXAMPLE, "against": "v1.0.0", "kind": "shadow",
        "share": 0.5, "state": "ended", "startedAt": NOW, "endsAt": NOW + timedelta(days=7),
        "endedAt": NOW, "revision": 0, "fence": 2, "reason": "an owner stopped it",
    }  # fmt: skip
    ports.runs.documents |= {
        RUN: {"requestedAt": NOW, "state": "held", "reason": "too few answers"},
        "run-odd": {"requestedAt": "yesterday"},
        **{
            f"run-{number}": {"requestedAt": NOW - timedelta(days=number), "state": "failed"}
            for number in range(1, 4)
        },
    }
    ports.notifications.documents[NOTIFICATION] = {
        "kind": "run.ended", "reason": "held", "at": NOW, "sentence": "Run run-1 was held.",
        "link": f"/v1/retrains/{RUN}", "runId": RUN, "status": "delivered", "createdAt": NOW,
        "tries": 1, "attempts": [{"at": NOW, "seconds": 0.25, "code": 204}],
    }  # fmt: skip
    for state in CorrectionState:
        ports.corrections.documents[f"c-{state}"] = _correction(state, f"c-{state}")
    ports.corrections.documents[CORRECTION] = _correction(CorrectionState.QUARANTINED, CORRECTION)
    ports.artefacts.create(DRAWING, CANVAS)


def list_documents(ports: Any) -> Documents:
    """Return all documents of ports in memory, by path."""
    documents = {
        "releases/production": ports.models._release,
        "leases/retraining": ports.runs.slot_document,
    }
    for collection, held in (
        ("models", ports.models._models),
        ("release_history", ports.models.changes),
        ("trials", ports.models.trials),
        ("training_runs", ports.runs.documents),
        ("forget_requests", ports.runs.forget_requests),
        ("corrections", ports.corrections.documents),
        ("notifications", ports.notifications.documents),
    ):
        documents |= {f"{collection}/{name}": fields for name, fields in held.items()}
    return {path: _plain(fields) for path, fields in documents.items() if fields}


class Project:
    """The documents of a project in Firestore, which are put back as they were."""

    def __init__(self, project_id: str, documents: Documents) -> None:
        self._client = firestore.Client(project=project_id, credentials=AnonymousCredentials())
        self._documents = documents

    def restore(self, *, under_way: bool = False) -> None:
        """Make the documents as they were.

        Args:
            under_way: whether the example run is in the slot, and no worker has claimed it yet.
        """
        documents = deepcopy(self._documents)
        if under_way:
            documents[f"training_runs/{RUN}"] = {"requestedAt": NOW, "state": "requested"}
            documents["leases/retraining"] = Slot(RUN, None, None, LONG_AGO, 1, NOW).document()
        batch = self._client.batch()
        for collection in self._client.collections():
            for each in collection.list_documents():
                if each.path not in documents:
                    batch.delete(each)
        for path, fields in documents.items():
            batch.set(self._client.document(path), fields)
        batch.commit()

    def close(self) -> None:
        self._client.close()


@contextmanager
def project_in(settings: Settings, ports: Any, first_version: Path) -> Iterator[Project]:
    """Fill a project of the emulators that the environment names, by `ports`."""
    memory = load_ports(first_version)
    fill(memory)
    for path, data in memory.artefacts.objects.items():
        ports.artefacts.create(path, data)
    project = Project(settings.project_id, list_documents(memory))
    project.restore()
    yield project
    project.close()


def _clone(ports: Any, version: str, number: int) -> None:
    """Publish v1.0.0 once more under another number, with a lineage and a revision of its own."""
    first = ports.models._models["v1.0.0"]
    lineage = make_lineage(version, "v1.0.0", {"train": 1, "val": 1, "test": 1}, fitted=1, chose=1)
    contents = {
        path.rpartition("/")[2].replace("v1.0.0", version): data
        for path, data in ports.artefacts.objects.items()
        if path.startswith(version_folder("v1.0.0"))
    }
    contents["lineage.json"] = dump_json(lineage.model_dump(mode="json", by_alias=True))
    manifest = json.loads(contents.pop("manifest.json"))
    own = {
        "version": version,
        "parent": "v1.0.0",
        "datasetRevision": 1,
        "runId": f"run-{number}",
        "files": [
            VersionFile.of(VERSION_FILE.fill(version=version, name=name), data).document()
            for name, data in contents.items()
        ],
    }
    contents["manifest.json"] = dump_json(manifest | own)
    files = []
    for name, data in contents.items():
        path = VERSION_FILE.fill(version=version, name=name)
        ports.artefacts.create(path, data)
        files.append(VersionFile.of(path, data).document())
    if number == 0:
        store_additions(ports.artefacts, _additions(ports), categories=CATEGORIES)
    changed = {"storagePath": version_folder(version), "files": files, "active": False}
    ports.models._models[version] = deepcopy(first) | own | changed


def _additions(ports: Any) -> Additions:
    ids = [CORRECTION, "c-merged", "c-3"]
    return Additions(
        run_id="run-1",
        revision=1,
        parent=ports.artefacts.read("datasets/quickdraw_20cat/base.sha256").decode(),
        images=np.arange(3 * 784, dtype=np.uint32).reshape(3, 28, 28).astype(np.uint8),
        labels=np.zeros(3, np.uint8),
        ids=np.array(ids),
        players=np.array([PLAYER] * 3),
        splits=np.array(["train", "val", "test"]),
        guesses=np.zeros(3, np.uint8),
        confidences=np.zeros(3, np.float32),
        versions=np.array([""] * 3),
        asked=np.zeros(3, np.uint8),
        chances=np.zeros(3, np.float32),
    )


def _correction(state: CorrectionState, name: str) -> dict[str, Any]:
    return {
        "status": str(state),
        "correctedLabel": "cat",
        "originalPrediction": "sun",
        "confidence": 0.5,
        "timestamp": NOW,
        "userId": PLAYER,
        "sessionId": "s-1",
        "modelVersion": "v1.0.0",
        "imageStoragePath": f"drawings/corrections/{name}.png",
        "retraining": {
            "state": str(state),
            "reason": "no_class",
            "explanation": "It fits no class.",
            "runId": RUN,
            "at": NOW,
        },
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with plain texts in place of words of an enumeration, for Google's client."""
    return {name: str(value) if isinstance(value, str) else value for name, value in fields.items()}
