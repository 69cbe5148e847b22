"""A player is forgotten by a real worker that is killed with SIGKILL, and by the next one."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from pipeline.corrections.players import hash_player
from service.cli.stack import WORKER
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import House

pytestmark = pytest.mark.slow

STEPS = {
    "edition written, not complete": "pipeline.forgetting.data_set:write_edition",
    "edition complete, old one there": "pipeline.forgetting.data_set:complete_edition",
    "canvases gone, documents there": "pipeline.forgetting.deleting:remove_objects",
    "clean version released": "pipeline.forget:release_clean",
    "receipt written, run not ended": "pipeline.forget:write_receipt",
}


def everything_in(house: House) -> str:
    """All that Storage and Firestore hold, but for pixels and the receipts."""
    texts = []
    for blob in house.bucket.list_blobs():
        data = blob.download_as_bytes()
        if blob.name.endswith(".npz"):
            path = house.settings.data_dir / "looked-at.npz"
            path.write_bytes(data)
            with np.load(path, allow_pickle=False) as arrays:
                parts = [arrays[name] for name in arrays.files]
                data = repr([part.tolist() for part in parts if part.dtype.kind == "U"]).encode()
        texts.append(f"{blob.name} {data.decode(errors='replace')}")
    for collection in house.firestore.collections():
        texts += [f"{each.reference.path} {each.to_dict()}" for each in collection.stream()]
    return "\n".join(texts)


def choose_player(house: House) -> tuple[str, set[str]]:
    """The player with most merged corrections, and the ids of all that they sent."""
    by_player: dict[str, set[str]] = {}
    for document in house.firestore.collection("corrections").stream():
        user = document.get("userId")
        if isinstance(user, str):
            by_player.setdefault(user, set()).add(document.id)
    return max(by_player.items(), key=lambda item: len(item[1]))


@pytest.mark.parametrize("function", [pytest.param(name, id=step) for step, name in STEPS.items()])
def test_a_player_is_forgotten_although_the_worker_is_killed(
    house: House, first_version: Path, tmp_path: Path, function: str
) -> None:
    first = house.http.post("/v1/retrains").json()["id"]
    house.stack.start("worker", *WORKER)
    learned = house.wait_until_ended(first)
    assert learned["version"] == "v1.0.1", learned["reason"]
    # So few answers may leave the gate undecided; then the owner releases what is on trial.
    house.http.post("/v1/models/v1.0.1/promote").raise_for_status()
    worker = house.stack.processes.pop("worker")
    worker.terminate()
    worker.wait()
    player, names = choose_player(house)
    hashed = hash_player(player, house.settings.player_key.get_secret_value().encode())
    before = everything_in(house)
    assert player in before
    assert hashed in before

    house.stack.environment |= {"REDRAW_KILL_AFTER": function, "PYTHONPATH": str(Path.cwd())}
    run_id = house.http.delete(f"/v1/players/{player}").json()["id"]
    house.stack.start("worker", *WORKER, "--include", "tests.end_to_end.killing")
    killed = house.stack.processes.pop("worker")
    house.wait_for(lambda: killed.poll() is not None)
    assert killed.returncode == -9
    house.stack.start("worker", *WORKER)
    run: dict[str, Any] = house.wait_until_ended(run_id)

    assert run["state"] == "forgotten", run["reason"]
    assert run["forgotten"]["withdrawn"] == ["v1.0.1"]
    after = everything_in(house)
    assert player not in after
    assert hashed not in after
    receipt = json.loads(house.bucket.blob(run["forgotten"]["receipt"]).download_as_bytes())
    assert {f"corrections/{name}" for name in names} <= {
        each["path"] for each in receipt["removed"]
    }
    assert receipt["proof"]["left"] == []
    dataset = house.settings.dataset_file
    with h5py.File(dataset) as file:
        assert hashed not in file["corrections/players"].asstr()[:].tolist()
    invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
    invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
    invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)
    invariants.the_release_points_at_a_ready_version(house.firestore, receipt["released"])
    invariants.the_slot_is_free(house.firestore)
