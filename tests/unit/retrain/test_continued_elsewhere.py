"""A run that another machine continues, with other settings and code, goes by what was recorded."""

import json
from typing import Any

import pytest

from pipeline import retrain
from pipeline.errors import Unavailable
from pipeline.gate import judge
from pipeline.lineage import origin
from pipeline.records.lineage import Lineage
from pipeline.records.runs import RunState
from tests.unit.retrain._gate import deciding
from workers.execution import execute


def test_the_version_is_the_one_that_the_first_machine_would_have_published(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))

    def fail(*_: Any) -> None:
        raise Unavailable("Storage does not answer")

    world.request()
    with monkeypatch.context() as patch:
        patch.setattr(retrain, "publish_challenger", fail)
        with pytest.raises(Unavailable):
            execute("run-1", world.ports, world.settings)
    there = origin.describe_machine()
    elsewhere = there.model_copy(update={"processor": "arm64", "libraries": {}})
    monkeypatch.setattr(origin, "describe_machine", lambda: elsewhere)
    settings = world.settings.with_changes(
        fit={"answer_weight": 9.0}, ask={"budget": 0.5}, code_revision="other"
    )
    run = execute("run-1", world.ports, settings, early=True)
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.1"), run.reason
    stored = world.ports.artefacts.objects
    lineage = Lineage.model_validate_json(stored["models/production/v1.0.1/lineage.json"])
    assert lineage.machine == there
    assert lineage.code.revision != "other"
    assert lineage.settings["fit"]["answer_weight"] == world.settings.fit.answer_weight
    assert lineage.fit is not None
    assert lineage.fit.weight == world.settings.fit.answer_weight
    asking = json.loads(stored["models/production/v1.0.1/asking.json"])
    assert asking["budget"] == world.settings.ask.budget
