"""A game that writes one id for all players: the loop learns, says it, and does not overrate it."""

from typing import Any

from pipeline.dataset.origins import read_shared_players
from pipeline.records.runs import RunState
from tests._provenance import read_provenance
from workers.execution import execute


def test_one_id_for_all_is_shared_out_said_and_judged_as_one_player(world: Any) -> None:
    for fields in world.ports.corrections.documents.values():
        fields["userId"] = "guest"
    world.request()
    # So small a challenger errs on more of the golden set, which would hide the other checks.
    run = execute("run-1", world.ports, world.settings.with_changes(gate={"golden_wrong": 82}))

    provenance = read_provenance(world.settings.dataset_file)
    assert len(set(provenance.players.tolist())) == 1
    assert {"train", "test"} <= set(provenance.splits.tolist())
    assert read_shared_players(world.settings.dataset_file) == set(provenance.players.tolist())
    assert run.state is RunState.HELD  # one player alone shows nothing
    assert "100% of the corrections carry one userId" in " ".join(run.remarks)
    assert "100% of these answers carry one userId" in (run.reason or "")


def test_empty_ids_are_refused_and_the_reason_of_the_run_says_so(world: Any) -> None:
    for fields in world.ports.corrections.documents.values():
        fields["userId"] = ""
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert run.counts.reasons["missing_player"] >= 35
    assert "refused as missing_player" in (run.reason or "")
