"""A run settles every correction: merged once, or with the reason why not."""

from collections import Counter
from typing import Any

from pipeline.dataset import hdf5
from pipeline.records.runs import RunState
from tests._provenance import read_provenance
from workers.execution import execute


def test_a_run_merges_each_correction_once_or_says_why_not(world: Any) -> None:
    world.request()
    run = execute("run-1", world.ports, world.settings)

    assert run.state in {RunState.PROMOTED, RunState.HELD, RunState.REJECTED}, run.reason
    documents = world.ports.corrections.documents
    assert {fields["status"] for fields in documents.values()} <= {
        "merged",
        "quarantined",
        "refused",
    }
    reasons = Counter(fields["retraining"]["reason"] for fields in documents.values())
    assert reasons["merged"] > 0
    # So small a referee quarantines a few honest ones; how many is a matter of rounding.
    quarantined = ("contradicted_label", "no_class", "player_record")
    usable = reasons.pop("merged") + sum(reasons.pop(reason, 0) for reason in quarantined)
    assert usable == 35
    assert reasons == {
        "missing_image": 1,
        "unreadable_image": 1,
        "unknown_label": 1,
        "malformed_document": 1,
        "duplicate": 1,
    }
    ids = read_provenance(world.settings.dataset_file).ids.tolist()
    assert sorted(ids) == sorted(
        name for name, fields in documents.items() if fields["status"] == "merged"
    )


def test_a_correction_that_cannot_be_used_says_which_run_refused_it(
    world: Any, quick: None
) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    refused = [
        each["retraining"]
        for each in world.ports.corrections.documents.values()
        if each["status"] == "refused"
    ]
    assert {(each["runId"], each["state"], each["revision"]) for each in refused} == {
        ("run-1", "refused", None)
    }
    assert all(each["explanation"] for each in refused)


def test_a_copy_of_a_drawing_that_was_merged_before_is_refused_as_a_duplicate(
    world: Any, quick: None
) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    documents = world.ports.corrections.documents
    merged = next(fields for fields in documents.values() if fields["status"] == "merged")
    documents["again"] = {**merged, "status": "pending"}
    world.request("run-2")
    execute("run-2", world.ports, world.settings)
    assert world.ports.corrections.documents["again"]["retraining"]["reason"] == "duplicate"
    assert hdf5.describe(world.settings.dataset_file).revision == 1
