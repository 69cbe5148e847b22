"""Read what the overview shows, each part by itself: one that cannot be read hides no other."""

from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import Run
from pipeline.records.slot import SlotStatus
from pipeline.records.versions import Release
from pipeline.runs.next_run import Outlook, explain_next_run
from pipeline.runs.triggers import KNOWN_RUNS
from pipeline.versions.released import explain_no_release
from service.dashboard.frame.parts import Part, read_part, read_release
from service.following.events import describe_now
from service.following.feed import EARLIER_RUNS
from service.following.progress import Progress, describe_progress
from service.versions.past_releases import PastRelease
from service.wiring import Wiring


class State(NamedTuple):
    """What the overview shows.

    missing: what to do where nothing is released. oldest: since when the oldest pending correction
    has been; None if that is not known. live: how far the run is that is under way; None
    if none is. outlook: whether the next run starts by itself; None if that is not known.
    """

    release: Part[Release | None]
    missing: Part[str] | None
    past: Part[list[PastRelease]]
    slot: Part[SlotStatus]
    pending: Part[int]
    oldest: datetime | None
    quarantined: Part[int]
    runs: Part[list[Run]]
    live: Progress | None
    outlook: Outlook | None
    at: datetime

    @property
    def troubles(self) -> list[str]:
        """What cannot be read, each sentence once."""
        parts = (self.release, self.past, self.slot, self.pending, self.quarantined, self.runs)
        return list(dict.fromkeys(part.trouble for part in parts if part.trouble))


def read_state(wiring: Wiring) -> State:
    """Read what the overview shows."""
    ports = wiring.ports
    release = read_release(wiring)
    slot = read_part(ports.runs.slot)
    run = find_running(slot.value)
    runs = read_part(lambda: ports.runs.list(KNOWN_RUNS if run is None else EARLIER_RUNS))
    pending = read_part(lambda: ports.corrections.count(CorrectionState.PENDING))
    oldest = wiring.metrics.find_oldest(slot.value, release.value) if pending.value else None
    state = State(
        release=release,
        missing=_explain_missing(wiring, release),
        past=_read_past(wiring, release.value),
        slot=slot,
        pending=pending,
        oldest=oldest,
        quarantined=read_part(lambda: ports.corrections.count(CorrectionState.QUARANTINED)),
        runs=runs,
        live=None if run is None else describe_progress(run, describe_now(run, runs.value or ())),
        outlook=None,
        at=datetime.now(UTC),
    )
    return state if run is not None else state._replace(outlook=_look_ahead(wiring, state))


def find_running(status: SlotStatus | None) -> Run | None:
    """Return the run that is under way; None if none is, or it can never go on."""
    if status is None or status.dead is not None or status.run is None or status.run.state.ended:
        return None
    return status.run


def _explain_missing(wiring: Wiring, release: Part[Release | None]) -> Part[str] | None:
    if release.value is not None or release.trouble is not None:
        return None
    return read_part(lambda: explain_no_release(wiring.ports.models))


def _read_past(wiring: Wiring, release: Release | None) -> Part[list[PastRelease]]:
    return Part([]) if release is None else read_part(lambda: wiring.past.read(release))


def _look_ahead(wiring: Wiring, state: State) -> Outlook | None:
    slot, runs, pending = state.slot.value, state.runs.value, state.pending.value
    if slot is None or runs is None or pending is None:
        return None
    release = state.release.value
    trial = release is not None and release.trial is not None
    return explain_next_run(pending, state.oldest, runs, wiring.settings, slot.slot.at, trial=trial)
