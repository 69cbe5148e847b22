"""Request a run for a person."""

import hashlib
import secrets
from datetime import UTC, datetime

from pipeline.ports import RunStore
from pipeline.records.runs import Run, Trigger


def request_run(
    runs: RunStore, requested_by: str, *, key: str | None = None, purpose: str | None = None
) -> Run:
    """Record a run that a person asks for, and return it.

    Args:
        runs: where runs are recorded.
        requested_by: who asks.
        key: an idempotency key. The same key always means the same run: the one that exists is
            returned unchanged.
        purpose: why, in the person's words.

    Raises:
        RunInProgress: another run holds the slot.
    """
    now = datetime.now(UTC)
    if key is None:
        # The time comes first, so that the ids sort as the runs do.
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    else:
        name = hashlib.sha256(key.encode()).hexdigest()[:20]
    run = Run(
        id=f"run-{name}",
        trigger=Trigger.PERSON,
        requested_at=now,
        requested_by=requested_by,
        idempotency_key=key,
        purpose=purpose,
    )
    return runs.request(run)
