"""Keep documents and files as this Redraw writes them: `python -m tests.earlier.write NUMBER`.

The documents are those of a small project on the embedded emulators. They are kept in the folder
NUMBER, which is the highest number of a form. Call it again after a field with a default was added;
after any other change raise the number of the record's form first: docs/upgrading.md says how.
"""

import json
import os
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.players.sketches import write_sketches
from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.dataset.additions import Additions, dump_additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.merge import merge
from pipeline.dataset.preprocess import preprocess
from pipeline.formats.kinds import write_formats
from pipeline.model.file import write_model
from pipeline.model.network import SHAPES
from pipeline.model.predict import FEATURES, Predictor
from pipeline.ports import Ports
from pipeline.records.dataset import Split
from pipeline.records.notifications import Attempt, DeliveryStatus, Event, Notification
from pipeline.records.notifications import NotificationKind as Kind
from pipeline.records.runs import Progress, Run, RunKind, RunState
from pipeline.settings import Settings
from pipeline.signing.keys import SigningKey, make_key
from pipeline.versions.contents import list_files
from tests.contract import _quarantined as game
from tests.contract._trials import LOOK, a_plan
from tests.contract._versions import GATE
from tests.earlier._forms import describe_forms, find_breaks
from tests.earlier._keeping import FOLDER, dump_documents
from tests.unit.versions._publishing import EVALUATION, POLICY, publish_in

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NAMES = CATEGORIES[:2]
COLLECTIONS = (
    "corrections", "decisions", "forget_requests", "leases", "models", "notification_state",
    "notifications", "release_history", "releases", "training_runs", "trials",
)  # fmt: skip


def make_patterned_model() -> bytes:
    """Return a model file of two classes whose weights repeat, so that it is small when packed."""
    shapes = [*SHAPES, (FEATURES, len(NAMES)), (len(NAMES),)]
    weights = [(np.arange(np.prod(shape)) % 7 - 3).reshape(shape) / 64 for shape in shapes]
    flat = [array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array for array in weights]
    return write_model(Predictor(*(array.astype(np.float32) for array in flat)), NAMES)


def fill(ports: Ports, put: Any, key: SigningKey) -> None:
    """Let a small project have every kind of document; its versions are signed with the key."""
    keras = make_patterned_model()
    files = list_files(keras, EVALUATION, POLICY, formats=write_formats(keras, int8=True))
    for number in (1, 2):
        run_id = f"run-{number}"
        ports.runs.request(Run(id=run_id, requested_at=NOW, requested_by="ada", purpose="a test"))
        lease = ports.runs.claim(run_id, "worker", 60)
        progress = Progress(message="fitting", done=1, total=2, seconds_left=1.5)
        ports.runs.record(lease, {"state": RunState.PUBLISHING, "progress": progress})
        changes = {"files": files, "categories": NAMES, "signer": key, "gate": GATE}
        version = publish_in(ports, run_id=run_id, lease=lease, **changes).version
        if number == 1:
            ports.models.promote(version, by=run_id, why="it is better", lease=lease)
        else:
            trial, _ = ports.trials.begin(version, a_plan(run_id=run_id), lease=lease)
            ports.trials.note_look(trial.id, LOOK, lease)
        ended = {"state": RunState.HELD, "decision": GATE, "reason": "too few answers"}
        ports.runs.record(lease, {**ended, "ended_at": NOW})
    put("pending", {**game.quarantined(), "status": "pending"})
    put("quarantined", game.quarantined())
    put("refused", game.quarantined())
    ports.corrections.settle({"pending": game.outcome(game.CorrectionState.MERGED)})
    ports.corrections.decide("refused", game.REFUSE, "ada")
    ports.corrections.decide("quarantined", game.AS_FISH, "ada")
    event = Event(Kind.RUN_ENDED, "held", "run-2", NOW, "It has ended.", "/v1/retrains/run-2")
    ports.notifications.create(Notification.of(event, NOW))
    claimed = ports.notifications.claim(Notification.of(event, NOW).id, 60)
    assert claimed is not None
    attempt = Attempt(at=NOW, seconds=0.1, code=200)
    ports.notifications.note(claimed, attempt, DeliveryStatus.DELIVERED)
    ports.notifications.note_looked(NOW, ["run-2"], 1)
    ports.notifications.note_conditions(["release:none"])
    forgetting = Run(id="run-3", kind=RunKind.FORGET, requested_at=NOW)
    ports.runs.request(forgetting, player="a player")
    ports.runs.claim("run-3", "worker", 0.001)  # over when the documents are read


def write_data_set(folder: Path) -> dict[str, bytes]:
    """Return a data set of two classes with a revision, and the additions of that."""
    write_sketches(folder / "raw", 10, 0)
    path = folder / "data.h5"
    preprocess(folder / "raw", path, categories=NAMES, samples_per_class=10, seed=3)
    base = describe(path)
    additions = Additions(
        run_id="run-1",
        revision=1,
        parent=base.digest,
        images=np.tile(np.arange(28, dtype=np.uint8), (2, 28, 1)),
        labels=np.array([0, 1], np.uint8),
        ids=np.array(["a", "b"]),
        players=np.array(["0" * 64, "1" * 64]),
        splits=np.array([str(Split.TRAIN), str(Split.VAL)]),
        guesses=np.array([1, 1], np.uint8),
        confidences=np.array([0.5, np.nan], np.float32),
        versions=np.array(["v1.0.0", ""]),
        asked=np.array([1, 255], np.uint8),
        chances=np.array([0.25, np.nan], np.float32),
    )
    data = dump_additions(additions)
    merge(path, additions)
    return {"data.h5": path.read_bytes(), "1.npz": data}


def main(number: str) -> None:
    """Write the folder with this number."""
    target = FOLDER / number
    target.mkdir(exist_ok=True)
    forms, kept = describe_forms(), target / "forms.json"
    if kept.exists() and (breaks := find_breaks(json.loads(kept.read_text()), forms)):
        sys.exit(f"raise the number of the form first: {'; '.join(breaks)}")
    kept.write_text(json.dumps(forms, indent=1, sort_keys=True) + "\n")
    with tempfile.TemporaryDirectory() as folder, run_emulators() as emulators:
        os.environ |= emulators.environment()
        settings = Settings(_env_file=None, project_id="demo-kept", bucket="demo-kept.appspot.com")  # type: ignore[call-arg]
        ports = connect(settings)
        client = firestore.Client(project="demo-kept", credentials=AnonymousCredentials())
        key = make_key()
        fill(ports, lambda name, fields: client.document(f"corrections/{name}").set(fields), key)
        documents = {
            f"{name}/{snapshot.id}": snapshot.to_dict()
            for name in COLLECTIONS
            for snapshot in client.collection(name).stream()
        }
        (target / "documents.json").write_text(dump_documents(documents))
        stored = {
            each.path: ports.artefacts.read(each.path)
            for each in ports.artefacts.list("models/production/v1.0.1/")
        }
        stored["key.txt"] = key.public.text.encode()
        with zipfile.ZipFile(target / "files.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for path, data in {**stored, **write_data_set(Path(folder))}.items():
                packed.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(sys.argv[1])
