"""/review/all: many decided on together, piece by piece, and taken back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerChoice, Retraining
from service.dashboard.review import bulk
from tests.api._corrections import NOW, Put
from tests.api.pages.conftest import Post

NAMES = [f"c{number}" for number in range(5)]
LATER = {"reason": "no_class", "at": NOW + timedelta(days=36_500)}


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PIECE", 2)


def read_form(page: Any, action: str | None = None) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of the first form below `main` that does something."""
    forms = re.findall(
        r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.DOTALL
    )
    for address, inner in forms:
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', inner))
        fields.pop("form_token", None)
        if address.startswith("/review/") and action in (None, fields.get("action")):
            return address, fields
    raise AssertionError(page.text)


def go_on(post: Post, page: Any, action: str | None = None) -> Any:
    """Send the form of a page, then those of the pages that go on by themselves."""
    address, fields = read_form(page, action)
    page = post(address, **fields)
    while "Go on" in page.text:
        address, fields = read_form(page)
        page = post(address, **fields)
    return page


def states(ports: Ports) -> set[Any]:
    return {ports.corrections.get(name).fields["status"] for name in NAMES}


def test_all_of_a_reason_are_decided_on_after_the_page_has_said_how_many(
    signed_in: TestClient, post: Post, ports: Ports, put: Put
) -> None:
    for name in NAMES:
        put(name)
    put("other", retraining={"reason": "flood"})
    ask = signed_in.get("/review/all?reason=no_class")
    assert "Decide on all 5?" in ask.text
    assert states(ports) == {"quarantined"}
    page = go_on(post, ask, "refuse")
    assert "5 are refused" in page.text
    assert states(ports) == {"refused"}
    assert ports.corrections.get("other").fields["status"] == "quarantined"


def test_what_was_decided_together_is_taken_back_together(
    signed_in: TestClient, post: Post, ports: Ports, put: Put
) -> None:
    for name in NAMES:
        put(name)
    page = go_on(post, signed_in.get("/review/all"), "accept")
    assert states(ports) == {"pending"}
    page = go_on(post, page)
    assert "All was taken back" in page.text
    assert states(ports) == {"quarantined"}


def test_one_of_many_is_taken_back_alone(
    signed_in: TestClient, post: Post, ports: Ports, put: Put
) -> None:
    for name in NAMES:
        put(name)
    go_on(post, signed_in.get("/review/all"), "accept")
    recent = signed_in.get("/review/recent").text
    assert recent.count("decided together with others") == len(NAMES)
    post("/review/undo")
    assert states(ports) == {"pending", "quarantined"}


def test_after_a_fault_it_goes_on_where_it_was(
    signed_in: TestClient, post: Post, ports: Ports, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        put(name)
    address, fields = read_form(signed_in.get("/review/all"), "refuse")
    first = post(address, **fields)
    assert "2 of 5 are refused" in first.text

    def fail(*_: Any, **__: Any) -> Any:
        raise Unavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(ports.corrections, "decide_waiting", fail)
        again, fields = read_form(first)
        assert post(again, **fields).status_code == 503
    page = go_on(post, signed_in.get(str(first.url)))
    assert "5 are refused" in page.text
    assert states(ports) == {"refused"}


def test_what_another_owner_decided_meanwhile_is_left_and_said(
    signed_in: TestClient, post: Post, ports: Ports, put: Put
) -> None:
    for name in NAMES:
        put(name)
    ask = signed_in.get("/review/all")
    ports.corrections.decide("c1", OwnerChoice(action=OwnerAction.ACCEPT), "ada")
    page = go_on(post, ask, "refuse")
    assert "4 are refused" in page.text
    assert "1 of the 5 were decided on by another owner meanwhile" in page.text
    assert ports.corrections.decisions(["c1"])["c1"].by == "ada"


def test_what_came_after_the_owner_was_asked_is_not_decided_on(
    signed_in: TestClient, post: Post, ports: Ports, put: Put
) -> None:
    for name in NAMES:
        put(name)
    ask = signed_in.get("/review/all")
    put("new", retraining=LATER)
    go_on(post, ask, "refuse")
    assert ports.corrections.get("new").fields["status"] == "quarantined"


def test_what_a_run_has_merged_stays_when_the_rest_is_taken_back(
    signed_in: TestClient, post: Post, ports: Ports, put: Put
) -> None:
    for name in NAMES:
        put(name)
    page = go_on(post, signed_in.get("/review/all"), "accept")
    merged = Retraining(
        state=CorrectionState.MERGED, reason="merged", explanation="", run_id="run-2", at=NOW
    )
    ports.corrections.settle({"c2": merged})
    page = go_on(post, page)
    assert "1 could not be taken back" in page.text
    assert states(ports) == {"quarantined", "merged"}


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "relabel"},
        {"batch": "../x"},
        {"until": "yesterday"},
        {"total": "-1"},
        {"reason": "No Class"},
    ],
    ids=str,
)
def test_a_form_that_no_page_has_changes_nothing(
    signed_in: TestClient, post: Post, ports: Ports, put: Put, fields: dict[str, str]
) -> None:
    for name in NAMES:
        put(name)
    address, known = read_form(signed_in.get("/review/all"), "refuse")
    assert post(address, **{**known, **fields}).status_code == 422
    assert states(ports) == {"quarantined"}
