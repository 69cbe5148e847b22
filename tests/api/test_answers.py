"""A player sends an answer: it is written as the game's own clients write it, and once."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from tests.api._answers import ANSWERS, PIA, PNG, STROKES, TOM, an_answer
from tests.api._corrections import CANVAS
from tests.contract._other_game import GAME

PATH = "drawings/corrections/d1.png"


@pytest.fixture
def pia(connect: Callable[..., TestClient]) -> TestClient:
    return connect(PIA)


def test_the_canvas_and_the_document_are_those_of_the_game(pia: TestClient, ports: Any) -> None:
    answer = pia.post(ANSWERS, json=an_answer(strokes=STROKES))
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "id": "d1",
        "drawingId": "d1",
        "correctedLabel": "cat",
        "status": "pending",
        "reason": None,
    }
    assert answer.headers["location"] == "/v1/corrections/d1"
    assert ports.artefacts.objects == {PATH: CANVAS}
    document = ports.corrections.documents["d1"]
    assert abs(document.pop("timestamp") - datetime.now(UTC)) < timedelta(minutes=1)
    assert document == {
        "drawingId": "d1",
        "sessionId": "session-1",
        "originalPrediction": "sun",
        "correctedLabel": "cat",
        "confidence": 0.61,
        "userId": "pia",
        "modelVersion": "v1.0.2",
        "imageStoragePath": PATH,
        "status": "pending",
        "strokes": STROKES,
        "asked": "margin",
        "askedChance": 1,
    }


def test_a_label_and_a_drawing_are_enough(pia: TestClient, ports: Any) -> None:
    sent = {"correctedLabel": "Smiley face", "strokes": STROKES, "confidence": None}
    answer = pia.post(ANSWERS, json=sent)
    assert answer.status_code == 201, answer.text
    name = answer.json()["id"]
    document = ports.corrections.documents[name]
    assert document.keys() == {
        "drawingId", "correctedLabel", "userId", "status", "timestamp", "strokes",
    }  # fmt: skip
    assert (document["correctedLabel"], document["drawingId"]) == ("smiley_face", name)
    assert ports.artefacts.objects == {}  # and so the document names no canvas


def test_as_many_strokes_fit_as_a_correction_may_have(pia: TestClient) -> None:
    line = [123.45678901 + number for number in range(40)]
    answer = pia.post(ANSWERS, json=an_answer(strokes=[{"x": line, "y": line}] * 500))
    assert answer.status_code == 201, answer.text


def test_without_an_id_each_answer_has_its_own_unless_a_key_says_that_it_is_the_same(
    pia: TestClient, connect: Callable[..., TestClient], ports: Any
) -> None:
    def send(client: TestClient, **headers: str) -> str:
        name: str = client.post(ANSWERS, json=an_answer(drawingId=None), headers=headers).json()[
            "id"
        ]
        return name

    key = {"Idempotency-Key": "answer-17"}
    first, again, other = send(pia, **key), send(pia, **key), send(connect(TOM), **key)
    assert first == again
    assert len({first, other, send(pia), send(pia)}) == 4
    assert len(ports.corrections.documents) == len(ports.artefacts.objects) == 4


def test_a_key_that_was_sent_with_another_label_is_refused(
    pia: TestClient, ports: Any, is_problem: Callable[..., Any]
) -> None:
    key = {"Idempotency-Key": "answer-17"}
    first = pia.post(ANSWERS, json=an_answer(drawingId=None), headers=key)
    assert "idempotency-replayed" not in first.headers
    again = pia.post(ANSWERS, json=an_answer(drawingId=None), headers=key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    other = an_answer(drawingId=None, correctedLabel="tree")
    is_problem(pia.post(ANSWERS, json=other, headers=key), 422, "idempotency-mismatch")
    assert len(ports.corrections.documents) == 1


def test_the_same_answer_again_changes_nothing_and_the_first_label_stays(
    pia: TestClient, ports: Any
) -> None:
    pia.post(ANSWERS, json=an_answer())
    before = dict(ports.corrections.documents["d1"])
    again = pia.post(ANSWERS, json=an_answer())
    changed = pia.post(ANSWERS, json=an_answer(correctedLabel="tree"))
    assert (again.status_code, changed.status_code) == (200, 200)
    assert changed.json() == again.json() == {
        "id": "d1", "drawingId": "d1", "correctedLabel": "cat", "status": "pending", "reason": None,
    }  # fmt: skip
    assert ports.corrections.documents == {"d1": before}


def test_a_repetition_says_how_the_answer_fared_and_names_no_other_correction(
    pia: TestClient, ports: Any
) -> None:
    pia.post(ANSWERS, json=an_answer())
    ports.corrections.documents["d1"] |= {
        "status": "refused",
        "retraining": {"reason": "duplicate", "explanation": "the same drawing as correction x7"},
    }
    again = pia.post(ANSWERS, json=an_answer())
    assert (again.status_code, again.json()["status"]) == (200, "refused")
    assert again.json()["reason"] == "duplicate"
    assert "x7" not in again.text


def test_another_player_s_drawing_is_neither_overwritten_nor_shown(
    pia: TestClient,
    connect: Callable[..., TestClient],
    ports: Any,
    is_problem: Callable[..., Any],
) -> None:
    pia.post(ANSWERS, json=an_answer(modelVersion="v7.7.7"))
    before = (dict(ports.corrections.documents["d1"]), dict(ports.artefacts.objects))
    for sent in (an_answer(), an_answer(canvas=None, strokes=STROKES)):
        refused = connect(TOM).post(ANSWERS, json=sent)
        is_problem(refused, 409, "drawing-id-taken")
        assert "pia" not in refused.text
        assert "7.7" not in refused.text
    assert (ports.corrections.documents["d1"], ports.artefacts.objects) == before


def test_no_canvas_is_put_under_a_document_of_another_player_that_waits_for_its_own(
    connect: Callable[..., TestClient], ports: Any, is_problem: Callable[..., Any]
) -> None:
    ports.corrections.documents["d1"] = {"userId": "pia", "imageStoragePath": PATH}
    is_problem(connect(TOM).post(ANSWERS, json=an_answer()), 409, "drawing-id-taken")
    assert ports.artefacts.objects == {}


def test_an_answer_that_ended_between_canvas_and_document_is_completed_by_a_repetition(
    pia: TestClient, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def away(*_: Any) -> Any:
            raise Unavailable("Firestore is away")

        patch.setattr(ports.corrections, "create", away)
        assert pia.post(ANSWERS, json=an_answer()).status_code == 503
    assert ports.artefacts.objects == {PATH: CANVAS}
    assert pia.post(ANSWERS, json=an_answer()).status_code == 201
    assert list(ports.corrections.documents) == ["d1"]


@pytest.mark.parametrize("there", [b"another canvas", b"x" * 300_000])
def test_a_canvas_that_is_another_one_stays(
    pia: TestClient, ports: Any, is_problem: Callable[..., Any], there: bytes
) -> None:
    ports.artefacts.objects[PATH] = there
    is_problem(pia.post(ANSWERS, json=an_answer()), 409, "drawing-id-taken")
    assert (ports.artefacts.objects[PATH], ports.corrections.documents) == (there, {})


def test_of_two_at_once_one_writes_and_both_are_told(
    pia: TestClient, connect: Callable[..., TestClient], ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ports.corrections.create

    def be_slower(name: str, fields: Any) -> bool:
        create(name, {**fields, "userId": "pia"})
        return bool(create(name, fields))

    monkeypatch.setattr(ports.corrections, "create", be_slower)
    assert pia.post(ANSWERS, json=an_answer()).status_code == 200
    other = connect(TOM).post(ANSWERS, json=an_answer(drawingId="d2"))
    assert other.status_code == 409


def test_the_log_names_no_player_and_no_drawing(
    pia: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pia.post(ANSWERS, json=an_answer(drawingId="secret-drawing"))
    said = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert not [line for line in said if "pia" in line or "secret-drawing" in line]


def test_a_game_that_spells_all_otherwise_gets_its_own_documents(
    connect: Callable[..., TestClient], settings: Settings
) -> None:
    fields = {**GAME["fields"], "userId": "player.id", "status": "redrawStatus"}
    game = {**GAME, "fields": fields, "folder": "user/drawings/"}
    theirs = Settings.model_validate({**settings.model_dump(), "game": game})
    ports: Any = in_memory(theirs)
    pia = connect(PIA, settings=theirs, ports=ports)
    sent = an_answer(correctedLabel="smiley", originalPrediction="airplane", sessionId=None)
    assert pia.post(ANSWERS, json=sent).json()["correctedLabel"] == "smiley_face"
    document = ports.corrections.documents["d1"]
    assert document.pop("createdAt")
    assert document == {
        "targetCategory": "smiley",
        "aiPrediction": "Plane",
        "aiConfidence": 0.61,
        "usedForTraining": False,
        "canvas": f"data:image/png;base64,{PNG}",
        "model": {"version": "v1.0.2"},
        "player": {"id": "pia"},
        "redrawStatus": "pending",
        "drawingId": "d1",
        "asked": "margin",
        "askedChance": 1,
    }
    assert pia.post(ANSWERS, json=sent).status_code == 200
    assert connect(TOM, settings=theirs, ports=ports).post(ANSWERS, json=sent).status_code == 409


def test_another_folder_is_where_the_canvas_goes_also_under_the_longest_id(
    connect: Callable[..., TestClient], settings: Settings, ports: Any
) -> None:
    name = "x" * 128
    theirs = settings.with_changes(game={"folder": "user/drawings/"})
    answer = connect(PIA, settings=theirs).post(ANSWERS, json=an_answer(drawingId=name))
    assert answer.status_code == 201
    assert list(ports.artefacts.objects) == [f"user/drawings/{name}.png"]


def test_while_storage_does_not_answer_nothing_is_written_and_the_game_may_try_again(
    connect: Callable[..., TestClient],
    ports: Any,
    broken: Callable[[Exception], Any],
    is_problem: Callable[..., Any],
) -> None:
    class Away:
        def create(self, *_: Any) -> Any:
            raise Unavailable("Storage is away")

    pia = connect(PIA, ports=replace(ports, artefacts=Away()))
    answer = pia.post(ANSWERS, json=an_answer())
    is_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert ports.corrections.documents == {}
