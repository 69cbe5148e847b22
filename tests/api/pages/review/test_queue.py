"""/review: one quarantined correction after another, decided on without JavaScript."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.reasons import QuarantineReason
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerChoice, Retraining
from tests.api._corrections import HOSTILE_IDS, NOW, Put
from tests.api.pages.conftest import Post

ACCEPT = OwnerChoice(action=OwnerAction.ACCEPT)
MERGED = Retraining(
    state=CorrectionState.MERGED, reason="merged", explanation="", run_id="run-2", at=NOW
)


def held(reason: str = "no_class", at: Any = NOW) -> dict[str, Any]:
    return {"reason": reason, "explanation": "It fits no class.", "runId": "run-1", "at": at}


def shows(page: Any) -> str:
    """Return the id of the correction that a page shows large."""
    found = re.search(r'<figure><img[^>]* src="/corrections/([^/]+)/drawing.png"', page.text)
    assert found is not None, page.text
    return found[1]


def status(ports: Ports, name: str) -> str:
    return str(ports.corrections.get(name).fields["status"])


def test_the_first_one_is_shown_with_all_that_is_known_of_it(
    signed_in: TestClient, put: Put
) -> None:
    put("c1")
    put("c2")
    page = signed_in.get("/review")
    assert shows(page) == "c1"
    for text in (
        "Does this drawing show cat?",
        "sun, 50% sure",
        "resembles none of the classes",
        "It fits no class.",
        "2 left",
        'src="/corrections/c2/drawing.png"',  # fetched before it is shown
    ):
        assert text in page.text, text
    assert "pia@example.org" not in page.text


def test_where_nothing_waits_the_page_says_so(signed_in: TestClient) -> None:
    page = signed_in.get("/review")
    assert (page.status_code, "Nothing waits for you" in page.text) == (200, True)
    assert "Nothing waits for this reason" in signed_in.get("/review?reason=flood").text


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({"action": "accept"}, ("pending", "Accepted.")),
        ({"action": "refuse"}, ("refused", "Refused.")),
        ({"action": "relabel", "label": "Sun"}, ("pending", "Relabelled as sun.")),
    ],
    ids=["accept", "refuse", "relabel"],
)
def test_after_a_decision_the_next_one_comes_and_the_page_says_what_was_decided(
    post: Post, ports: Ports, put: Put, fields: dict[str, str], after: tuple[str, str]
) -> None:
    put("c1")
    put("c2")
    page = post("/review/c1", **fields)
    assert (page.status_code, shows(page)) == (200, "c2")
    assert status(ports, "c1") == after[0]
    assert after[1] in page.text
    assert ports.corrections.decisions(["c1"])["c1"].by == "api-key"


@pytest.mark.parametrize("label", ["", "unicorn", "<b>"])
def test_a_label_that_is_no_class_decides_on_nothing(
    post: Post, ports: Ports, put: Put, label: str
) -> None:
    put("c1")
    page = post("/review/c1", action="relabel", label=label)
    assert (page.status_code, shows(page)) == (422, "c1")
    assert "is none of the classes" in page.text
    assert "<b>" not in page.text
    assert status(ports, "c1") == "quarantined"


@pytest.mark.parametrize("name", [*HOSTILE_IDS, "all", "undo", "recent", "one"])
def test_whatever_its_id_a_correction_is_shown_decided_on_and_taken_back(
    signed_in: TestClient, post: Post, ports: Ports, put: Put, name: str
) -> None:
    put(name)
    form = re.search(r'<form method="post" action="(/review/[^"]+)"', signed_in.get("/review").text)
    assert form is not None
    post(form[1].replace("&#39;", "'"), action="refuse")
    assert status(ports, name) == "refused"
    page = post("/review/undo")
    assert "Taken back" in page.text
    assert status(ports, name) == "quarantined"


def test_later_shows_the_next_one_and_then_those_that_were_left(
    signed_in: TestClient, put: Put
) -> None:
    put("c1")
    put("c2")
    assert shows(signed_in.get("/review?after=c1")) == "c2"
    again = signed_in.get("/review?after=c2")
    assert (shows(again), "the first of those that you left" in again.text) == ("c1", True)


def test_a_reason_filters_what_is_shown_counted_and_comes_next(
    signed_in: TestClient, post: Post, put: Put
) -> None:
    put("c1")
    put("c2", retraining=held("flood"))
    put("c3")
    put("c4", retraining=held("flood"))
    page = signed_in.get("/review?reason=flood")
    assert (shows(page), "2 left for this reason" in page.text) == ("c2", True)
    for reason, number in (("flood", 2), ("no_class", 2)):
        assert re.search(rf'href="/review\?reason={reason}"[^>]*>[^<]*<em>{number}</em>', page.text)
    assert shows(post("/review/c2", action="accept", reason="flood")) == "c4"


def test_undoing_takes_back_one_decision_after_another(post: Post, ports: Ports, put: Put) -> None:
    for name in ("c1", "c2", "c3"):
        put(name)
        post(f"/review/{name}", action="accept")
    for name in ("c3", "c2", "c1"):
        page = post("/review/undo")
        assert (shows(page), "Taken back" in page.text) == (name, True)
        assert status(ports, name) == "quarantined"
    last = post("/review/undo")
    assert (last.status_code, "no decision of yours" in last.text) == (409, True)


def test_undoing_leaves_what_another_owner_decided(post: Post, ports: Ports, put: Put) -> None:
    for name in ("c1", "c2"):
        put(name)
    post("/review/c1", action="accept")
    ports.corrections.decide("c2", ACCEPT, "ada")
    assert shows(post("/review/undo")) == "c1"
    assert status(ports, "c2") == "pending"


def test_what_a_run_has_merged_meanwhile_is_not_taken_back(
    post: Post, ports: Ports, put: Put
) -> None:
    put("c1")
    post("/review/c1", action="accept")
    ports.corrections.settle({"c1": MERGED})
    page = post("/review/undo")
    assert (page.status_code, "A run has merged the drawing" in page.text) == (409, True)
    assert status(ports, "c1") == "merged"


def test_what_another_owner_has_decided_meanwhile_stands(
    post: Post, ports: Ports, put: Put
) -> None:
    put("c1")
    put("c2")
    stands = ports.corrections.decide("c1", ACCEPT, "ada")
    page = post("/review/c1", action="refuse")
    assert (page.status_code, shows(page)) == (409, "c1")
    assert "ada has decided on it meanwhile. Accepted stands." in page.text
    assert "Next" in page.text
    assert ports.corrections.decisions(["c1"])["c1"] == stands


def test_a_form_that_is_sent_twice_decides_once_and_goes_on(
    post: Post, ports: Ports, put: Put
) -> None:
    put("c1")
    put("c2")
    post("/review/c1", action="accept")
    assert shows(post("/review/c1", action="accept")) == "c2"
    assert status(ports, "c2") == "quarantined"


def test_what_is_deleted_meanwhile_is_passed_over(post: Post, ports: Any, put: Put) -> None:
    put("c1")
    put("c2")
    del ports.corrections.documents["c1"]
    page = post("/review/c1", action="accept")
    assert (page.status_code, shows(page)) == (409, "c2")
    assert "does not wait for a decision any more" in page.text


def test_one_that_is_decided_on_says_by_whom_and_leads_to_the_next(
    signed_in: TestClient, ports: Ports, put: Put
) -> None:
    put("c1")
    put("c2")
    ports.corrections.decide("c1", ACCEPT, "ada")
    page = signed_in.get("/review/c1")
    assert "This one is decided on" in page.text
    assert "Accepted, by ada" in page.text
    assert 'href="/review?after=c1"' in page.text


def test_an_unknown_one_is_a_page_that_says_so(signed_in: TestClient) -> None:
    assert signed_in.get("/review/c9").status_code == 404


def test_while_firestore_is_silent_the_page_is_up_and_says_so(
    signed_in: TestClient, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise Unavailable("no answer")

    for method in ("find", "count"):
        monkeypatch.setattr(ports.corrections, method, fail)
    page = signed_in.get("/review")
    assert (page.status_code, "What waits is not known" in page.text) == (200, True)
    assert "Firestore does not answer" in page.text


def test_the_keys_are_on_the_page(signed_in: TestClient, put: Put) -> None:
    put("c1")
    text = signed_in.get("/review").text
    assert set(re.findall(r'data-key="(.)"', text)) == {"a", "l", "r", "u", "n", "b", "?"}


def test_the_filter_knows_every_reason(signed_in: TestClient, put: Put) -> None:
    for reason in QuarantineReason:
        put(str(reason), retraining=held(str(reason)))
    text = signed_in.get("/review").text
    assert all(f'href="/review?reason={reason}"' in text for reason in QuarantineReason)


def test_recent_decisions_say_who_decided_what_and_are_taken_back_one_by_one(
    signed_in: TestClient, post: Callable[..., Any], ports: Ports, put: Put
) -> None:
    for name in ("c1", "c2", "c3"):
        put(name)
    post("/review/c1", action="accept")
    ports.corrections.settle({"c1": MERGED})
    post("/review/c2", action="relabel", label="sun")
    ports.corrections.decide("c3", ACCEPT, "ada")
    text = signed_in.get("/review/recent").text
    for part in ("by ada", "by the API key", "Relabelled as sun", "merged: it stays"):
        assert part in text, part
    forms = re.findall(
        r'name="id" value="(c\d)">\s*<input type="hidden" name="at" value="([^"]+)"', text
    )
    assert [name for name, _ in forms] == ["c3", "c2"]
    name, at = forms[1]
    assert "Taken back" in post("/review/undo", id=name, at=at).text
    assert status(ports, "c2") == "quarantined"


def test_a_decision_that_another_owner_replaced_is_not_taken_back_from_an_old_list(
    post: Post, ports: Ports, put: Put
) -> None:
    put("c1")
    seen = ports.corrections.decide("c1", ACCEPT, "ada")
    ports.corrections.decide("c1", OwnerChoice(action=OwnerAction.REFUSE), "bob")
    page = post("/review/undo", id="c1", at=seen.at.replace(year=2020).isoformat())
    assert (page.status_code, "Another decision stands by now" in page.text) == (409, True)
    assert ports.corrections.decisions(["c1"])["c1"].by == "bob"
