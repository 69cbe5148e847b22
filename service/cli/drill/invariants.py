"""What must hold once faults have ceased: each invariant returns its violations, a line each."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from pipeline.reasons import RefusalReason
from pipeline.records.corrections import CorrectionState
from pipeline.records.notifications import NotificationKind
from pipeline.records.runs import RunState
from pipeline.records.versions import VersionNumber, VersionStatus
from pipeline.storage_paths import CANVAS, version_of
from service.cli.drill.observed import Observed

_PENDING, _MERGED = CorrectionState.PENDING, CorrectionState.MERGED
_SETTLED = frozenset({*CorrectionState} - {_PENDING})
_EXPLAINED = frozenset({RunState.FAILED, RunState.HELD, RunState.REJECTED, RunState.SKIPPED})


class Invariant(NamedTuple):
    """One that was checked: its name, how many things it was checked on, and its violations."""

    name: str
    looked_at: int
    violations: list[str]


def check_invariants(seen: Observed) -> list[Invariant]:
    """Check all of them."""
    return [Invariant(name, count(seen), [*find(seen)]) for name, count, find in _INVARIANTS]


def find_lost(seen: Observed) -> Iterator[str]:
    """Yield corrections that were sent and are gone, or have neither an end nor a reason."""
    gone, deleted = seen.ledger.gone, seen.ledger.deleted
    for name, player in seen.ledger.sent.items():
        if name not in seen.corrections and name not in deleted and player not in gone:
            yield f"{name} was sent by {player!r}, and there is no such document"
    for name, fields in seen.corrections.items():
        status, reason = _read_state(fields)
        if status in _SETTLED and reason is not None:
            continue
        if status == _PENDING and reason == RefusalReason.MISSING_IMAGE:
            continue  # it waits for its canvas
        if status not in _SETTLED and status != _PENDING and name in seen.ledger.ignored:
            continue
        yield f"{name} is {status!r}, with the reason {reason!r}"


def find_twice(seen: Observed) -> Iterator[str]:
    """Yield corrections, and drawings, that are in the data set more than once."""
    for what, counted in (
        ("the correction", Counter(row.id for row in seen.merged)),
        ("the drawing", Counter(row.digest for row in seen.merged)),
    ):
        for name, number in counted.items():
            if number > 1:
                yield f"{what} {name} is in the data set {number} times"


def find_misplaced(seen: Observed) -> Iterator[str]:
    """Yield corrections whose state is not what the data set says, and rows of no correction."""
    rows = {row.id: row for row in seen.merged}
    edited = seen.ledger.deleted | seen.ledger.ignored
    for name, fields in seen.corrections.items():
        status, _ = _read_state(fields)
        if name not in edited and (status == _MERGED) != (name in rows):
            where = "is" if name in rows else "is not"
            yield f"{name} is {status}, and {where} in the data set"
    for name, row in rows.items():
        found = seen.corrections.get(name)
        if found is None:
            if name not in seen.ledger.deleted:
                yield f"{name} is in the data set, and no such document was ever deleted"
        elif name not in edited | seen.ledger.relabelled and seen.categories[
            row.label
        ] != found.get("correctedLabel"):
            label = found.get("correctedLabel")
            yield f"{name} is in the data set as {seen.categories[row.label]}, not as {label!r}"


def find_broken_log(seen: Observed) -> Iterator[str]:
    """Yield where a data set is not the base and the revisions after it."""
    if seen.digests[:1] != [seen.base_digest]:
        yield "the base rows are not those that the first version was trained on"
    for worker, digests in seen.local.items():
        if digests != seen.digests[: len(digests)]:
            yield f"the data set of {worker} is not the one in Storage, nor an earlier revision"


def find_half_published(seen: Observed) -> Iterator[str]:
    """Yield versions that are ready and not whole, or neither ready nor given up."""
    for version in seen.versions:
        # While its run's document is nonsense, a version waits until a person corrects that.
        left_alone = version.run_id in seen.ledger.edited_runs
        if version.status is VersionStatus.PUBLISHING and not left_alone:
            yield f"{version.version} is still being published, and no run is under way"
        if version.clearing:
            yield f"{version.version} was given up, and its files are not deleted"
        if version.status is VersionStatus.READY:
            for fault in seen.file_faults.get(version.version, ["its files were not read"]):
                yield f"{version.version} is ready: {fault}"
    known = {version.version for version in seen.versions}
    for path in sorted(seen.objects):
        owner = version_of(path)
        if owner is not None and owner not in known:
            yield f"{path} belongs to no version"


def find_number_faults(seen: Observed) -> Iterator[str]:
    """Yield runs with two versions, and numbers that do not rise with the time of their making."""
    for run_id, number in Counter(
        version.run_id for version in seen.versions if version.status is not VersionStatus.WITHDRAWN
    ).items():
        if number > 1:
            yield f"{run_id} has made {number} versions"
    made = sorted(
        (version for version in seen.versions if version.created_at),
        key=lambda version: version.created_at or 0,
    )
    for earlier, later in pairwise(made):
        if VersionNumber.parse(earlier.version) >= VersionNumber.parse(later.version):
            yield f"{later.version} was made after {earlier.version}"


def find_release_faults(seen: Observed) -> Iterator[str]:
    """Yield where release, history and versions do not fit together."""
    if seen.release is None:
        yield "nothing is released"
        return
    version = seen.release.version
    ready = {each.version for each in seen.versions if each.status is VersionStatus.READY}
    if version not in ready:
        yield f"the release names {version}, which is not ready"
    active = [each.version for each in seen.versions if each.active]
    if active != [version]:
        yield f"the release names {version}, and active are {active}"
    if not seen.history or seen.history[-1].version != version:
        yield f"the newest entry of the history does not name {version}"
    for earlier, later in pairwise(seen.history):
        if later.previous != earlier.version or later.fence <= earlier.fence:
            yield f"entry {later.id} of the history does not follow {earlier.id}"


def find_stuck(seen: Observed) -> Iterator[str]:
    """Yield runs that have not ended, or say not why they ended as they did."""
    if seen.trouble:
        yield seen.trouble
    if seen.slot is not None:
        yield f"{seen.slot} is in the slot"
    for run in seen.runs:
        if run.id in seen.ledger.edited_runs:
            continue
        if not run.state.ended:
            yield f"{run.id} is {run.state}"
        elif run.state in _EXPLAINED and not run.reason:
            yield f"{run.id} is {run.state} without a reason"
        elif run.state is RunState.PROMOTED and run.version is None:
            yield f"{run.id} is promoted without a version"


def find_remembered(seen: Observed) -> Iterator[str]:
    """Yield what is left of players who were forgotten."""
    for player in _list_forgotten(seen):
        hashed = seen.hashes[player]
        rows = sum(row.player == hashed for row in seen.merged)
        if rows:
            yield f"{rows} rows of the data set are of a player who was forgotten"
        for name, fields in seen.corrections.items():
            if str(fields.get("userId")) == player:
                yield f"{name} is of a player who was forgotten"
        for name, sender in seen.ledger.sent.items():
            path = CANVAS.fill(drawing_id=f"d{name.removeprefix('c')}")
            # A document that was deleted at the console leaves a canvas that belongs to no player.
            if sender == player and path in seen.objects and name not in seen.ledger.deleted:
                yield f"{path} is a canvas of a player who was forgotten"


def find_notified_twice(seen: Observed) -> Iterator[str]:
    """Yield runs whose end was noticed twice, or not at all."""
    noticed = Counter(
        note.run_id for note in seen.notifications if note.kind is NotificationKind.RUN_ENDED
    )
    for run in seen.runs:
        if run.id not in seen.ledger.edited_runs and run.state.ended and noticed[run.id] != 1:
            yield f"the end of {run.id} was noticed {noticed[run.id]} times"


def _list_forgotten(seen: Observed) -> set[str]:
    """Return the players whom a run has forgotten.

    Some of these runs are not known by their ids, as the answer with it was lost, and one run
    finishes what another has left. So those count too who asked, and of whom a document is gone
    that was not deleted at the console.
    """
    done = {run.id for run in seen.runs if run.state is RunState.FORGOTTEN}
    known = {player for run_id, player in seen.ledger.forgotten.items() if run_id in done}
    missing = seen.ledger.sent.keys() - seen.corrections.keys() - seen.ledger.deleted
    return known | (seen.ledger.gone & {seen.ledger.sent[name] for name in missing})


def _read_state(fields: dict[str, Any]) -> tuple[Any, Any]:
    """Return status and reason of a document."""
    retraining = fields.get("retraining")
    reason = retraining.get("reason") if isinstance(retraining, dict) else None
    return fields.get("status"), reason


_INVARIANTS: tuple[
    tuple[str, Callable[[Observed], int], Callable[[Observed], Iterator[str]]], ...
] = (
    ("lost: corrections without an end", lambda seen: len(seen.corrections), find_lost),
    ("twice: rows of one correction or drawing", lambda seen: len(seen.merged), find_twice),
    ("states that the data set contradicts", lambda seen: len(seen.merged), find_misplaced),
    ("data sets that are not base and revisions", lambda seen: len(seen.digests), find_broken_log),
    ("half-published versions", lambda seen: len(seen.versions), find_half_published),
    ("version numbers out of order", lambda seen: len(seen.versions), find_number_faults),
    ("faults of release and history", lambda seen: len(seen.history), find_release_faults),
    ("stuck: runs without an end", lambda seen: len(seen.runs), find_stuck),
    (
        "traces of players who were forgotten",
        lambda seen: len(_list_forgotten(seen)),
        find_remembered,
    ),
    ("ends noticed twice or never", lambda seen: len(seen.notifications), find_notified_twice),
)
