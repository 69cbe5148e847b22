"""kill -9 of a worker between two steps, then a restart: the run completes."""

from pathlib import Path

import pytest

from service.cli.stack import WORKER
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import House

STEPS = {
    "claimed": "pipeline.adapters.firestore_runs:FirestoreRuns.claim",
    "adopted": "pipeline.adapters.firestore_corrections:FirestoreCorrections.adopt",
    "planned": "pipeline.corrections.gathering:plan_batches",
    "collected, not stored": "pipeline.corrections.collect:collect_batch",
    "batch stored": "pipeline.corrections.gathering:gather_batch",
    "harvest joined": "pipeline.retrain:collect",
    "revision stored, not appended": "pipeline.dataset.revisions:store_additions",
    "merged": "pipeline.retrain:merge_harvest",
    "champion chosen": "pipeline.retrain:choose_champion",
    "fitted": "pipeline.retrain:fit_challenger",
    "judged": "pipeline.retrain:judge_challenger",
    "version reserved": "pipeline.adapters.firestore_models:FirestoreModels.reserve",
    "files stored, not ready": "pipeline.versions.publish:store_contents",
    "ready and released": "pipeline.adapters.firestore_models:FirestoreModels.commit",
    "published": "pipeline.retrain:publish_challenger",
    "corrections moved on": "pipeline.adapters.firestore_corrections:FirestoreCorrections.settle",
    "ended": "pipeline.runs.log:RunLog.end",
}


@pytest.mark.slow
@pytest.mark.parametrize("function", [pytest.param(name, id=step) for step, name in STEPS.items()])
def test_a_run_whose_worker_is_killed_completes_after_a_restart(
    house: House, first_version: Path, tmp_path: Path, function: str
) -> None:
    # One batch: several are for the sweep of beat to find again, see test_fan_out.
    house.stack.environment |= {
        "REDRAW_KILL_AFTER": function,
        "REDRAW_COLLECT_BATCH": "500",
        "PYTHONPATH": str(Path.cwd()),
    }
    run_id = house.http.post("/v1/retrains").json()["id"]
    house.stack.start("worker", *WORKER, "--include", "tests.end_to_end.killing")
    killed = house.stack.processes.pop("worker")
    house.wait_for(lambda: killed.poll() is not None)
    assert killed.returncode == -9

    house.stack.start("worker", *WORKER)
    run = house.wait_until_ended(run_id)

    assert (run["state"], run["version"]) == ("promoted", "v1.0.1"), run["reason"]
    dataset = house.settings.dataset_file
    invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)
    invariants.the_release_points_at_a_ready_version(house.firestore, "v1.0.1")
    invariants.the_slot_is_free(house.firestore)
