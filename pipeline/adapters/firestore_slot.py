"""The slot that a run must occupy to be under way, as one document in Firestore.

All times are the server's (the read time of the document), so that workers whose clocks differ
agree on when a lease ends.
"""

from datetime import UTC, datetime
from typing import Any

from pipeline.errors import LeaseLost
from pipeline.records.runs import Lease

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Slot:
    """The document `leases/retraining`.

    Its fields: `runId`, the run under way (None when the slot is free); `holder`, the worker that
    executes it (None until one claims it); `expiresAt`, the end of that worker's lease; `fence`,
    the number of the newest lease, which only rises.

    The fence is what makes the lease safe. A worker may be suspended, lose its lease to another and
    wake up later without knowing. Each of its writes reads this document in the same transaction
    (`check_lease`), finds a higher fence and is refused.
    """

    def __init__(self, client: Any) -> None:
        self.reference = client.collection("leases").document("retraining")

    def read(self, transaction: Any = None) -> tuple[dict[str, Any], datetime]:
        """Return the fields of the document and the server's time."""
        snapshot = self.reference.get(transaction=transaction)
        empty = {"runId": None, "holder": None, "fence": 0, "expiresAt": LONG_AGO}
        return {**empty, **(snapshot.to_dict() or {})}, snapshot.read_time

    def check_lease(self, lease: Lease, transaction: Any) -> tuple[dict[str, Any], datetime]:
        """Return the same as `read`, after checking that `lease` is the newest.

        Raises:
            LeaseLost: when another worker has claimed the run since, or the run has ended.
        """
        fields, now = self.read(transaction)
        if (fields["runId"], fields["fence"]) != (lease.run_id, lease.fence):
            raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")
        return fields, now
