"""The whole loop: worker, Redis, emulators over sockets, and a run requested over HTTP."""

from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import pytest

from pipeline.bootstrap import connect
from pipeline.retention.clean import clean
from service.cli.stack import WORKER
from tests._official import official_only
from tests.api.metrics._project import value
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import SENT, House


def test_corrections_become_a_released_v1_0_1_and_every_invariant_holds(
    house_on_either_redis: House, first_version: Path, tmp_path: Path
) -> None:
    the_loop_runs_and_every_invariant_holds(house_on_either_redis, first_version, tmp_path)


@official_only
@pytest.mark.slow
def test_the_same_holds_on_google_s_own_firestore_emulator(
    house_on_google_s_firestore: House, first_version: Path, tmp_path: Path
) -> None:
    the_loop_runs_and_every_invariant_holds(house_on_google_s_firestore, first_version, tmp_path)


def the_loop_runs_and_every_invariant_holds(
    house: House, first_version: Path, tmp_path: Path
) -> None:
    # Requested before there is a worker: the run cannot end before it is requested again.
    asked = house.http.post("/v1/retrains", headers={"Idempotency-Key": "monday"})
    assert asked.status_code == 202
    run_id = asked.json()["id"]

    again = house.http.post("/v1/retrains", headers={"Idempotency-Key": "monday"})
    assert (again.status_code, again.json()["id"]) == (202, run_id)

    another = house.http.post("/v1/retrains")
    assert (another.status_code, another.json()["runId"]) == (409, run_id)

    house.stack.start("worker", *WORKER)
    run = house.wait_until_ended(run_id)

    # Clear-cut: the baseline is right on 70 % of clean drawings and on no corrected one; the
    # challenger on 90 % and on two thirds, in float32 and in bfloat16.
    assert (run["state"], run["version"]) == ("promoted", "v1.0.1"), run["reason"]
    assert house.http.get("/v1/release").json()["version"] == "v1.0.1"
    the_metrics_tell_of_it(house)
    what_nothing_needs_is_deleted(house)
    dataset = house.settings.dataset_file
    invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)
    invariants.the_release_points_at_a_ready_version(house.firestore, "v1.0.1")
    invariants.the_slot_is_free(house.firestore)
    check_verdicts(house.firestore, dataset)


def what_nothing_needs_is_deleted(house: House) -> None:
    """Retention as soon as the run has ended; what must hold is checked after it."""
    settings = house.settings.with_changes(retention={"runs_days": 0, "withdrawn_days": 0})
    before = {blob.name for blob in house.bucket.list_blobs()}
    deleted = {each.path for each in clean(connect(settings), settings).deleted}
    assert {path for path in before if path.startswith("runs/")} == deleted
    assert {blob.name for blob in house.bucket.list_blobs()} == before - deleted


def check_verdicts(firestore: Any, dataset: Path) -> None:
    """Assert that each correction sent has one verdict, and the faulty ones their reason.

    How many of the others are merged, and how many quarantined, is a matter of rounding.
    """
    documents = [document.to_dict() for document in firestore.collection("corrections").stream()]
    assert len(documents) == SENT
    states = Counter(fields["status"] for fields in documents)
    assert states["merged"] + states["quarantined"] + states["refused"] + states["pending"] == SENT
    with h5py.File(dataset) as file:
        assert len(file["corrections/ids"]) == states["merged"]
    refused = {
        fields["retraining"]["reason"] for fields in documents if fields["status"] == "refused"
    }
    assert refused == {
        "unreadable_image",
        "blank",
        "unknown_label",
        "duplicate",
    }
    waiting = {
        fields["retraining"]["reason"] for fields in documents if fields["status"] == "pending"
    }
    assert waiting == {"missing_image"}
    usable = {
        fields["retraining"]["reason"] for fields in documents if fields["status"] != "refused"
    }
    assert {"merged", "confirmation"} <= usable


def the_metrics_tell_of_it(house: House) -> None:
    def scrape() -> str | None:
        text = house.http.get("/metrics").raise_for_status().text
        # The first scrape waits for a second, and reading everything may take longer.
        return text if value(text, "redraw_runs", state="promoted") else None

    text = house.wait_for(scrape)
    merged = value(text, "redraw_corrections", status="merged")
    assert merged is not None
    assert 0 < merged <= SENT
    assert value(text, "redraw_release_info", version="v1.0.1", previous="v1.0.0") == 1
    assert value(text, "redraw_last_run_outcome", kind="retrain", state="promoted") == 1
    assert value(text, "redraw_state_left_out", subject="answers") == 0
    # Sent by the worker at its start, and executed by it.
    assert value(text, "redraw_last_sweep_age_seconds") is not None
