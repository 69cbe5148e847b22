"""Each invariant of a drill finds what is planted against it, and nothing in a sound project."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.dataset.origins import Merged
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionStatus
from service.cli.drill import invariants
from service.cli.drill.observed import Observed
from tests.unit.cli.drill._world import NOW, change, correction, make_sound, told, version

Plant = Callable[[Observed], Any]


def test_in_a_sound_project_no_invariant_is_broken() -> None:
    checked = invariants.check_invariants(make_sound())

    assert [each for each in checked if each.violations] == []
    assert len(checked) == 10


def edit(name: str, **fields: Any) -> Plant:
    return lambda seen: seen.corrections[name].update(fields)


def end(run: int, **fields: Any) -> Plant:
    return lambda seen: seen.runs.__setitem__(run, seen.runs[run].model_copy(update=fields))


def alter(number: int, **fields: Any) -> Plant:
    return lambda seen: seen.versions.__setitem__(
        number, seen.versions[number].model_copy(update=fields)
    )


PLANTED: dict[str, tuple[Callable[[Observed], Any], Plant]] = {
    "a document is gone": (invariants.find_lost, lambda seen: seen.corrections.pop("c2")),
    "a correction is still pending": (
        invariants.find_lost,
        edit("c2", status="pending", retraining=None),
    ),
    "a correction has no reason": (invariants.find_lost, edit("c2", retraining={})),
    "no one gave it this status": (invariants.find_lost, edit("c2", status="on hold")),
    "a row twice": (invariants.find_twice, lambda seen: seen.merged.append(seen.merged[0])),
    "a drawing twice": (
        invariants.find_twice,
        lambda seen: seen.merged.append(Merged("c2", "hash-of-pia", 1, "digest-1")),
    ),
    "merged, and not there": (invariants.find_misplaced, lambda seen: seen.merged.clear()),
    "refused, and there": (invariants.find_misplaced, edit("c1", status="refused")),
    "a row without a document": (
        invariants.find_misplaced,
        lambda seen: seen.merged.append(Merged("c7", "hash-of-pia", 1, "digest-7")),
    ),
    "another label": (invariants.find_misplaced, edit("c1", correctedLabel="apple")),
    "another base": (
        invariants.find_broken_log,
        lambda seen: seen.digests.__setitem__(0, "other"),
    ),
    "a local branch": (
        invariants.find_broken_log,
        lambda seen: seen.local.update(worker=["base", "second"]),
    ),
    "a file is missing": (
        invariants.find_half_published,
        lambda seen: seen.file_faults["v1.0.1"].append("head.bin: it is missing in Storage"),
    ),
    "still publishing": (
        invariants.find_half_published,
        alter(0, status=VersionStatus.PUBLISHING),
    ),
    "given up, and there": (
        invariants.find_half_published,
        alter(0, status=VersionStatus.WITHDRAWN, clearing=True),
    ),
    "files of no version": (
        invariants.find_half_published,
        lambda seen: seen.objects.add("models/production/v1.0.7/head.bin"),
    ),
    "two versions of a run": (invariants.find_number_faults, alter(0, run_id="run-of-v1.0.1")),
    "a number that falls": (
        invariants.find_number_faults,
        lambda seen: seen.versions.append(version("v1.0.0", 2)),
    ),
    "nothing released": (
        invariants.find_release_faults,
        lambda seen: setattr(seen, "release", None),
    ),
    "a release that is not ready": (
        invariants.find_release_faults,
        alter(1, status=VersionStatus.WITHDRAWN),
    ),
    "two active versions": (invariants.find_release_faults, alter(0, active=True)),
    "a release without an entry": (
        invariants.find_release_faults,
        lambda seen: seen.history.pop(),
    ),
    "an entry that follows no other": (
        invariants.find_release_faults,
        lambda seen: seen.history.append(change(3, "v1.0.1", "v1.0.0")),
    ),
    "a run that goes on": (invariants.find_stuck, end(0, state=RunState.FITTING)),
    "a run in the slot": (invariants.find_stuck, lambda seen: setattr(seen, "slot", "run-9")),
    "an end without a reason": (invariants.find_stuck, end(0, state=RunState.FAILED)),
    "no rest": (invariants.find_stuck, lambda seen: setattr(seen, "trouble", "work is left")),
    "a forgotten player's row": (
        invariants.find_remembered,
        lambda seen: seen.merged.append(Merged("c9", "hash-of-gus", 1, "digest-9")),
    ),
    "a forgotten player's document": (
        invariants.find_remembered,
        lambda seen: seen.corrections.update(c9={**correction("refused", "x"), "userId": "gus"}),
    ),
    "a forgotten player's canvas": (
        invariants.find_remembered,
        lambda seen: seen.objects.add("drawings/corrections/d9.png"),
    ),
    "a row of a player whose run is not known by its id": (
        invariants.find_remembered,
        lambda seen: (
            seen.ledger.forgotten.clear(),
            seen.merged.append(Merged("c9", "hash-of-gus", 1, "digest-9")),
        ),
    ),
    "an end noticed twice": (
        invariants.find_notified_twice,
        lambda seen: seen.notifications.append(told(seen.runs[0])),
    ),
    "an end never noticed": (
        invariants.find_notified_twice,
        lambda seen: seen.runs.append(Run(id="run-3", state=RunState.SKIPPED, requested_at=NOW)),
    ),
}


@pytest.mark.parametrize(("find", "plant"), PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found(find: Callable[[Observed], Any], plant: Plant) -> None:
    seen = make_sound()
    plant(seen)

    assert [*find(seen)] != []


HARMLESS: dict[str, Plant] = {
    "deleted by a person": lambda seen: (
        seen.ledger.deleted.add("c1"),
        seen.corrections.pop("c1"),
    ),
    "put on hold by a person": lambda seen: (
        seen.ledger.ignored.add("c1"),
        seen.corrections["c1"].update(status="on hold"),
    ),
    "a canvas whose document a person deleted": lambda seen: (
        seen.ledger.deleted.add("c9"),
        seen.objects.add("drawings/corrections/d9.png"),
    ),
    "a player whose request was not recorded, and whose document a person deleted": lambda seen: (
        seen.ledger.gone.add("ida"),
        seen.hashes.update(ida="hash-of-ida"),
        seen.ledger.sent.update(c8="ida"),
        seen.ledger.deleted.add("c8"),
        seen.merged.append(Merged("c8", "hash-of-ida", 1, "digest-8")),
    ),
    "relabelled by a person": lambda seen: (
        seen.ledger.relabelled.add("c1"),
        seen.corrections["c1"].update(correctedLabel="apple"),
    ),
    "a run whose document a person broke": lambda seen: (
        seen.ledger.edited_runs.add("run-3"),
        seen.runs.append(Run(id="run-3", state=RunState.FITTING, requested_at=NOW)),
    ),
}


@pytest.mark.parametrize("plant", HARMLESS.values(), ids=HARMLESS)
def test_what_a_person_has_done_is_no_fault_of_redraw(plant: Plant) -> None:
    seen = make_sound()
    plant(seen)

    assert [each for each in invariants.check_invariants(seen) if each.violations] == []


def test_a_version_whose_run_someone_made_unreadable_waits_for_a_person() -> None:
    seen = make_sound()
    seen.versions[0] = seen.versions[0].model_copy(update={"status": VersionStatus.PUBLISHING})
    assert list(invariants.find_half_published(seen)) != []
    seen.ledger.edited_runs.add(seen.versions[0].run_id)
    assert list(invariants.find_half_published(seen)) == []
