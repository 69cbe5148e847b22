"""A run records once what its answers stand for, with the game's own count of guesses."""

from typing import Any

import pytest

from pipeline import retrain
from workers.execution import execute


def test_a_run_records_once_what_its_answers_stand_for(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents, note = world.ports.corrections.documents, retrain.note_sample
    for number, name in enumerate(sorted(documents)):
        documents[name] |= {"asked": "audit", "askedChance": 0.5} if number % 2 else {}

    def note_twice(*given: Any) -> Any:
        world.ports.corrections.guesses["v1.0.0"] = {"drawings": 900}
        note(*given)
        world.ports.corrections.guesses["v1.0.0"] = {"drawings": 5000}
        return note(*given)

    monkeypatch.setattr(retrain, "note_sample", note_twice)
    possible: list[Any] = []
    judge = retrain.judge.judge
    monkeypatch.setattr(
        retrain.judge,
        "judge",
        lambda *given, **more: possible.append(more["possible"]) or judge(*given, **more),
    )
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.sample is not None
    assert set(run.sample.answers) == {"audit", "unknown"}
    assert sum(run.sample.answers.values()) == run.counts.merged
    assert run.sample.drawings == 900
    assert possible == [(run.sample.possible_low, run.sample.possible_high)]
