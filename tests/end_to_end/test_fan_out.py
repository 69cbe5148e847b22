"""Batches of one run on several workers: each is done once, and all are joined."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from service.cli.stack import BEAT, WORKER
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import SENT, House
from workers.names import COLLECT_QUEUE

BATCH = 40


def batches(house: House, run_id: str) -> dict[str, int]:
    """Return the collected batches, each with its generation in Storage."""
    blobs = house.bucket.list_blobs(prefix=f"runs/{run_id}/collect/")
    return {Path(blob.name).stem: blob.generation for blob in blobs if blob.name.endswith(".npz")}


def check_all(house: House, run: dict[str, Any], first_version: Path) -> None:
    assert (run["state"], run["version"]) == ("promoted", "v1.0.1"), run["reason"]
    dataset = house.settings.dataset_file
    invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.the_slot_is_free(house.firestore)


@pytest.mark.slow
def test_batches_are_shared_with_a_worker_of_theirs_and_become_one_revision(
    house_on_either_redis: House, first_version: Path
) -> None:
    house = house_on_either_redis
    house.stack.environment["REDRAW_COLLECT_BATCH"] = str(BATCH)
    logs = [house.stack.logs / f"{name}.log" for name in ("worker", "worker-2")]
    queues: dict[str, list[str]] = {"worker": [], "worker-2": ["--queues", COLLECT_QUEUE]}
    for name, options in queues.items():
        house.stack.start(name, *WORKER, f"--hostname={name}@%h", *options)
    # Else the first one may be through before the second one listens.
    house.wait_for(lambda: all(log.exists() and " ready." in log.read_text() for log in logs))
    run_id = house.http.post("/v1/retrains").json()["id"]
    run = house.wait_until_ended(run_id)

    check_all(house, run, first_version)
    assert len(batches(house, run_id)) == -(-SENT // BATCH)
    # The one that planned and the one that joined; more where a busy machine let a lease run out.
    assert run["attempts"] >= 2
    done = [log.read_text().count("collect_batch[") for log in logs]
    assert all(done), done
    assert "redraw.retrain[" not in logs[1].read_text()


@pytest.mark.slow
def test_a_worker_killed_in_a_batch_is_replaced_and_only_what_is_missing_is_done_again(
    house: House, first_version: Path, tmp_path: Path
) -> None:
    house.stack.environment |= {
        "REDRAW_COLLECT_BATCH": str(BATCH),
        "REDRAW_KILL_AFTER": "pipeline.corrections.collect:collect_batch",
        "REDRAW_KILL_AT": "3",
        "REDRAW_SWEEP_SECONDS": "2",
        "PYTHONPATH": str(Path.cwd()),
    }
    run_id = house.http.post("/v1/retrains").json()["id"]
    house.stack.start("worker", *WORKER, "--include", "tests.end_to_end.killing")
    killed = house.stack.processes.pop("worker")
    house.wait_for(lambda: killed.poll() is not None)
    done = batches(house, run_id)
    assert len(done) == 2

    house.stack.start("worker", *WORKER)
    # Queued batches keep the lease while they are collected; then the sweep finds what is missing.
    house.stack.start("beat", *BEAT)
    run = house.wait_until_ended(run_id)

    check_all(house, run, first_version)
    assert done.items() < batches(house, run_id).items()


@pytest.mark.slow
def test_a_child_process_killed_in_a_batch_costs_nothing_but_time(
    house: House, first_version: Path
) -> None:
    house.stack.environment["REDRAW_COLLECT_BATCH"] = str(BATCH)
    run_id = house.http.post("/v1/retrains").json()["id"]
    house.stack.start("worker", *WORKER)
    house.wait_for(lambda: batches(house, run_id))
    worker = house.stack.processes["worker"].pid
    for child in children(worker):
        os.kill(child, signal.SIGKILL)
    check_all(house, house.wait_until_ended(run_id), first_version)


def children(pid: int) -> list[int]:
    """Return the processes that execute a worker's tasks, without the one for its semaphores."""
    pids = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [
        child
        for child in pids
        if b"semaphore_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
