"""A browser gets errors as pages; programs get problem documents."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from pipeline.errors import Unavailable
from pipeline.service_settings import LimitSettings
from pipeline.settings import Settings
from service.app import create_app
from service.dashboard.frame.route import make_pages

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def check_page(answer: Any, status: int, *words: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.count("<h1>") == 1
    assert "/openapi.json" not in answer.text
    for each in words:
        assert each in answer.text


def test_an_address_without_a_page_has_a_page_that_says_so(signed_in: TestClient) -> None:
    answer = signed_in.get("/nothing/here", headers=BROWSER)
    check_page(answer, 404, "There is no such page", "/nothing/here", "Sign out")


def test_a_visitor_sees_no_pages_of_the_owner_there(visitor: TestClient) -> None:
    answer = visitor.get("/nothing", headers=BROWSER)
    check_page(answer, 404)
    assert "Sign out" not in answer.text


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/models/v9.9.9", "/metrics"])
def test_the_api_answers_browsers_with_problem_documents_too(
    visitor: TestClient, path: str
) -> None:
    answer = visitor.get(path, headers=BROWSER)
    assert answer.status_code >= 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"Accept": "*/*"}])
def test_a_program_gets_a_problem_document(visitor: TestClient, headers: dict[str, str]) -> None:
    answer = visitor.get("/nothing", headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_a_page_lacks_changes_nothing_and_says_so(signed_in: TestClient) -> None:
    answer = signed_in.request("DELETE", "/runs", headers=BROWSER)
    check_page(answer, 405, "nothing was changed")
    assert "GET" in answer.headers["allow"]


def test_a_form_that_is_too_large_is_refused_by_a_page(signed_in: TestClient) -> None:
    answer = signed_in.post("/sign-out", data={"x": "y" * 20_000}, headers=BROWSER)
    check_page(answer, 413, "nothing was changed")


def test_who_asks_too_often_is_told_by_a_page_how_long_to_wait(
    connect: Callable[..., TestClient], settings: Settings
) -> None:
    limit = LimitSettings(requests=1, wrong_keys=0)
    browser = connect(settings=settings.model_copy(update={"limit": limit}))
    browser.get("/sign-in")
    answer = browser.get("/sign-in", headers=BROWSER)
    check_page(answer, 429, "try again in")
    assert answer.headers["retry-after"]


def fail(error: Exception) -> Callable[[], None]:
    def read() -> None:
        raise error

    return read


@pytest.fixture
def failing(settings: Settings, ports: Any, queue: Any) -> Callable[[Exception], TestClient]:
    """A browser of a service with the page /system/odd, which raises an error."""

    def make(error: Exception) -> TestClient:
        app = create_app(settings, ports, queue)
        router = make_pages()
        router.add_api_route("/system/odd", fail(error), methods=["GET", "POST"])
        app.router.routes.extend(router.routes)
        return TestClient(app)  # which raises what the application does not answer

    return make


def test_an_unexpected_error_is_a_page_with_a_reference_and_is_logged_once(
    failing: Callable[[Exception], TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = failing(KeyError("the secret")).get("/system/odd", headers=BROWSER)
    check_page(answer, 500, "An error in Redraw itself")
    assert "the secret" not in answer.text
    [record] = caplog.records
    assert record.getMessage().partition("(")[2].strip(")") in answer.text


def test_a_form_that_a_service_has_not_answered_says_that_it_may_have_been_done(
    failing: Callable[[Exception], TestClient],
) -> None:
    error = Unavailable("secret-host:99")
    error.backend = "Firestore"
    answer = failing(error).post("/system/odd", headers=BROWSER)
    check_page(answer, 503, "It is not known whether this was done", "Firestore", "/system")
    assert "secret-host" not in answer.text
    assert answer.headers["retry-after"]


def test_a_form_with_a_value_that_no_body_of_the_api_takes_is_refused_and_not_echoed(
    failing: Callable[[Exception], TestClient],
) -> None:
    with pytest.raises(ValidationError) as caught:
        LimitSettings(requests="<script>many</script>")
    answer = failing(caught.value).post("/system/odd", headers=BROWSER)
    check_page(answer, 422, "requests", "nothing was changed")
    assert "many" not in answer.text


def test_a_page_that_needs_a_service_names_it_and_can_be_loaded_again(
    failing: Callable[[Exception], TestClient],
) -> None:
    answer = failing(Unavailable("no")).get("/system/odd", headers=BROWSER)
    check_page(answer, 503, "does not answer", 'href="/system/odd"')


def test_what_a_script_loads_into_a_page_is_a_sentence_without_a_page_around_it(
    failing: Callable[[Exception], TestClient],
) -> None:
    answer = failing(Unavailable("no")).get(
        "/system/odd", headers={**BROWSER, "HX-Request": "true", "HX-Request-Type": "partial"}
    )
    assert answer.status_code == 503
    assert "<html" not in answer.text
    assert 'role="alert"' in answer.text
