"""A new baseline in real processes: what trains is killed, and the training goes on."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pipeline.rebaseline.challenger import FOLDER
from pipeline.rebaseline.job import LOCK
from service.cli.stack import WORKER
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import House

pytestmark = pytest.mark.slow

EPOCHS, BATCH = 40, 8  # for so few drawings many epochs, so that there is time to kill


def training_process(house: House) -> int | None:
    """The process that trains now, which holds the lock of its folder; None if none does."""
    with suppress(FileNotFoundError, ValueError):
        pid = int((house.settings.data_dir / FOLDER / LOCK).read_text())
        if b"pipeline.rebaseline.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def steps_done(house: House, run_id: str) -> int:
    """Return how many steps of the training are done; 0 if none goes on."""
    progress: dict[str, Any] = house.http.get(f"/v1/retrains/{run_id}").json()["progress"]
    return int(progress["done"]) if "epoch " in progress["message"] else 0


def has_ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_training_whose_process_and_whose_worker_are_killed_goes_on_and_ends(
    house: House, first_version: Path, tmp_path: Path
) -> None:
    house.stack.environment |= {
        "REDRAW_COLLECT_BATCH": "500",
        "REDRAW_EPOCHS": str(EPOCHS),
        "REDRAW_BATCH_SIZE": str(BATCH),
        # So few answers of held-out players show nothing for sure.
        "REDRAW_GATE_MARGIN": "1",
        "REDRAW_GATE_BASELINE_MARGIN": "1",
    }
    run_id = house.http.post("/v1/baselines").json()["id"]
    house.stack.start("worker", *WORKER)
    total = house.wait_for(lambda: steps_done(house, run_id)) and progress_total(house, run_id)

    killed_at = house.wait_for(lambda: later_than(house, run_id, total // 8))
    first = training_process(house)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    house.wait_for(lambda: training_process(house) not in {first, None})
    resumed_at = house.wait_for(lambda: training_process(house) and steps_done(house, run_id))
    assert resumed_at > killed_at - 2 * total // EPOCHS

    killed_at = house.wait_for(lambda: later_than(house, run_id, total // 3))
    second = training_process(house)
    assert second is not None
    worker = house.stack.processes.pop("worker")
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    house.wait_for(lambda: has_ended(second))

    house.stack.start("worker", *WORKER)
    house.wait_for(lambda: training_process(house) not in {second, None})
    resumed_at = house.wait_for(lambda: training_process(house) and steps_done(house, run_id))
    assert resumed_at > killed_at - 2 * total // EPOCHS
    run = house.wait_until_ended(run_id)

    assert run["state"] in {"promoted", "held", "rejected"}, run["reason"]
    assert (run["kind"], run["attempts"]) == ("baseline", 3)
    assert run["decision"] is not None
    dataset = house.settings.dataset_file
    invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)
    invariants.the_slot_is_free(house.firestore)
    assert not (house.settings.data_dir / FOLDER).exists()


def progress_total(house: House, run_id: str) -> int:
    return int(house.http.get(f"/v1/retrains/{run_id}").json()["progress"]["total"])


def later_than(house: House, run_id: str, steps: int) -> int | None:
    done = steps_done(house, run_id)
    return done if done > steps else None
