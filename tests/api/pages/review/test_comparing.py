"""/review/nearest: the nearest drawings of the two classes beside the one to decide on."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from service.backends.slow_result import StillWorking
from tests.api._corrections import CANVAS, PATH, Put

PAGE = "/review/nearest?id=c1"
PART = {"HX-Request": "true"}


@pytest.fixture
def released(signed_in: TestClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A version guesses; the field `answer` is what is near, or the error instead."""
    wiring = signed_in.app.state.wiring  # type: ignore[attr-defined]
    near: Any = SimpleNamespace(answer=None, asked=[])

    async def get() -> Any:
        return SimpleNamespace(champion=SimpleNamespace(model="the model"))

    def find(model: Any, drawing: Any, labels: list[int], number: int) -> Any:
        near.asked.append((model, drawing.shape, labels, number))
        if isinstance(near.answer, Exception):
            raise near.answer
        return near.answer and dict.fromkeys(labels, near.answer)

    monkeypatch.setattr(wiring.predictors, "get", get)
    monkeypatch.setattr(wiring.nearest, "find", find)
    near.names = wiring.settings.categories
    return near


@pytest.fixture(autouse=True)
def canvas(put: Put, ports: Any) -> None:
    put("c1")
    ports.artefacts.objects[PATH] = CANVAS


def test_without_a_released_version_it_says_so(signed_in: TestClient) -> None:
    assert "No version is released" in signed_in.get(PAGE, headers=PART).text


def test_three_of_the_player_s_class_come_before_those_of_the_guess(
    signed_in: TestClient, released: Any
) -> None:
    released.answer = list(np.zeros((3, 28, 28), np.uint8))
    page = signed_in.get(PAGE, headers=PART)
    labels = [released.names.index(name) for name in ("cat", "sun")]
    assert released.asked == [("the model", (28, 28), labels, 3)]
    assert page.text.index("Nearest cat") < page.text.index("Nearest sun")
    assert page.text.count("data:image/png") == 6
    assert "<html" not in page.text
    assert "<h1>The nearest drawings" in signed_in.get(PAGE).text


def test_until_they_are_found_the_part_asks_again(signed_in: TestClient, released: Any) -> None:
    released.answer = StillWorking("not yet")
    assert 'hx-trigger="load delay:1s"' in signed_in.get(PAGE, headers=PART).text
    assert "Reload this page in a few seconds." in signed_in.get(PAGE).text


def test_without_samples_or_without_storage_it_says_so(
    signed_in: TestClient, released: Any
) -> None:
    assert "the next run stores them" in signed_in.get(PAGE, headers=PART).text
    released.answer = Unavailable("no answer")
    page = signed_in.get(PAGE, headers=PART)
    assert (page.status_code, "Storage does not answer" in page.text) == (200, True)


def test_without_a_drawing_there_is_nothing_to_compare(
    signed_in: TestClient, ports: Any, released: Any
) -> None:
    del ports.artefacts.objects[PATH]
    assert "There is no drawing to compare" in signed_in.get(PAGE, headers=PART).text
    assert "There is no drawing" in signed_in.get("/review/nearest?id=gone", headers=PART).text


def test_words_that_are_no_class_are_compared_with_nothing(
    signed_in: TestClient, put: Put, released: Any
) -> None:
    released.answer = list(np.zeros((3, 28, 28), np.uint8))
    put("c1", correctedLabel="unicorn", originalPrediction=7)
    assert "is a class" in signed_in.get(PAGE, headers=PART).text


def test_without_an_id_it_leads_to_the_queue(signed_in: TestClient) -> None:
    assert signed_in.get("/review/nearest", follow_redirects=False).headers["location"] == "/review"
