"""Firestore, or Storage, answers nothing at all: each page says what it does not know."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from tests.api.conftest import API_KEY
from tests.api.pages._page_routes import list_page_examples
from tests.api.pages.faults._faults import Answer, count, find_wrong_form, to_examples

STORAGE = {"artefacts"}
FIRESTORE = {"corrections", "runs", "models", "trials", "notifications"}


class Silent:
    """A port of which every method fails."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any, **__: Any) -> None:
            raise Unavailable("secret-host:99 does not answer")

        return fail


@pytest.fixture
def silence(
    connect: Callable[..., TestClient], ports: Ports
) -> Callable[[set[str]], tuple[TestClient, str]]:
    """Returns a signed-in browser of a project whose ports of these names fail, and its token."""

    def make(names: set[str]) -> tuple[TestClient, str]:
        assert {each.name for each in fields(ports)} - {
            "trusted",
            "inspector",
        } == STORAGE | FIRESTORE
        browser = connect(ports=replace(ports, **dict.fromkeys(names, Silent())))
        browser.post("/sign-in", data={"key": API_KEY})
        app: Any = browser.app
        sessions = app.state.wiring.sessions
        session = sessions.read(browser.cookies[sessions.cookie])
        browser.headers["Accept"] = "text/html"
        return browser, session.form_token

    return make


@pytest.mark.parametrize("names", [FIRESTORE, STORAGE], ids=["firestore", "storage"])
def test_each_page_is_there_or_names_the_service_and_counts_nothing(
    silence: Callable[..., Any], settings: Any, names: set[str]
) -> None:
    browser, _ = silence(names)
    wrong = {}
    for example in to_examples(list_page_examples(browser.app, settings), "GET"):
        answer = browser.get(example.path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        explained = answer.status_code != 503 or "does not answer" in answer.text
        # The checks of the system page tell the owner which host it is, once they have been made.
        told = "secret-host" in answer.text and not example.path.startswith("/system")
        if answer.status_code == 500 or not explained or told:
            wrong[example.name] = answer.text[-400:]
        elif names == FIRESTORE and (invented := count(answer.text)):
            wrong[example.name] = str(invented)
    assert wrong == {}


@pytest.mark.parametrize("names", [FIRESTORE, STORAGE], ids=["firestore", "storage"])
def test_each_form_says_what_may_have_been_done(
    silence: Callable[..., Any], settings: Any, names: set[str]
) -> None:
    browser, token = silence(names)
    wrong = {}
    for example in to_examples(list_page_examples(browser.app, settings), "POST"):
        data = {"form_token": token, **example.fields}
        answer = browser.post(example.path, data=data, follow_redirects=False)
        why = find_wrong_form(Answer(answer.status_code, "text/html", answer.text))
        if why is not None:
            wrong[example.name] = why
    assert wrong == {}
