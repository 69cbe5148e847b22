"""Documents of a project with a long history, to count what is read of them."""

from typing import Any

from pipeline.adapters.firestore_numbers import sort_field
from pipeline.records.corrections import OwnerDecision
from pipeline.records.runs import RunState
from tests.contract._quarantined import ACCEPT, NOW, quarantined
from tests.contract._runs import a_run
from tests.contract._versions import a_draft

HISTORY = 15  # documents of each kind
STROKES = [{"x": list(range(400)), "y": list(range(400))}]


def add_harvest(client: Any) -> None:
    """Add what the operations below are about: a player, a correction, and two versions."""
    corrections = client.collection("corrections")
    corrections.document("mine").set(
        quarantined("contradicted_label", userId="ada", strokes=STROKES)
    )
    corrections.document("pending").set({"status": "pending", "userId": "ada", "strokes": STROKES})
    model = a_draft(version="v1.0.500", run_id="a", baseline="v1.0.0")
    client.document("models/v1.0.500").set(model.document() | sort_field("v1.0.500"))
    before = a_draft(version="v1.0.499", run_id="b", baseline="v1.0.0")
    client.document("models/v1.0.499").set(before.document() | sort_field("v1.0.499"))


def add_history(client: Any) -> None:
    """Add documents of each kind that have nothing to do with them."""
    batch = client.batch()
    for number in range(HISTORY):
        name = f"old-{number}"
        batch.set(
            client.document(f"corrections/{name}"),
            quarantined("contradicted_label", userId=f"player-{number}", strokes=STROKES),
        )
        decision = OwnerDecision(
            **ACCEPT.model_dump(), correction_id=name, by="ada", at=NOW
        ).document()
        batch.set(client.document(f"decisions/{name}"), decision)
        version = f"v0.9.{number + 1}"
        model = a_draft(version=version, run_id=name, parent="v0.9.0", baseline="v0.9.0")
        batch.set(client.document(f"models/{version}"), model.document() | sort_field(version))
        run = a_run(name, state=RunState.HELD, training_digest=name)
        batch.set(client.document(f"training_runs/{name}"), run.document())
    batch.commit()
