"""POST /v1/predict: what a drawing shows, by the same functions as everywhere else."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas, render_strokes
from pipeline.drawings.canvas_file import read_canvas
from pipeline.ports import Ports
from pipeline.settings import Settings
from tests.api._guessing import BASE64, CANVAS, STROKES, SURE, publish_guesser

PNG = {"Content-Type": "image/png"}
URL = "/v1/predict"


def expected_top(model: Any, drawing: Any, count: int = 3) -> list[dict[str, Any]]:
    probabilities = model.probabilities(drawing)
    best = np.argsort(-probabilities, kind="stable")[:count]
    return [{"label": CATEGORIES[i], "confidence": float(probabilities[i])} for i in best]


@pytest.mark.parametrize(
    "body",
    [
        {"content": CANVAS, "headers": PNG},
        {"content": CANVAS, "headers": {"Content-Type": "Image/PNG; x=y"}},
        {"json": {"canvas": BASE64}},
        {"json": {"canvas": f"data:image/png;base64,{BASE64}"}},
        {"json": {"canvas": BASE64, "strokes": "nothing that can be drawn"}},
    ],
)
def test_a_canvas_is_guessed_as_the_pipeline_guesses(
    stranger: TestClient, ports: Ports, body: dict[str, Any]
) -> None:
    model = publish_guesser(ports)
    answer = stranger.post(URL, **body)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    guess = answer.json()
    assert guess["top"] == expected_top(model, normalize_canvas(CANVAS))
    assert {name: guess[name] for name in ("label", "confidence")} == guess["top"][0]
    assert (guess["version"], guess["ask"], guess["other"]) == ("v1.0.1", None, None)


def test_strokes_count_before_the_canvas(stranger: TestClient, ports: Ports) -> None:
    model = publish_guesser(ports)
    guess = stranger.post(URL, json={"strokes": STROKES, "canvas": BASE64}).json()
    assert guess["top"] == expected_top(model, render_strokes(STROKES))


def test_the_drawing_is_what_the_model_saw(stranger: TestClient, ports: Ports) -> None:
    publish_guesser(ports)
    for body in ({"content": CANVAS, "headers": PNG}, {"json": {"canvas": BASE64}}):
        guess = stranger.post(f"{URL}?withDrawing=true&top=20", **body).json()  # type: ignore[arg-type]
        picture = read_canvas(base64.b64decode(guess["drawing"])).pixels[..., 0]
        assert np.array_equal(picture, normalize_canvas(CANVAS))
        assert {each["label"] for each in guess["top"]} == set(CATEGORIES)
    assert stranger.post(URL, json={"canvas": BASE64}).json()["drawing"] is None


def test_json_counts_before_the_query(stranger: TestClient, ports: Ports) -> None:
    publish_guesser(ports)
    body = {"canvas": BASE64, "drawingId": "d1", "top": 2, "withDrawing": False}
    guess = stranger.post(f"{URL}?top=5&withDrawing=true&drawingId=d2", json=body).json()
    assert (guess["drawingId"], len(guess["top"]), guess["drawing"]) == ("d1", 2, None)


def test_a_drawing_has_the_given_id_or_one_of_its_own(stranger: TestClient, ports: Ports) -> None:
    publish_guesser(ports)
    given = stranger.post(f"{URL}?drawingId=d-1_", content=CANVAS, headers=PNG).json()["drawingId"]
    made = {
        stranger.post(f"{URL}?drawingId=&top=", content=CANVAS, headers=PNG).json()["drawingId"]
        for _ in range(2)
    }
    assert given == "d-1_"
    assert len(made) == 2


@pytest.mark.parametrize(
    ("policy", "ask"),
    [
        (SURE.model_copy(update={"common_threshold": 2.0}), {"reason": "margin", "chance": 1.0}),
        (SURE.model_copy(update={"audit": 1.0}), {"reason": "audit", "chance": 1.0}),
        (SURE, None),
    ],
)
def test_it_says_why_to_ask_the_player(
    stranger: TestClient, ports: Ports, policy: Any, ask: Any
) -> None:
    publish_guesser(ports, policy=policy)
    assert stranger.post(URL, json={"canvas": BASE64}).json()["ask"] == ask


NOISE = base64.b64encode(b"no picture").decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"canvas": NOISE}, "unreadable_image"),
        ({"canvas": "%%%"}, "unreadable_image"),
        ({"canvas": ""}, "unreadable_image"),
        ({"canvas": "A" * 3000}, "image_too_large"),
        ({"strokes": []}, "blank"),
        ({"strokes": [{"x": [1], "y": []}]}, "malformed_strokes"),
        ({"strokes": "[[["}, "malformed_strokes"),
        ({"strokes": False}, "malformed_strokes"),
        ({"strokes": [], "canvas": NOISE}, "unreadable_image"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason_of_collecting(
    connect: Callable[..., TestClient],
    settings: Settings,
    ports: Ports,
    is_problem: Callable[..., Any],
    *,
    body: dict[str, Any],
    reason: str,
) -> None:
    publish_guesser(ports)
    client = connect(settings=settings.with_changes(max_canvas_bytes=2000))
    problem = is_problem(
        client.post(URL, content=json.dumps(body), headers={"Content-Type": "application/json"}),
        422,
        "invalid-drawing",
    )
    assert problem["reason"] == reason


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"", "unreadable_image"),
        (CANVAS[:-20], "unreadable_image"),
        (CANVAS + b"\0" * 300_000, "image_too_large"),
    ],
)
def test_a_picture_that_cannot_be_used_is_refused(
    stranger: TestClient,
    ports: Ports,
    is_problem: Callable[..., Any],
    picture: bytes,
    reason: str,
) -> None:
    publish_guesser(ports)
    answer = stranger.post(URL, content=picture, headers=PNG)
    assert is_problem(answer, 422, "invalid-drawing")["reason"] == reason


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("{", "body"),
        ("[]", "body"),
        ("{}", "body"),
        ('{"canvas": 7}', "body.canvas"),
        ('{"canvas": "A", "drawingId": "a/b"}', "body.drawingId"),
        ('{"canvas": "A", "label": "cat"}', "body.label"),
        ('{"canvas": "A", "top": true}', "body.top"),
        ('{"drawings": []}', "body.drawings"),
        ('{"drawings": [{}]}', "body.drawings.0"),
        ('{"drawings": [{"canvas": "A", "player": "pia"}]}', "body.drawings.0.player"),
        (json.dumps({"drawings": [{"canvas": "A"}] * 33}), "body.drawings"),
    ],
)
def test_a_body_that_is_no_request_is_refused_with_the_place(
    stranger: TestClient, is_problem: Callable[..., Any], body: str, where: str
) -> None:
    answer = stranger.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert where in [e["where"] for e in is_problem(answer, 422, "invalid-request")["errors"]]


@pytest.mark.parametrize("query", ["top=0", "top=x", "drawingId=a/b", "withDrawing=2"])
def test_a_query_that_is_none_is_refused(
    stranger: TestClient, is_problem: Callable[..., Any], query: str
) -> None:
    answer = stranger.post(f"{URL}?{query}", content=CANVAS, headers=PNG)
    problem = is_problem(answer, 422, "invalid-request")
    assert problem["errors"][0]["where"] == f"query.{query.partition('=')[0]}"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_other_kinds_of_bodies_are_not_read(
    stranger: TestClient, is_problem: Callable[..., Any], kind: str
) -> None:
    answer = stranger.post(URL, content=CANVAS, headers={"Content-Type": kind})
    assert "image/png" in is_problem(answer, 415, "other-media-type")["detail"]


def test_what_takes_long_to_parse_is_too_large(
    stranger: TestClient, is_problem: Callable[..., Any]
) -> None:
    body = '{"strokes": [' + "0," * 100_001 + "0]}"
    answer = stranger.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert "send fewer" in is_problem(answer, 413, "too-large")["detail"]


def test_of_a_batch_each_drawing_gets_its_own_answer(stranger: TestClient, ports: Ports) -> None:
    model = publish_guesser(ports)
    drawings = [
        {"strokes": STROKES, "drawingId": "one"},
        {"canvas": NOISE, "drawingId": "two"},
        *[{"canvas": BASE64}] * 30,
    ]
    body = {"drawings": drawings, "top": 1, "withDrawing": True}
    answer = stranger.post(f"{URL}?drawingId=three", json=body)
    assert answer.status_code == 200
    first, second, *others = answer.json()["guesses"]
    assert (first["drawingId"], second["drawingId"]) == ("one", "two")
    assert first["top"] == expected_top(model, render_strokes(STROKES), 1)
    assert second["problem"]["type"] == "urn:problem-type:redraw:invalid-drawing"
    assert (second["problem"]["status"], second["problem"]["reason"]) == (422, "unreadable_image")
    assert len({guess["drawingId"] for guess in answer.json()["guesses"]}) == 32
    assert "three" not in answer.text
    for guess in others:
        assert guess["top"] == expected_top(model, normalize_canvas(CANVAS), 1)
        assert guess["drawing"]
