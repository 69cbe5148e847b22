"""The one slot that a run must hold, as a document in Firestore. The clock is the server's: the read time of what was read."""

from datetime import UTC, datetime
from typing import Any

from pipeline.errors import LeaseLost
from pipeline.records.runs import Lease

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Slot:
    """The document `leases/retraining`: which run is under way, who executes it, until when, and the newest fence."""

    def __init__(self, client: Any) -> None:
        self.reference = client.collection("leases").document("retraining")

    def read(self, transaction: Any = None) -> tuple[dict[str, Any], datetime]:
        """Its fields, and the server's time."""
        found = self.reference.get(transaction=transaction)
        empty = {"runId": None, "holder": None, "fence": 0, "expiresAt": LONG_AGO}
        return {**empty, **(found.to_dict() or {})}, found.read_time

    def proven(self, lease: Lease, transaction: Any) -> tuple[dict[str, Any], datetime]:
        """As `read`. Raises LeaseLost when `lease` is not the newest."""
        fields, now = self.read(transaction)
        if (fields["runId"], fields["fence"]) != (lease.run_id, lease.fence):
            raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")
        return fields, now
