"""A run's document that was damaged does not keep the next run from starting."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run, RunState
from pipeline.runs.due import request_due_run, request_nightly_run
from pipeline.settings import Settings
from tests.contract import _odd
from tests.unit.runs._due import DAY, ENOUGH, TONIGHT, end, later, send

Check = Callable[[Any, Settings], Run | None]


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, retrain_threshold=ENOUGH, trigger={"fewest_pending": ENOUGH})


@pytest.fixture
def ports() -> Any:
    project: Any = in_memory()
    send(project, ENOUGH)
    return project


def at_night(ports: Any, settings: Settings) -> Run | None:
    return request_nightly_run(ports, settings, TONIGHT)


def damage(ports: Any, run: Run, fields: dict[str, Any]) -> None:
    ports.runs.documents[run.id] = fields


@pytest.mark.parametrize("fields", [{}, _odd.ODD_RUNS["a state of another program"]])
@pytest.mark.parametrize("check", [request_due_run, at_night])
def test_the_next_run_gets_another_id_again_and_again(
    ports: Any, settings: Settings, check: Check, fields: dict[str, Any]
) -> None:
    ids = []
    for _ in range(3):
        run = check(ports, settings)
        assert run is not None
        ids.append(run.id)
        end(ports, run, RunState.PROMOTED)
        damage(ports, run, fields)
        send(ports, ENOUGH)
        later(ports, DAY)
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]


def test_two_checks_that_see_the_same_damage_make_one_run(ports: Any, settings: Settings) -> None:
    run = request_due_run(ports, settings)
    assert run is not None
    end(ports, run, RunState.PROMOTED)
    damage(ports, run, {})
    send(ports, ENOUGH)
    later(ports, DAY)
    assert request_due_run(ports, settings) is not None
    assert request_due_run(ports, settings) is None
    assert len(ports.runs.list()) == 1
