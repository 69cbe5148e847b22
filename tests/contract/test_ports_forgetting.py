"""The contract behind forgetting a player: whom a run forgets, whose corrections are, deletion."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.errors import NotFound
from pipeline.ports import CorrectionSource, RunStore
from pipeline.records.runs import RunKind, RunState
from tests.contract._pending import HOSTILE, NOW, pending
from tests.contract._quarantined import ACCEPT, quarantined
from tests.contract._runs import SLOT, a_run, change

REQUEST = "forget_requests/run-1"


def requested(runs: RunStore, player: str = "ann") -> None:
    runs.request(a_run(kind=RunKind.FORGET), player)


def test_a_run_knows_whom_it_forgets_until_it_ends(world: Any, runs: RunStore) -> None:
    requested(runs)
    lease = runs.claim("run-1", "worker", 60)
    assert runs.player_of("run-1").player_id == "ann"
    assert world.read(REQUEST) is not None
    runs.record(lease, {"state": RunState.FORGOTTEN})
    with pytest.raises(NotFound, match="ask for it again"):
        runs.player_of("run-1")
    assert world.read(REQUEST) is None
    assert "ann" not in repr(world.read("training_runs/run-1"))


def test_a_request_that_is_repeated_keeps_whom_the_run_forgets(runs: RunStore) -> None:
    requested(runs)
    requested(runs, "ben")
    assert runs.player_of("run-1").player_id == "ann"


def test_a_run_that_fails_for_good_is_told_no_more(world: Any, runs: RunStore) -> None:
    requested(runs)
    lease = runs.claim("run-1", "worker", 60)
    assert runs.pause(lease, "Storage is down", timedelta(0)).state is RunState.FAILED
    assert world.read(REQUEST) is None


def test_a_cancelled_run_is_told_no_more(world: Any, runs: RunStore) -> None:
    requested(runs)
    runs.cancel("run-1", "anna")
    assert world.read(REQUEST) is None


def test_a_run_that_is_displaced_is_told_no_more(world: Any, runs: RunStore) -> None:
    requested(runs)
    world.edit(SLOT, None)
    runs.request(a_run("run-2"))
    assert world.read(REQUEST) is None


@pytest.mark.parametrize("by", ["the next request", "the sweep"])
def test_the_request_of_a_run_whose_document_was_deleted_goes(
    world: Any, runs: RunStore, by: str
) -> None:
    requested(runs)
    world.edit("training_runs/run-1", None)
    if by == "the sweep":
        assert runs.abandoned() is None
    else:
        runs.request(a_run("run-2"))
    assert world.read(REQUEST) is None


def test_the_end_of_another_run_leaves_a_request_alone(world: Any, runs: RunStore) -> None:
    requested(runs)
    change(world, "forget_requests/run-0", runId="run-0", playerId="ben", requestedAt=NOW)
    runs.cancel("run-1", "anna")
    assert runs.player_of("run-0").player_id == "ben"


def test_every_correction_says_whose_it_is_in_order_of_id_and_nothing_else(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("c", {"userId": " 7 ", "correctedLabel": "cat", "strokes": [{"x": [1], "y": [2]}]})
    world.put("a", {"user_id": 7, "image_storage_path": "drawings/corrections/x.png"})
    world.put("b", {"status": "merged"})
    world.put("d", HOSTILE)
    assert [(each.id, each.fields) for each in corrections.owners()] == [
        ("a", {"userId": 7, "imageStoragePath": "drawings/corrections/x.png"}),
        ("b", {}),
        ("c", {"userId": " 7 "}),
        ("d", {"userId": 7, "imageStoragePath": "../../etc/passwd"}),
    ]


def test_documents_and_decisions_are_deleted_and_no_others(
    world: Any, corrections: CorrectionSource
) -> None:
    for name in ("a", "b"):
        world.put(name, quarantined())
        corrections.decide(name, ACCEPT, "anna")
    world.put("c", pending())
    world.edit("decisions/c", {"action": 7})
    world.edit("decisions/gone", {"action": 7})
    assert sorted(corrections.digests(["a", "c", "gone", "never", "a/b", ""])) == [
        "corrections/a", "corrections/c", "decisions/a", "decisions/c", "decisions/gone",
    ]  # fmt: skip
    for _ in range(2):
        corrections.delete(["a", "c", "gone", "never", "a/b", ""])
    assert corrections.digests(["a", "c", "gone"]) == {}
    assert [each.id for each in corrections.owners()] == ["b"]
    assert [*corrections.decisions(["a", "b"])] == ["b"]


def test_more_are_deleted_than_one_batch_holds(world: Any, corrections: CorrectionSource) -> None:
    names = [f"n{number:03d}" for number in range(260)]
    for name in names[::20]:
        world.put(name, pending())
    corrections.delete(names)
    assert not [*corrections.owners()]


def test_a_digest_says_nothing_about_the_player(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", {"userId": "ann"})
    world.put("b", {"userId": "ben"})
    world.put("c", {"userId": "ann", "correctedLabel": "cat", "timestamp": NOW})
    digests = corrections.digests(["a", "b", "c"])
    assert digests["corrections/a"] == digests["corrections/b"] != digests["corrections/c"]
