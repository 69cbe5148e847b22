"""What a player may not send is refused with the reason, before anything is written."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api._answers import ANSWERS, PIA, an_answer


@pytest.fixture
def pia(connect: Callable[..., TestClient]) -> TestClient:
    return connect(PIA)


@pytest.fixture
def nothing_is_written(ports: Any) -> Callable[[], bool]:
    return lambda: not ports.corrections.documents and not ports.artefacts.objects


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"canvas": "no base64!"}, "unreadable_image"),
        ({"canvas": "R0lGODlhAQABAAAAACw="}, "unreadable_image"),
        ({"canvas": ""}, "unreadable_image"),
        ({"canvas": "A" * 400_000}, "image_too_large"),
        ({"strokes": []}, "blank"),
        ({"strokes": [{"x": [1], "y": []}]}, "malformed_strokes"),
        ({"strokes": [{"x": [1], "y": [1]}] * 501}, "malformed_strokes"),
        ({"canvas": None, "strokes": [{"x": [1e300], "y": [1]}]}, "malformed_strokes"),
    ],
)
def test_a_drawing_that_no_run_could_use_is_refused_before_anything_is_written(
    pia: TestClient,
    is_problem: Callable[..., Any],
    nothing_is_written: Callable[[], bool],
    changes: dict[str, Any],
    reason: str,
) -> None:
    refused = is_problem(pia.post(ANSWERS, json=an_answer(**changes)), 422, "invalid-drawing")
    assert refused["reason"] == reason
    assert nothing_is_written()


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"canvas": None}, "body"),
        ({"correctedLabel": None}, "body.correctedLabel"),
        ({"correctedLabel": 7}, "body.correctedLabel"),
        ({"drawingId": "../models"}, "body.drawingId"),
        ({"drawingId": "x" * 129}, "body.drawingId"),
        ({"drawingId": "d1\n"}, "body.drawingId"),
        ({"confidence": 1.1}, "body.confidence"),
        ({"confidence": "0.5"}, "body.confidence"),
        ({"confidence": True}, "body.confidence"),
        ({"asked": "why"}, "body.asked"),
        ({"askedChance": 0}, "body.askedChance"),
        ({"sessionId": "x" * 129}, "body.sessionId"),
        ({"modelVersion": 1}, "body.modelVersion"),
        ({"strokes": [{"x": [1], "y": [1], "t": [1]}]}, "body.strokes.0.t"),
        ({"userId": "tom"}, "body.userId"),
        ({"status": "merged"}, "body.status"),
        ({"retraining": {}}, "body.retraining"),
        ({"sessionId": "\ud800"}, "body.sessionId"),
    ],
    ids=str,
)
def test_what_a_player_may_not_write_is_refused(
    pia: TestClient,
    is_problem: Callable[..., Any],
    nothing_is_written: Callable[[], bool],
    changes: dict[str, Any],
    where: str,
) -> None:
    body = json.dumps(an_answer(**changes))
    answer = pia.post(ANSWERS, content=body, headers={"Content-Type": "application/json"})
    refused = is_problem(answer, 422, "invalid-request")
    assert [error["where"] for error in refused["errors"]] == [where]
    assert nothing_is_written()


@pytest.mark.parametrize("name", ["correctedLabel", "originalPrediction"])
def test_a_label_that_is_no_class_is_refused_and_the_classes_are_named(
    pia: TestClient,
    is_problem: Callable[..., Any],
    nothing_is_written: Callable[[], bool],
    name: str,
) -> None:
    refused = is_problem(pia.post(ANSWERS, json=an_answer(**{name: "mug"})), 422, "invalid-request")
    assert name in refused["detail"]
    assert "smiley_face" in refused["detail"]
    assert nothing_is_written()


def test_only_accounts_may_answer(
    stranger: TestClient, owner: TestClient, ports: Any, is_problem: Callable[..., Any]
) -> None:
    is_problem(stranger.post(ANSWERS, json=an_answer()), 401, "unauthenticated")
    is_problem(owner.post(ANSWERS, json=an_answer()), 403, "not-player")
    assert ports.corrections.documents == {}
