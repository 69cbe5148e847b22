"""Read the document of the slot from Firestore."""

from typing import Any

from pipeline.records.slot import Slot
from pipeline.runs.slot import read_slot


def slot_reference(client: Any) -> Any:
    """Return the reference of the document `leases/retraining`."""
    return client.collection("leases").document("retraining")


def load_slot(client: Any, transaction: Any = None) -> Slot:
    """Return the slot. Its time is the server's, since the clocks of workers differ."""
    snapshot = slot_reference(client).get(transaction=transaction)
    return read_slot(snapshot.to_dict(), snapshot.read_time)
