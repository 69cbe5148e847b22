"""Read the slot whatever its document says, and decide what may be done with it.

Every RunStore follows these rules inside its transactions. The documents of the slot and of its run
can be edited in Firebase's console, so nothing here trusts them: what cannot be used counts as
absent, and a slot whose run can never go on counts as free. What a newer Redraw wrote is shown as
far as it is known, and never changed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from pipeline.errors import NewerDocument, UnreadableDocument
from pipeline.records.forms import SCHEMA, is_newer, refuse_newer
from pipeline.records.runs import Lease, Run
from pipeline.records.slot import (
    LONG_AGO,
    LONGEST_LEASE_SECONDS,
    SLOT_PATH,
    SLOT_SCHEMA,
    Slot,
    SlotStatus,
)
from pipeline.run_errors import LeaseLost, RunInProgress
from pipeline.runs.documents import read_run

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_TOLERANCE = timedelta(days=1)
_SHOWN = 40  # characters of a value in a message


def read_slot(fields: Mapping[str, Any] | None, at: datetime) -> Slot:
    """Read the slot's document; what cannot be used counts as absent and is named in `faults`.

    Args:
        fields: of the document; None when there is none.
        at: the server's time.
    """
    fields = fields or {}
    faults: list[str] = []

    def take(name: str, usable: bool, demand: str, default: Any) -> Any:
        value = fields.get(name)
        if value is None or usable:
            return default if value is None else value
        faults.append(f"{name} is {_show(value)}, not {demand}")
        return default

    run_id, holder, fence = fields.get("runId"), fields.get("holder"), fields.get("fence")
    until, since = fields.get("expiresAt"), fields.get("since")
    schema = fields.get(SCHEMA)
    latest = at + timedelta(seconds=LONGEST_LEASE_SECONDS)
    return Slot(
        run_id=take("runId", _is_text(run_id), "the id of a run", None),
        holder=take("holder", _is_text(holder), "the name of a worker", None),
        since=since if _is_time(since) else None,
        until=take(
            "expiresAt",
            _is_time(until) and until <= latest,
            f"a time at most {LONGEST_LEASE_SECONDS} seconds ahead",
            LONG_AGO,
        ),
        fence=take(
            "fence",
            type(fence) is int and 0 <= fence <= _microseconds(at + _CLOCK_TOLERANCE),
            "the number of a lease",
            0,
        ),
        at=at,
        schema=take(SCHEMA, type(schema) is int and schema > 0, "a whole number above 0", 1),
        faults=tuple(faults),
    )


def next_fence(slot: Slot) -> int:
    """Return a fence that no lease ever had: above the newest, and at least the server's time.

    A fence that was only counted could be lost with the slot's document, and then a worker that
    was suspended could find its own number again. The time in microseconds cannot repeat itself,
    whatever the document says. This is a hybrid logical clock (Kulkarni et al., 2014).
    """
    return max(slot.fence + 1, _microseconds(slot.at))


def check_lease(slot: Slot, lease: Lease) -> None:
    """Return if `lease` is the newest.

    Raises:
        LeaseLost: another worker has claimed the run since, the run has ended, or the slot was
            given to another run.
        NewerDocument: a newer Redraw wrote the slot.
    """
    refuse_newer(SLOT_PATH, slot.schema, SLOT_SCHEMA)
    if slot.run_id != lease.run_id:
        raise LeaseLost(
            f"run {lease.run_id} has ended, or has lost its slot: this worker stops; what is not "
            "merged stays pending for the next run"
        )
    if slot.fence != lease.fence:
        raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")


def parse_run(run_id: str | None, fields: Mapping[str, Any] | None) -> Run | None:
    """Return the record of a run's document; None when there is none or it cannot be read."""
    if run_id is None or fields is None:
        return None
    run, _ = _parse(run_id, fields)
    return run


def is_of_newer(fields: Mapping[str, Any] | None) -> bool:
    """Return whether a newer Redraw wrote the document of a run."""
    return is_newer(fields, Run.SCHEMA)


def _parse(run_id: str, fields: Mapping[str, Any]) -> tuple[Run | None, str]:
    """Return the record of a run's document, or None and what is wrong with it."""
    try:
        return read_run(run_id, fields), ""
    except (UnreadableDocument, NewerDocument) as error:
        return None, error.problem


def find_dead(slot: Slot, fields: Mapping[str, Any] | None) -> str | None:
    """Return why the run in the slot can never go on; None if it can, or the slot is free.

    A run whose document a newer Redraw wrote goes on there. One that cannot be read is not dead
    before its lease has run out.

    Args:
        slot: as it was read.
        fields: of the document of the slot's run; None when there is none.
    """
    if slot.run_id is None:
        return None
    if fields is None:
        return f"there is no document training_runs/{slot.run_id}"
    run, problem = _parse(slot.run_id, fields)
    if run is not None:
        return f"run {slot.run_id} has ended: {run.state}" if run.state.ended else None
    if slot.live or is_of_newer(fields):
        return None
    return f"the document training_runs/{slot.run_id} cannot be read: {problem}"


def refuse(slot: Slot, run: Run | None) -> RunInProgress:
    """Return the error for a request while the slot is held: who holds it, and until when."""
    assert slot.run_id is not None  # noqa: S101 - a free slot refuses no request
    return RunInProgress(
        slot.run_id,
        f"{describe(SlotStatus(slot, run, None))}: wait for it, or look at it with "
        f"`redraw runs {slot.run_id}`",
        state=run.state if run else None,
        holder=slot.holder if slot.live else None,
        until=slot.until if slot.live else None,
        live=slot.live,
    )


def describe(status: SlotStatus) -> str:
    """Return in words what the slot holds, since when, until when, and who asked for it."""
    slot, run, _ = status
    if slot.run_id is None:
        return "no run is under way"
    state = run.state if run else "its document cannot be read"
    words = f"run {slot.run_id} is still going ({state}"
    words += f"; requested by {run.requested_by})" if run and run.requested_by else ")"
    if slot.live:
        since = f" since {format_time(slot.since)}" if slot.since else ""
        return f"{words}, executed by {slot.holder}{since}, lease until {format_time(slot.until)}"
    if run and run.trouble and run.trouble.retry_at > slot.at:
        retry = format_time(run.trouble.retry_at)
        return f"{words}, and waits until {retry} because of a fault: {run.trouble.message}"
    return f"{words}, but no worker executes it; a worker or `redraw retrain` goes on with it"


def format_time(time: datetime) -> str:
    """Return a time of UTC to the second, for a message."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_time(value: object) -> TypeGuard[datetime]:
    return isinstance(value, datetime) and value.tzinfo is not None


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)


def _show(value: object) -> str:
    shown = value.isoformat() if isinstance(value, datetime) else repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
