"""A trial from its start to a rollback: worker, beat, Redis, emulators, HTTP, and a game's client.

The client does what docs/integration.md asks of it: it loads both versions from Storage, guesses
with both, and sends what the player says where they disagree.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import SentCorrection, canvas_png
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from pipeline.formats.kinds import write_formats
from pipeline.gate.golden import pick_golden
from pipeline.model.file import read_predictor, replace_head
from pipeline.model.head import Head
from pipeline.records.lineage import Lineage
from pipeline.storage_paths import model_path
from pipeline.trial.assignment import is_in_trial
from pipeline.trial.plans import plan_watch
from pipeline.versions import publish
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.contents import list_files
from pipeline.versions.promotion import promote_version
from service.cli.stack import BEAT, WORKER
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import House, moved_in

pytestmark = pytest.mark.slow

PLAYERS = 60
ENOUGH = 130
"""Answers about disagreements: more than the looks at 25, 50 and 100 need after screening."""


@pytest.fixture
def house(first_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """One in which every challenger is tried first, and beat looks each second."""
    for name, value in {
        "REDRAW_TRIAL_WHEN": "always",
        "REDRAW_CHECK_SECONDS": "1",
        "REDRAW_TRIGGER_PAUSE_HOURS": "0.0001",
        # No other trigger starts a run here.
        "REDRAW_RETRAIN_THRESHOLD": "100000",
    }.items():
        monkeypatch.setenv(name, value)
    with moved_in(first_version, tmp_path / "data") as house:
        yield house


class Client:
    """A game's client in a trial, with its players."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.rng = np.random.default_rng(5)
        self.sent = 0
        rows = {name: sketch_rows(name, 150, 9, PLAYERS_HASTE) for name in CATEGORIES}
        self.stock = [(name, row) for name, drawn in rows.items() for row in drawn]
        self.rng.shuffle(self.stock)  # type: ignore[arg-type]

    def load(self, version: str) -> Any:
        return read_predictor(self.house.bucket.blob(model_path(version)).download_as_bytes())

    def send_disagreements(self, number: int) -> None:
        """Let players draw until the two versions have disagreed so often; send those answers."""
        release = self.house.http.get("/v1/release").json()
        trial = release["trial"]
        shown, shadow = self.load(release["version"]), self.load(trial["version"])
        answers = []
        while len(answers) < number:
            truth, row = self.stock.pop()
            player = f"player-{len(self.stock) % PLAYERS}"
            png = canvas_png(row.reshape(28, 28), self.rng)
            drawing = normalize_canvas(png)
            probabilities = shown.probabilities(drawing)
            guess = int(probabilities.argmax())
            if not is_in_trial(player, trial["salt"], trial["share"]):
                continue
            if int(shadow.probabilities(drawing).argmax()) != guess:
                said = {
                    "correctedLabel": truth,
                    "originalPrediction": CATEGORIES[guess],
                    "confidence": float(probabilities.max()),
                    "userId": player,
                    "modelVersion": release["version"],
                }
                answers.append(self.describe(said, png))
        seed_corrections(answers, self.house.settings)

    def describe(self, said: dict[str, object], png: bytes) -> SentCorrection:
        self.sent += 1
        name = f"trial-{self.sent:05d}"
        path = f"drawings/corrections/{name}.png"
        fields = {
            **said,
            "drawingId": name,
            "sessionId": "s",
            "timestamp": datetime.now(UTC),
            "imageStoragePath": path,
            "status": "pending",
            "asked": "disagreement",
            "askedChance": 1.0,
        }
        return SentCorrection(name, fields, path, png)


def test_a_version_on_trial_is_released_by_players_answers_and_a_bad_one_goes_back(
    house: House, tmp_path: Path
) -> None:
    asked = house.http.post("/v1/retrains")
    house.stack.start("worker", *WORKER)
    run = house.wait_until_ended(asked.json()["id"])
    assert (run["state"], run["version"]) == ("held", "v1.0.1"), run["reason"]
    release = house.http.get("/v1/release").json()
    assert (release["version"], release["trial"]["version"]) == ("v1.0.0", "v1.0.1")

    client = Client(house)
    client.send_disagreements(ENOUGH)
    house.stack.start("beat", *BEAT)
    wait_for_release(house, "v1.0.1")
    (won,) = [each for each in list_trials(house) if each["version"] == "v1.0.1"]
    assert (won["state"], won["against"]) == ("promoted", "v1.0.0")
    assert won["looks"][-1]["verdict"] == "better"
    judged = house.wait_until_ended(won["looks"][-1]["runId"])
    assert (judged["trigger"], judged["state"]) == ("trial", "promoted"), judged["reason"]

    release_a_bad_version(house)
    wait_for_release(house, "v1.0.2")  # the service asks Firestore every few seconds
    assert house.http.get("/v1/release").json()["trial"]["version"] == "v1.0.1"
    client.send_disagreements(ENOUGH)
    wait_for_release(house, "v1.0.1")
    (watch,) = [each for each in list_trials(house) if each["against"] == "v1.0.2"]
    assert (watch["kind"], watch["state"], watch["version"]) == ("watch", "rolled_back", "v1.0.1")
    house.wait_until_ended(watch["looks"][-1]["runId"])
    release = house.http.get("/v1/release").json()
    assert (release["previous"], release["trial"]) == ("v1.0.2", None)
    models = house.http.get("/v1/models").json()["models"]
    assert [model["version"] for model in models if model["active"]] == ["v1.0.1"]
    invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)


def list_trials(house: House) -> list[dict[str, Any]]:
    trials: list[dict[str, Any]] = house.http.get("/v1/trials").raise_for_status().json()["trials"]
    return trials


def wait_for_release(house: House, version: str) -> None:
    house.wait_for(lambda: house.http.get("/v1/release").json()["version"] == version)


def release_a_bad_version(house: House) -> None:
    """Release v1.0.2, which takes every class for the next one, as if a gate had erred."""
    ports = connect(house.settings)
    parent = ports.models.get("v1.0.1")
    file = ports.artefacts.read(model_path("v1.0.1"))
    head = read_predictor(file).head
    bad = replace_head(file, Head(*(np.roll(part, 1, axis=-1) for part in head)))
    policy = AskingPolicy.model_validate_json(
        ports.artefacts.read("models/production/v1.0.1/asking.json")
    )
    lineage = Lineage.model_validate_json(
        ports.artefacts.read("models/production/v1.0.1/lineage.json")
    )
    assert parent.metrics is not None
    evaluation = parent.gate.base.challenger if parent.gate else None
    assert evaluation is not None
    publication = publish.Publication(
        run_id="run-bad",
        choose_number=publish.next_patch,
        files={
            **list_files(
                bad, evaluation, policy, lineage=lineage, formats=write_formats(bad, int8=False)
            ),
            "card.html": lambda _: ports.artefacts.read("models/production/v1.0.1/card.html"),
            "card.json": lambda _: ports.artefacts.read("models/production/v1.0.1/card.json"),
        },
        metrics=parent.metrics,
        parent="v1.0.1",
        baseline="v1.0.0",
        dataset_revision=parent.dataset_revision,
        categories=parent.categories,
        golden=pick_golden(read_predictor(file), house.settings.dataset_file),
    )
    version, _ = publish.publish(publication, ports.artefacts, ports.models)
    newest = max(run.revision or 0 for run in ports.runs.list())
    watch = plan_watch(house.settings.trial, newest, "run-bad")
    assert (
        promote_version(version.version, ports, watch=watch, by="owner", why="it is better").version
        == "v1.0.2"
    )
