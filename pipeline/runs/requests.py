"""Request a run for a person."""

import hashlib
import secrets
from datetime import UTC, datetime

from pipeline.ports import RunStore
from pipeline.records.runs import NewRecipe, Run, RunKind, Trigger


def request_run(
    runs: RunStore,
    requested_by: str,
    *,
    kind: RunKind = RunKind.RETRAIN,
    recipe: NewRecipe | None = None,
    key: str | None = None,
    purpose: str | None = None,
) -> Run:
    """Record a run that a person asks for, and return it.

    Args:
        runs: where runs are recorded.
        requested_by: who asks.
        kind: what the run makes.
        recipe: how a new baseline is trained; None for the setting's.
        key: an idempotency key. The same key always means the same run of its kind: the one that
            exists is returned unchanged.
        purpose: why, in the person's words.

    Raises:
        RunInProgress: another run holds the slot.
    """
    now = datetime.now(UTC)
    if key is None:
        # The time comes first, so that the ids sort as the runs do.
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    else:
        # A retrain and a new baseline that were asked for with equal keys are two runs.
        text = key if kind is RunKind.RETRAIN else f"{kind}\n{key}"
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
    return runs.request(run)
