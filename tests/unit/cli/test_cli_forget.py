"""`redraw forget` executes a run here, or counts what it would delete."""

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.forgetting.requests import request_forgetting
from pipeline.records.forgetting import Counts, Forgotten, Proof, Receipt, Removed, RemovedKind
from pipeline.records.runs import Run, RunState
from pipeline.runs.context import RunContext
from tests.unit.cli._runs import Call
from workers import execution

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom runs have forgotten; the runs themselves do nothing else than write a receipt."""
    players = []

    def story(context: RunContext) -> Run:
        players.append(context.ports.runs.player_of(context.run_id).player_id)
        path, counts = f"receipts/{context.run_id}.json", Counts(documents=1)
        removed = [
            Removed(kind=RemovedKind.DOCUMENT, path=f"corrections/c{number}", sha256="ab" * 32)
            for number in range(25)
        ]
        receipt = Receipt(
            run_id=context.run_id, requested_at=NOW, finished_at=NOW, summary="done",
            counts=counts, edition=1, removed=removed,
            proof=Proof(listed_at=NOW, objects=70, documents=12, rows=9),
        )  # fmt: skip
        context.ports.artefacts.create(path, receipt.model_dump_json(by_alias=True).encode())
        context.log.note(forgotten=Forgotten(counts=counts, receipt=path))
        return context.log.end(RunState.FORGOTTEN, "done")

    monkeypatch.setattr(execution, "forget", story)
    return players


def test_it_forgets_the_player_and_prints_the_receipt(redraw: Call, forgotten: list[str]) -> None:
    code, output, _ = redraw("forget", " ann ")
    assert (code, forgotten) == (0, ["ann"])
    for words in ("corrections/c0", "and 5 more", "70 objects", "12 corrections", "receipts/run-"):
        assert words in output
    assert "ann" not in output


def test_a_player_can_be_named_on_standard_input(
    redraw: Call, forgotten: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ann\n")))
    assert redraw("forget", "-")[0] == 0
    assert forgotten == ["ann"]


def test_a_run_that_was_left_is_finished_first_and_then_the_player_is_forgotten(
    redraw: Call, forgotten: list[str], ports: Any
) -> None:
    ports.runs.request(Run(id="run-1", requested_at=NOW))
    code, output, _ = redraw("forget", "ann")
    assert (code, forgotten) == (0, ["ann"])
    assert "run run-1 was left unfinished" in output
    assert ports.runs.get("run-1").state is RunState.PROMOTED


def test_a_run_that_another_worker_executes_is_not_disturbed(
    redraw: Call, forgotten: list[str], ports: Any
) -> None:
    ports.runs.request(Run(id="run-1", requested_at=NOW))
    ports.runs.claim("run-1", "other", 60)
    code, _, errors = redraw("forget", "ann")
    assert (code, forgotten) == (1, [])
    assert "run-1 is still going" in errors
    assert ports.runs.forget_requests == {}


def test_a_preview_counts_and_requests_nothing(redraw: Call, ports: Any) -> None:
    ports.corrections.documents["a"] = {"userId": "ann", "status": "pending"}
    code, output, _ = redraw("forget", "ann", "--preview")
    assert code == 0
    assert "what would be deleted" in output
    assert ports.runs.list() == []
    assert "a" in ports.corrections.documents


@pytest.mark.parametrize("player", ["", "  ", "x" * 1501])
def test_what_can_be_no_id_is_refused_in_a_line(redraw: Call, player: str) -> None:
    code, _, errors = redraw("forget", player)
    assert code == 1
    assert "userId" in errors


def test_another_command_goes_on_with_a_run_that_forgets(
    redraw: Callable[..., Any], forgotten: list[str], ports: Any
) -> None:
    request_forgetting(ports.runs, "ann", "ben")
    code, output, _ = redraw("retrain")
    assert (code, forgotten) == (0, ["ann"])
    assert "it is a forget: call `redraw retrain` again when it has ended" in output
