"""What would stop a run after all its work stops it in its first step, with what to do."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.errors import InvalidModel
from pipeline.gate import judge
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionStatus
from tests.contract import _odd
from tests.unit.retrain._gate import deciding
from tests.unit.retrain.test_decision import resend
from workers.execution import execute


def write_release(models: Any, **changes: Any) -> None:
    models._release |= changes


def delete_release(models: Any) -> None:
    models._release = None


def delete_version(models: Any) -> None:
    del models._models["v1.0.0"]


def make_foreign(models: Any) -> None:
    models._models["v1.0.0"] = _odd.FOREIGN_VERSIONS["accuracy alone"]


BROKEN = {
    "deleted": (delete_release, "redraw promote v1.0.0"),
    "a fence as text": (lambda models: write_release(models, fence="?"), "redraw promote v1.0.0"),
    "no version": (lambda models: write_release(models, version=None), "redraw promote v1.0.0"),
    "of no version": (
        lambda models: write_release(models, version="v9.9.9"), "redraw promote v1.0.0",
    ),
    "of a version that is gone": (delete_version, "redraw baseline"),
    "of a version of the game's": (make_foreign, "redraw baseline"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_release_that_cannot_be_used_ends_a_run_before_it_has_merged_anything(
    world: Any, case: str
) -> None:
    spoil, advice = BROKEN[case]
    spoil(world.ports.models)
    before = set(world.ports.artefacts.objects)
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.revision) == (RunState.FAILED, None)
    assert re.search(f"`{advice}`", str(run.reason)), run.reason
    assert set(world.ports.artefacts.objects) == before
    assert world.ports.corrections.count_pending() == 40
    free = Run(id="run-2", requested_at=datetime.now(UTC))
    assert world.ports.runs.request(free).state is RunState.REQUESTED


def test_beside_odd_documents_a_run_publishes_the_next_number(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = world.ports.models
    models._models |= {
        "v0.9.0": {**_odd.FOREIGN_VERSIONS["accuracy alone"]},
        "v1.0.1": _odd.DAMAGED_VERSIONS["no files"],
        "v5.0.0_100cat": {"active": True},
    }
    world.ports.runs.documents.update(_odd.ODD_RUNS)
    world.ports.corrections.odd_decisions.update(_odd.ODD_DECISIONS)
    world.ports.artefacts.objects["models/production/v1.0.2/quickdraw_v1.0.2.h5"] = b"the owner's"
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.3"), run.reason
    assert models._models["v0.9.0"] == _odd.FOREIGN_VERSIONS["accuracy alone"]
    assert models._models["v5.0.0_100cat"] == {"active": True}


def test_a_champion_that_lists_no_model_file_is_named(world: Any, quick: None) -> None:
    models = world.ports.models
    files = models._models["v1.0.0"]["files"]
    models._models["v1.0.0"]["files"] = files[1:]
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.FAILED
    assert "models/v1.0.0 lists no file" in str(run.reason)
    assert InvalidModel.__name__ not in str(run.reason)
    assert models.get("v1.0.0").status is VersionStatus.READY


@pytest.mark.parametrize(
    "spoil",
    [
        lambda models: models._models.pop("v1.0.0"),
        lambda models: models._models["v1.0.0"].update(files="gone"),
        lambda models: models._models.update({"v1.0.0": {}}),
    ],
)
def test_an_ancestor_that_cannot_be_read_does_not_stop_a_run(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch, spoil: Any
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))
    world.request()
    execute("run-1", world.ports, world.settings)
    assert world.ports.models.release().version == "v1.0.1"
    spoil(world.ports.models)
    resend(world)
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.2"), run.reason
