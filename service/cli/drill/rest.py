"""End all faults, and wait until the system has nothing left to do."""

import time
from contextlib import suppress

import httpx

from pipeline.errors import RedrawError
from pipeline.notifications.notify import notify
from pipeline.reasons import RefusalReason
from pipeline.records.corrections import CorrectionState
from pipeline.versions.janitor import tidy_versions
from service.cli.drill.injecting import watch
from service.cli.drill.invariants import Invariant, check_invariants
from service.cli.drill.observed import Observed
from service.cli.drill.observing import Observer
from service.cli.drill.system import System

REST_SECONDS = 240.0
"""After so long without faults, what has not ended is stuck."""
POLL_SECONDS = 0.5
LOOKS = 5
MOST_LISTED = 1000


def come_to_rest(system: System) -> str | None:
    """Return when no run is under way and none is needed; or why that does not come about.

    Runs are asked for, as an owner does, while corrections are pending that do not wait for their
    canvas.
    """
    system.end_faults()
    until = time.monotonic() + REST_SECONDS
    last = ""
    while time.monotonic() < until:
        watch(system, POLL_SECONDS)
        try:
            if system.ports.runs.slot().slot.run_id is not None:
                continue
            if not has_pending(system):
                tidy_versions(system.ports)
                notify(system.ports, system.settings)
                return None
            request_run(system)
        except (RedrawError, httpx.HTTPError) as fault:  # a backend is still starting
            last = f"; the last fault: {fault}"
    slot = system.ports.runs.slot()
    under_way = f"{slot.run.id} is {slot.run.state}" if slot.run else "no run is in the slot"
    return f"after {REST_SECONDS:.0f} s without faults there is work left: {under_way}{last}"


def has_pending(system: System) -> bool:
    """Return whether corrections are pending that do not wait for their canvas."""
    pending = system.ports.corrections.find(CorrectionState.PENDING, limit=MOST_LISTED)
    waiting = system.ports.corrections.count(CorrectionState.PENDING, RefusalReason.MISSING_IMAGE)
    return len(pending) > waiting or system.ports.corrections.adopt() > 0


def request_run(system: System) -> None:
    """Ask the service for a run."""
    with httpx.Client(base_url=system.service, headers={"X-API-Key": system.key}) as client:
        client.post("/v1/retrains", timeout=10)


def check_at_rest(system: System, observer: Observer) -> tuple[Observed, list[Invariant]]:
    """Come to rest, look at everything, and check the invariants.

    A run may begin by itself while everything is looked at: then it is looked at again.
    """
    trouble = come_to_rest(system)
    for _ in range(LOOKS):
        before = _mark(system)
        with suppress(RedrawError):
            seen = observer.observe(trouble)
            if trouble is not None or (seen.slot is None and _mark(system) == before):
                break
        trouble = come_to_rest(system)
    else:
        seen = observer.observe(trouble or "the system is never at rest")
    return seen, check_invariants(seen)


def _mark(system: System) -> list[str]:
    """Return the newest run, which changes when another begins."""
    return [run.id for run in system.ports.runs.list(1)]
