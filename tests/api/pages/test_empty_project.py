"""A fresh project, without a baseline, a correction or a run: each page says so, and what to do."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from tests.api.pages._page_routes import list_page_examples

LISTS = ["/", "/runs", "/versions", "/review", "/corrections", "/players", "/releases", "/trial"]
"""Pages that have nothing to show in such a project."""
FIRST_STEPS = re.compile(r"<code>redraw |REDRAW_|href=\"/(?!assets|favicon)|<button")


def read(text: str) -> str:
    """Return what stands in the main part of a page, without its tags."""
    main = re.search(r"<main.*?</main>", text, re.DOTALL)
    assert main is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main[0]))


def test_no_page_fails_or_shows_what_is_no_value(signed_in: TestClient, settings: Settings) -> None:
    app: Any = signed_in.app
    wrong = {}
    for example in list_page_examples(app, settings):
        if example.method != "GET" or "{" in example.template:
            continue
        answer = signed_in.get(example.path)
        if answer.status_code >= 500:
            wrong[example.path] = f"status {answer.status_code}"
        elif "<main" in answer.text and re.search(
            r"\b(None|nan|NaN|inf|undefined|Undefined)\b", read(answer.text)
        ):
            wrong[example.path] = read(answer.text)
    assert wrong == {}


@pytest.mark.parametrize("page", LISTS)
def test_a_page_without_anything_to_show_says_so_and_what_to_do(
    signed_in: TestClient, page: str
) -> None:
    answer = signed_in.get(page)
    assert answer.status_code == 200
    told = read(answer.text)
    assert re.search(r"\b(no|none|nothing|nobody|not)\b", told, re.IGNORECASE), told
    main = answer.text.partition("<main")[2]
    assert FIRST_STEPS.search(main), told


@pytest.mark.parametrize("page", LISTS)
def test_such_a_page_claims_no_share(signed_in: TestClient, page: str) -> None:
    assert "%" not in read(signed_in.get(page).text)
