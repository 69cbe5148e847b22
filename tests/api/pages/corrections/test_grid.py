"""The grid of corrections: filters, chips, counts, pages, and what hostile documents hold."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from pipeline.corrections.players import hash_player
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from tests.api._corrections import HOSTILE_IDS, Put
from tests.api.conftest import API_KEY
from tests.api.pages.conftest import Post

PAGE = "/corrections"


def shown(text: str) -> list[str]:
    """Return the addresses of the tiles."""
    return re.findall(r'class="tile" href="/corrections/([^"]+)"', text)


def heading(text: str) -> str:
    return re.findall(r"<h1>(.*?)</h1>", text, re.DOTALL)[0]


def test_without_corrections_the_page_says_what_to_do(signed_in: TestClient) -> None:
    text = signed_in.get(PAGE).text
    assert heading(text) == "No correction"
    assert "docs/integration.md" in text


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_tile_says_word_guess_state_and_reason_whatever_the_id_is(
    signed_in: TestClient, put: Put, name: str
) -> None:
    put(name, correctedLabel="<b>cat</b>")
    text = signed_in.get(PAGE).text
    assert shown(text) == [quote(name, safe="")]
    assert "&lt;b&gt;cat&lt;/b&gt;, says the player; guessed sun, 50% sure" in text
    assert "quarantined: resembles none of the classes" in text
    assert "pia@example.org" not in text


def test_filters_choose_together_and_each_can_be_taken_off(signed_in: TestClient, put: Put) -> None:
    put("a")
    put("b", correctedLabel="sun")
    put("c", status="pending")
    answer = signed_in.get(f"{PAGE}?state=quarantined&reason=no_class&class=cat&run=run-1")
    assert shown(answer.text) == ["a"]
    assert heading(answer.text) == "1 correction is quarantined"
    chips = re.findall(r'class="chip" href="([^"]+)"', answer.text)
    assert "/corrections?state=quarantined&amp;reason=no_class&amp;run=run-1" in chips
    assert len(chips) == 4


def test_the_fields_of_the_form_show_what_is_chosen(signed_in: TestClient, put: Put) -> None:
    put("a")
    text = signed_in.get(f"{PAGE}?state=quarantined&reason=&class=cat").text
    assert re.findall(r'<option value="([^"]*)" selected', text) == ["quarantined", "cat"]


def test_a_player_s_corrections_are_found_by_hash_and_no_page_names_the_player(
    signed_in: TestClient, put: Put, settings: Settings
) -> None:
    put("a")
    put("b", userId="bob@example.org")
    player = hash_player("bob@example.org", settings.player_key.get_secret_value().encode())
    for hint in ("", "&of=b"):
        text = signed_in.get(f"{PAGE}?player={player}{hint}").text
        assert shown(text) == ["b"]
        assert "example.org" not in text


@pytest.mark.parametrize(
    "query", ["state=x", "reason=%27", "class=dragon", "player=ada", "run=%2e%2e", "after=a/b"]
)
def test_a_filter_that_makes_no_sense_is_refused_as_a_page(
    signed_in: TestClient, query: str
) -> None:
    answer = signed_in.get(f"{PAGE}?{query}")
    assert answer.status_code == 422
    assert "<h1>" in answer.text


def test_page_after_page_shows_each_once_and_keeps_the_filters(
    signed_in: TestClient, put: Put
) -> None:
    names = [f"c{number:03}" for number in range(100)]
    for name in names:
        put(name)
    seen: list[str] = []
    address: str | None = f"{PAGE}?state=quarantined"
    while address:
        text = signed_in.get(address).text
        assert heading(text) == "100 corrections are quarantined"
        assert len(shown(text)) <= 48
        seen += shown(text)
        after = re.search(r'rel="next" href="([^"]+)"', text)
        address = after and after[1].replace("&amp;", "&")
    assert seen == names


def test_what_was_refused_for_a_cause_that_is_gone_is_made_pending_again(
    signed_in: TestClient, put: Put, post: Post, ports: Any
) -> None:
    refused = {"state": "refused", "reason": "missing_image", "explanation": "It is not there."}
    put("a", status="refused", retraining=refused)
    address = f"{PAGE}?state=refused&reason=missing_image"
    assert 'action="/corrections/reopen"' in signed_in.get(address).text
    answer = post("/corrections/reopen", reason="missing_image")
    assert ports.corrections.documents["a"]["status"] == "pending"
    assert "1 correction is pending again" in answer.text


@pytest.mark.parametrize(
    "query", ["state=refused", "state=refused&reason=owner", "state=quarantined&reason=no_class"]
)
def test_nothing_else_is_offered_to_be_reopened(
    signed_in: TestClient, put: Put, query: str
) -> None:
    put("a", status="refused", retraining={"reason": "owner"})
    put("b")
    assert "/corrections/reopen" not in signed_in.get(f"{PAGE}?{query}").text


def test_while_firestore_is_down_the_page_stays_up_and_says_so(
    connect: Callable[..., TestClient], ports: Ports, broken: Callable[..., Any]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host:443 refused")

    for name in ("find", "count", "get"):
        setattr(ports.corrections, name, fail)
    browser = connect(ports=replace(ports))
    browser.post("/sign-in", data={"key": API_KEY})
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    assert heading(answer.text) == "Corrections"
    assert "Firestore does not answer" in answer.text
    assert "secret-host" not in answer.text
