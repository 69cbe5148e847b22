"""Request a run for a person."""

import hashlib
import json
import secrets
from datetime import UTC, datetime

from pipeline.ports import RunStore
from pipeline.records.runs import NewRecipe, Run, RunKind, Trigger
from pipeline.run_errors import KeyOfOtherRun


def request_run(
    runs: RunStore,
    requested_by: str,
    *,
    kind: RunKind = RunKind.RETRAIN,
    recipe: NewRecipe | None = None,
    key: str | None = None,
    purpose: str | None = None,
    at: datetime | None = None,
) -> Run:
    """Record a run that a person asks for, and return it. A run that existed has another time.

    Args:
        runs: where runs are recorded.
        requested_by: who asks.
        kind: what the run makes.
        recipe: how a new baseline is trained; None for the setting's.
        key: an idempotency key. The same key of the same person always means the same run of its
            kind: the one that exists is returned unchanged.
        purpose: why, in the person's words.
        at: the time of the request; None: now.

    Raises:
        RunInProgress: another run holds the slot.
        KeyOfOtherRun: the person asked with this key for a run with another recipe or purpose.
    """
    now = at or datetime.now(UTC)
    if key is None:
        # The time comes first, so that the ids sort as the runs do.
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    else:
        # A retrain and a new baseline that were asked for with equal keys are two runs, and so are
        # those of two persons: none of them chose the other's key.
        text = json.dumps([kind, requested_by, key])
        name = hashlib.sha256(text.encode()).hexdigest()[:20]
    run = Run(
        id=f"run-{name}",
        kind=kind,
        recipe=recipe,
        trigger=Trigger.PERSON,
        requested_at=now,
        requested_by=requested_by,
        idempotency_key=key,
        purpose=purpose,
    )
    requested = runs.request(run)
    if (requested.recipe, requested.purpose) != (recipe, purpose):
        raise KeyOfOtherRun(
            f"run {requested.id} was requested with this key for another recipe or purpose: "
            "choose a new key for each run"
        )
    return requested
