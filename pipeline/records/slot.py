"""The slot that a run must hold to be under way, as it was read at one moment."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from pipeline.records.forms import SCHEMA, refuse_newer
from pipeline.records.runs import Run

SLOT_PATH = "leases/retraining"
SLOT_SCHEMA = 1
"""The number of the form in which the slot is written."""

LONGEST_LEASE_SECONDS = 600
"""No lease is longer. One that seems to last longer was not written by Redraw."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Slot(NamedTuple):
    """What the document of the slot says, as far as it can be used.

    run_id: the run in the slot; None when it is free.
    holder: the worker that has the lease; None if no worker claimed the run, or it gave it up.
    since: when that worker claimed it; None if that is not known.
    until: the end of its lease.
    fence: the number of the newest lease.
    at: the server's time when the document was read.
    faults: what is wrong with the document, a phrase each.
    schema: the number of its form.
    """

    run_id: str | None
    holder: str | None
    since: datetime | None
    until: datetime
    fence: int
    at: datetime
    faults: tuple[str, ...] = ()
    schema: int = SLOT_SCHEMA

    @property
    def live(self) -> bool:
        """Whether a worker holds a lease that has not run out."""
        return self.run_id is not None and self.holder is not None and self.until > self.at

    def hold(self, run_id: str | None) -> "Slot":
        """Return the slot with another run in it that no worker has claimed; None frees it.

        The fence stays: it must rise from run to run, so that no old lease fits a new run.
        """
        return self._replace(run_id=run_id, holder=None, since=None, until=LONG_AGO, faults=())

    def document(self) -> dict[str, Any]:
        """Return the fields of the Firestore document.

        Raises:
            NewerDocument: a newer Redraw wrote the document that would be changed.
        """
        refuse_newer(SLOT_PATH, self.schema, SLOT_SCHEMA)
        return {
            SCHEMA: SLOT_SCHEMA,
            "runId": self.run_id,
            "holder": self.holder,
            "since": self.since,
            "expiresAt": self.until,
            "fence": self.fence,
        }


class SlotStatus(NamedTuple):
    """The slot with the run in it.

    run: the run's record; None when the slot is free, or its document is missing or unreadable.
    dead: why the run in the slot can never go on; None if it can, or the slot is free.
    """

    slot: Slot
    run: Run | None
    dead: str | None
