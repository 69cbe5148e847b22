"""A game that writes something else, as AI Pictionary does, is read without changing it."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from google.api_core.exceptions import InvalidArgument

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from emulator.servers import run_emulators
from pipeline.categories import CATEGORIES
from pipeline.corrections.game_schema import read_schema
from pipeline.corrections.gathering import gather, read_harvest
from pipeline.corrections.settlement import assign_verdicts
from pipeline.dataset.origins import Origin
from pipeline.drawings import normalize_canvas
from pipeline.ports import CorrectionSource, Ports
from pipeline.records.corrections import (
    Answers,
    CorrectionState,
    OwnerAction,
    OwnerChoice,
    Retraining,
)
from pipeline.records.dataset import NO_GUESS, Split
from pipeline.settings import Settings
from tests.contract._other_game import GAME
from tests.contract._pending import LIMIT, NOW, outcome
from tests.contract._quarantined import QUARANTINED

PNG = [
    canvas_png(row.reshape(28, 28), np.random.default_rng(1)) for row in sketch_rows("cat", 6, 0)
]
SETTINGS = Settings(_env_file=None, game=GAME, collect_batch=2)  # type: ignore[call-arg]


@pytest.fixture
def game_settings() -> Settings:
    return SETTINGS


@pytest.fixture(scope="session")
def embedded_firebase(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Emulators in which this game's own indexes are deployed."""
    file = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    file.write_text(
        json.dumps({"indexes": read_schema(SETTINGS.game, SETTINGS.categories).list_indexes()})
    )
    with run_emulators(indexes=file) as emulators:
        yield emulators


def drawing(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A document as the game's app writes it."""
    image = base64.b64encode(PNG[number % len(PNG)]).decode()
    return {
        "targetCategory": "smiley",
        "aiPrediction": "Plane",
        "aiConfidence": "87%",
        "createdAt": NOW + timedelta(minutes=number),
        "usedForTraining": False,
        "canvas": f"data:image/png;base64,{image}",
        "model": {"version": "v1.0.0"},
        **changes,
    }


def test_its_drawings_are_collected_as_corrections(world: Any, ports: Ports) -> None:
    for number in range(5):
        world.put(f"c{number}", drawing(number))
    world.put("c5", drawing(5, aiPrediction="mug", aiConfidence=0.5, createdAt=1_767_225_600_000))
    assert gather("run-1", ports, SETTINGS)
    harvest = read_harvest("run-1", ports.artefacts)
    assert harvest.unusable == {}
    assert harvest.ids.tolist() == [f"c{number}" for number in range(6)]
    assert np.array_equal(harvest.images[3], normalize_canvas(PNG[3]))
    assert set(harvest.labels.tolist()) == {CATEGORIES.index("smiley_face")}
    assert harvest.guesses.tolist() == [CATEGORIES.index("airplane")] * 5 + [NO_GUESS]
    assert harvest.confidences.tolist() == pytest.approx([0.87] * 5 + [0.5])
    assert set(harvest.versions.tolist()) == {"v1.0.0"}
    assert len(set(harvest.players.tolist())) == 6


def test_what_the_game_has_used_already_is_left_alone(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("new", drawing())
    others = {
        "used": drawing(usedForTraining=True),
        "text": drawing(usedForTraining="false"),
        "number": drawing(usedForTraining=0),
        "null": drawing(usedForTraining=None),
        "without": {"targetCategory": "cat"},
    }
    for name, fields in others.items():
        world.put(name, fields)
    assert [corrections.adopt(), corrections.adopt()] == [1, 0]
    assert [document.id for document in corrections.pending()] == ["new"]
    assert {name: world.look(name) for name in others} == others
    assert corrections.count_statuses()[:2] == (6, 5)


def test_a_run_moves_its_documents_on_and_changes_nothing_else(world: Any, ports: Ports) -> None:
    sent = {"merged": drawing(0), "refused": drawing(1, targetCategory="mug"),
            "damaged": drawing(2, canvas="data:image/png;base64,AAAA")}  # fmt: skip
    for name, fields in sent.items():
        world.put(name, fields)
    gather("run-1", ports, SETTINGS)
    harvest = read_harvest("run-1", ports.artefacts)
    verdicts = assign_verdicts(harvest, {}, {"merged": Origin(Split.TRAIN, 1)})
    outcomes = {
        name: Retraining(**verdict.model_dump(), run_id="run-1", at=NOW)
        for name, verdict in verdicts.items()
    }
    assert ports.corrections.settle(outcomes) == 3
    found = {name: world.look(name) for name in sent}
    assert {name: fields.pop("retraining")["reason"] for name, fields in found.items()} == {
        "merged": "merged",
        "refused": "unknown_label",
        "damaged": "unreadable_image",
    }
    assert found == {
        "merged": sent["merged"] | {"status": "merged", "usedForTraining": True},
        "refused": sent["refused"] | {"status": "refused"},
        "damaged": sent["damaged"] | {"status": "refused"},
    }
    assert ports.corrections.adopt() == 0


def test_who_sent_a_document_without_a_player_has_no_record(
    world: Any, corrections: CorrectionSource
) -> None:
    contradicted = {"status": "quarantined", "retraining": {"reason": "contradicted_label"}}
    world.put("a", drawing(**contradicted))
    world.put("b", drawing(**contradicted, userId="ada"))
    corrections_of = [document.fields["userId"] for document in corrections.find(QUARANTINED)]
    assert len(set(corrections_of)) == 2
    assert corrections.contradicted(corrections_of) == {"ada": 1}


def test_an_owner_sees_and_decides_on_its_documents(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", drawing())
    corrections.adopt()
    corrections.settle({"a": outcome(CorrectionState.QUARANTINED, reason="no_class")})
    (listed,) = corrections.find(CorrectionState.QUARANTINED, reason="no_class")
    assert (listed.id, listed.fields["correctedLabel"]) == ("a", "smiley_face")
    assert listed.fields["modelVersion"] == "v1.0.0"
    assert "imageData" not in listed.fields  # its drawing, which is large
    assert corrections.get("a").fields["originalPrediction"] == "airplane"
    corrections.decide("a", OwnerChoice(action=OwnerAction.ACCEPT), "ada")
    assert [document.id for document in corrections.pending()] == ["a"]


def test_its_answers_are_counted_by_its_own_words(
    world: Any, corrections: CorrectionSource
) -> None:
    for number, guess in enumerate(["smiley", "smiley_face", "smiley", "cat"]):
        world.put(f"c{number}", drawing(number, aiPrediction=guess))
    world.put("class", drawing(4, targetCategory="cat", aiPrediction="cat"))
    day = timedelta(days=1)
    assert corrections.answers("v1.0.0", NOW - day, NOW + day, CATEGORIES) == Answers(1, 4)


def test_the_oldest_is_found_by_its_own_time(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", drawing())
    corrections.adopt()
    assert corrections.pending_since(datetime.now(UTC) + timedelta(hours=1)) is not None


def test_an_answer_that_a_player_sends_is_written_with_its_names_and_words(
    world: Any, corrections: CorrectionSource
) -> None:
    answer = {
        "drawingId": "d1",
        "correctedLabel": "smiley_face",
        "originalPrediction": "airplane",
        "confidence": 0.25,
        "userId": "ada",
        "modelVersion": "v1.0.0",
        "status": "pending",
    }
    assert corrections.create("d1", answer)
    written = dict(world.look("d1"))
    assert isinstance(written.pop("createdAt"), datetime)
    assert written == {
        "drawingId": "d1",
        "targetCategory": "smiley",
        "aiPrediction": "Plane",
        "aiConfidence": 0.25,
        "userId": "ada",
        "model": {"version": "v1.0.0"},
        "status": "pending",
        "usedForTraining": False,
    }
    (read,) = corrections.pending()
    assert {name: read.fields[name] for name in answer} == answer


def test_a_document_too_full_for_an_outcome_keeps_its_short_fields(
    world: Any, corrections: CorrectionSource
) -> None:
    if not hasattr(corrections, "_client"):
        pytest.skip("in memory there is always room")
    for size in range(LIMIT, LIMIT - 600, -14):
        with suppress(InvalidArgument):
            world.put("a", drawing(status="pending", canvas="x", more="x" * size))
            break
    assert corrections.settle({"a": outcome()}) == 1
    settled = world.look("a")
    assert (settled["targetCategory"], settled["status"]) == ("smiley", "merged")
    assert "more" not in settled
