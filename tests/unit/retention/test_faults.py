"""Retention stopped at any call and repeated ends as an undisturbed one, and breaks nothing."""

from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.versions import VersionStatus
from pipeline.retention.clean import carry_out, plan_project
from tests.unit.retention._projects import NOW, SETTINGS, WHY, make_project, objects_of
from tests.unit.versions._publishing import StoppingPort, publish_in

POLICY = SETTINGS.with_changes(retention={"keep_versions": 1, "withdrawn_days": 0})


@cache
def pristine() -> Any:
    ports = make_project(3)
    lone = publish_in(ports, run_id="run-9", parent="v1.0.3", baseline="v1.0.0").version
    ports.models.withdraw(lone, **WHY)
    # Retention reads no file of a version, and small ones are listed faster here.
    for path in objects_of(ports, "models/"):
        ports.artefacts.objects[path] = b"small"
    return ports


def project() -> Any:
    """A copy of the project: it takes a tenth of the time."""
    ports, copied = pristine(), in_memory()
    new: Any = copied
    new.artefacts.objects = dict(ports.artefacts.objects)
    new.runs.documents = deepcopy(ports.runs.documents)
    new.runs.slot_document = dict(ports.runs.slot_document)
    new.models._models = deepcopy(ports.models._models)
    new.models._release = deepcopy(ports.models._release)
    return new


def stopping(ports: Any, stop_at: int | None, *, after: bool = False) -> tuple[Ports, list[str]]:
    """The same ports, whose call number `stop_at`, counted over all of them, raises."""
    calls: list[str] = []
    wrapped: Any = {
        name: StoppingPort(getattr(ports, name), calls, stop_at, after=after)
        for name in ("corrections", "artefacts", "runs", "models", "trials", "notifications")
    }
    return Ports(**wrapped), calls


def retain(ports: Any, now: Any = NOW) -> None:
    carry_out(plan_project(ports, POLICY, now), ports)


def finish(ports: Any) -> tuple[set[str], dict[str, str]]:
    """Retention until nothing is left to do: what is stored then, and what each version is."""
    for _ in range(2):
        retain(ports)
    return set(ports.artefacts.objects), {each.version: each.status for each in ports.models.list()}


def count_calls() -> int:
    ports, calls = stopping(project(), None)
    retain(ports)
    return len(calls)


def check(ports: Any) -> None:
    """What must always hold of versions and release, also in between."""
    release = ports.models.release()
    assert ports.models.get(release.version).status is VersionStatus.READY
    for version in ports.models.list():
        if version.status is VersionStatus.READY:
            assert {file.path for file in version.files} <= set(ports.artefacts.objects)


@pytest.mark.parametrize("after", [False, True], ids=["before its work", "after its work"])
def test_stopped_at_any_call_and_repeated_it_ends_as_an_undisturbed_one(after: bool) -> None:
    expected, cases = finish(project()), 0
    for stop_at in range(1, count_calls() + 1):
        ports = project()
        try:
            retain(stopping(ports, stop_at, after=after)[0])
        except Unavailable:
            cases += 1
        check(ports)
        assert finish(ports) == expected, stop_at
        check(ports)
    print(f"{cases} calls failed, each {'after' if after else 'before'} its work")
    assert cases >= 55  # after their work all but those that find nothing


def test_a_version_that_is_released_after_the_plan_was_made_stays_ready() -> None:
    ports = project()
    plan = plan_project(ports, POLICY, NOW)
    assert "v1.0.1" in [each.version for each in plan.withdrawals]
    ports.models.promote("v1.0.1", **WHY)
    assert "v1.0.1" not in carry_out(plan, ports).withdrawn
    check(ports)


def test_two_at_once_do_what_one_does() -> None:
    ports = project()
    first, second = plan_project(ports, POLICY, NOW), plan_project(ports, POLICY, NOW)
    carry_out(first, ports)
    assert carry_out(second, ports).deleted == []
    assert finish(ports) == finish(project())
