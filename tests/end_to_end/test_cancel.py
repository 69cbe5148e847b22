"""A real worker is cancelled over HTTP in every step: it ends the run, and nothing is half done.

The runs follow each other in one Redraw; the last one is left alone and releases what they began.
"""

import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.records.runs import RunState
from service.cli.stack import WORKER
from tests.api._events import Told, read_events
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import House

STEPS = [
    RunState.COLLECTING,
    RunState.MERGING,
    RunState.FITTING,
    RunState.JUDGING,
    RunState.PUBLISHING,
]


def request(house: House) -> str:
    run_id: str = house.http.post("/v1/retrains").raise_for_status().json()["id"]
    return run_id


def read_state(house: House, run_id: str) -> str:
    state: str = house.firestore.document(f"training_runs/{run_id}").get(["state"]).get("state")
    return state


def cancel_in(house: House, run_id: str, state: RunState) -> float:
    """Cancel a run when it is in a state, or beyond; return how long its worker took to end it."""
    order = [str(each) for each in RunState]
    while order.index(read_state(house, run_id)) < order.index(state):
        time.sleep(0.01)
    asked = time.monotonic()
    house.http.post(f"/v1/retrains/{run_id}/cancel").raise_for_status()
    house.wait_for(lambda: read_state(house, run_id) == RunState.CANCELLED)
    return time.monotonic() - asked


def follow(house: House, run_id: str) -> list[Told]:
    with house.http.stream("GET", f"/v1/retrains/{run_id}/events", timeout=240) as answer:
        return list(read_events(answer.iter_lines()))


@pytest.mark.slow
@pytest.mark.parametrize("batch", ["500", "40"], ids=["one batch", "ten batches"])
def test_a_run_is_cancelled_in_every_step_and_the_next_one_learns_from_what_it_left(
    house: House, first_version: Path, tmp_path: Path, batch: str
) -> None:
    house.stack.environment["REDRAW_COLLECT_BATCH"] = batch
    unclaimed = request(house)
    answer = house.http.post(f"/v1/retrains/{unclaimed}/cancel").json()
    assert answer["state"] == "cancelled"

    house.stack.start("worker", *WORKER)
    for state in STEPS:
        run_id = request(house)
        took = cancel_in(house, run_id, state)
        print(f"cancelled in {state}: its worker ended it after {took:.1f} s")
        # No other process could end it: beat does not run, and nothing asks a second time.
        record = house.firestore.document(f"training_runs/{run_id}").get().to_dict()
        assert (record["deaths"], record["attempts"] > 0) == (0, True), state
        told = follow(house, run_id)
        assert (told[-1].name, told[-1].data["state"]) == ("end", "cancelled")
        invariants.the_slot_is_free(house.firestore)
        invariants.the_release_points_at_a_ready_version(house.firestore, "v1.0.0")
        documents = house.firestore.collection("corrections").stream()
        assert any(each.get("status") == "pending" for each in documents)

    run = follow(house, request(house))[-1].data
    assert (run["state"], run["version"] is None) == ("promoted", False), run["reason"]
    dataset = house.settings.dataset_file
    invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)
    invariants.the_release_points_at_a_ready_version(house.firestore, run["version"])
    stored = {blob.name.split("/")[2] for blob in house.bucket.list_blobs(prefix="models/")}
    ready: set[Any] = {
        each.id
        for each in house.firestore.collection("models").stream()
        if each.get("status") == "ready"
    }
    assert stored == ready
