"""The card of a version that a run publishes: its counts are those of the data set, no names."""

import json
from typing import Any

import numpy as np
import pytest

from pipeline.cards.comparison import compare_guesses
from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_origins
from pipeline.gate import judge
from pipeline.records.dataset import Split
from pipeline.records.runs import RunState
from pipeline.storage_paths import SAMPLES
from pipeline.versions.guesses import load_guesses
from tests.unit.retrain._gate import deciding
from workers.execution import execute

FOLDER = "models/production/v1.0.1"


@pytest.fixture
def published(world: Any, quick: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The world after a run has published v1.0.1; Storage had lost the drawings for the pages."""
    world.ports.artefacts.delete(samples_path(world))
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.version == "v1.0.1", run.reason
    return world


def test_a_card_counts_what_the_data_set_holds_and_names_nobody(published: Any) -> None:
    objects, path = published.ports.artefacts.objects, published.settings.dataset_file
    data = objects[f"{FOLDER}/card.json"]
    card = json.loads(data)
    held, train = hdf5.describe(path), read_split_origins(path, Split.TRAIN)
    test = read_split_origins(path, Split.TEST)
    learned, since = card["learnedFrom"], card["sinceParent"]
    assert learned["answers"] == learned["newAnswers"] == len(train.players) > 0
    assert learned["players"] == len(np.unique(train.players))
    assert learned["datasetRevision"] == held.revision == 1
    assert sum(since["players"].values()) == len(test.players) > 0
    assert since["playersHeldOut"] == len(np.unique(test.players))
    assert sum(since["clean"].values()) == hdf5.read_base_counts(path)[Split.TEST]
    assert (card["version"], card["parent"], card["retrained"]) == ("v1.0.1", "v1.0.0", True)
    assert [point["version"] for point in card["history"]] == ["v1.0.0", "v1.0.1"]
    people = {str(fields.get("userId")) for fields in people_of(published)}
    names = [*published.ports.corrections.documents, *people]
    hashes = [player.decode() for player in {*train.players, *test.players}]
    written = (data + objects[f"{FOLDER}/card.html"]).decode()
    assert not [name for name in (*names, *hashes) if len(name) > 2 and name in written]


def test_the_guesses_of_a_version_are_those_that_its_card_counts(published: Any) -> None:
    objects = published.ports.artefacts.objects
    card = json.loads(objects[f"{FOLDER}/card.json"])
    before, after = (
        load_guesses(objects[f"models/production/{version}/guesses.npz"], version)
        for version in ("v1.0.0", "v1.0.1")
    )
    base = hdf5.read_base_digest(published.settings.dataset_file)
    assert before.base == after.base == base
    found = compare_guesses(before, after, card["categories"])
    counted = card["sinceParent"]["clean"]
    assert (len(found.gained), len(found.lost)) == (counted["nowRight"], counted["nowWrong"])
    assert found.after == pytest.approx(card["clean"]["accuracy"])
    manifest = json.loads(objects[f"{FOLDER}/manifest.json"])
    assert f"{FOLDER}/guesses.npz" in {file["path"] for file in manifest["files"]}


def samples_path(world: Any) -> str:
    digest = hdf5.read_base_digest(world.settings.dataset_file)
    return SAMPLES.fill(dataset=world.settings.dataset_name, digest=digest)


def test_a_baseline_stores_drawings_for_the_pages(world: Any) -> None:
    assert samples_path(world) in world.ports.artefacts.objects


def test_a_run_stores_drawings_for_the_pages_again(published: Any) -> None:
    assert samples_path(published) in published.ports.artefacts.objects


def people_of(world: Any) -> list[dict[str, Any]]:
    return list(world.ports.corrections.documents.values())


def test_a_first_baseline_has_a_card_without_a_parent(world: Any) -> None:
    objects = world.ports.artefacts.objects
    card = json.loads(objects["models/production/v1.0.0/card.json"])
    assert (card["version"], card["parent"], card["sinceParent"]) == ("v1.0.0", None, None)
    assert (card["learnedFrom"]["answers"], card["learnedFrom"]["players"]) == (0, 0)
    assert "v1.0.0" in objects["models/production/v1.0.0/card.html"].decode()
