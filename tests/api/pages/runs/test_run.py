"""One run: what came of it, and why."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.records.forgetting import Counts, Forgotten, Proof, Receipt, Removed
from pipeline.records.runs import Counts as RunCounts
from pipeline.records.runs import RunKind, RunState
from pipeline.storage_paths import RECEIPT
from tests.api._corrections import Put
from tests.api.pages._runs import START, a_run, held, store


@pytest.fixture
def page(signed_in: TestClient, ports: Any) -> str:
    store(ports, held())
    return signed_in.get("/runs/run-1").text


def test_a_run_that_does_not_exist_is_not_found(signed_in: TestClient) -> None:
    answer = signed_in.get("/runs/run-1")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_the_headline_says_how_it_ended(page: str) -> None:
    assert "<h1>v1.0.1 is ready; the run did not release it</h1>" in page
    assert page.count("<h1") == 1


def test_a_held_run_says_what_the_owner_may_do_and_what_would_decide_it(page: str) -> None:
    assert "You may release v1.0.1 all the same" in page
    assert "About 400 more answers of players would decide it." in page
    assert '<a class="button" href="/versions/v1.0.1">' in page


def test_each_check_that_compares_has_a_picture_and_the_same_in_words(page: str) -> None:
    assert page.count('<svg class="interval"') == 2
    words = "measured +1.2, certainly \N{MINUS SIGN}2 to +4.4 points; 0.5 points may be lost"
    assert f'aria-label="players&#39; drawings: {words}"' in page
    assert "0 of 100 obvious drawings wrong" in page


def test_the_counts_lead_to_the_corrections(page: str) -> None:
    assert 'href="/corrections?state=refused&amp;run=run-1"' in page
    assert "12 confirm the guess" in page


def test_what_was_not_merged_is_told_by_reason_the_most_frequent_first(page: str) -> None:
    found = re.findall(r'<h4><a href="([^"]+)">(.+?)</a>: (.+?)</h4>', page)
    assert [(number, phrase) for _, number, phrase in found] == [
        ("5 quarantined", "looks like another class"),
        ("3 refused", "nothing is drawn"),
    ]
    assert found[1][0] == "/corrections?state=refused&amp;reason=blank&amp;run=run-1"


def test_a_reason_has_a_few_drawings_of_this_run(
    signed_in: TestClient, ports: Any, put: Put
) -> None:
    store(ports, held())
    blank = {"state": "refused", "reason": "blank", "runId": "run-1"}
    for number in range(9):
        put(f"b/{number}", status="refused", retraining=blank)
    put("other", status="refused", retraining={**blank, "runId": "run-2"})
    text = signed_in.get("/runs/run-1").text
    sources = re.findall(r'src="(/corrections/[^"]+)"', text)
    assert sources == [f"/corrections/b%2F{number}/drawing.png" for number in range(4)]
    assert 'alt="the player says cat"' in text


def test_what_waits_for_its_canvas_is_not_called_refused(signed_in: TestClient, ports: Any) -> None:
    reasons = {"merged": 1, "missing_image": 5}
    counts = RunCounts(collected=6, merged=1, refused=2, waiting=3, reasons=reasons)
    store(ports, a_run(counts=counts))
    page = signed_in.get("/runs/run-1").text
    assert re.findall(r"<h4><a [^>]+>(.+?)</a>", page) == ["3 pending", "2 refused"]
    assert "3 still wait for their canvas" in page


def test_steps_are_told_in_their_order_with_their_seconds(page: str) -> None:
    times = page[page.index('<table class="times">') :]
    assert re.findall(r"<em>(.+?)</em>", times)[:3] == ["2.5 s", "1.0 s", "1 min"]


def test_a_failed_run_says_why_and_what_to_do(signed_in: TestClient, ports: Any) -> None:
    store(ports, a_run(state=RunState.FAILED, reason="the base is damaged"))
    page = signed_in.get("/runs/run-1").text
    assert "the base is damaged." in page
    assert "Repair what the reason names" in page


def test_where_examples_cannot_be_read_the_rest_is_shown(
    signed_in: TestClient, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host")

    store(ports, held())
    monkeypatch.setattr(ports.corrections, "find", fail)
    page = signed_in.get("/runs/run-1").text
    assert "Firestore does not answer" in page
    assert "nothing is drawn" in page
    assert "secret" not in page


FORGOTTEN = Forgotten(
    counts=Counts(documents=7, canvases=6, rows=5, versions=1), receipt="receipts/run-1.json"
)
RECEIPT_OF_IT = Receipt(
    run_id="run-1",
    requested_at=START,
    finished_at=START,
    summary="forgotten: 7 corrections",
    counts=FORGOTTEN.counts,
    edition=2,
    withdrawn=["v1.0.1"],
    removed=[Removed(kind="document", path="corrections/abc")],
    proof=Proof(listed_at=START, objects=40, documents=30, rows=20),
)


def a_forgetting_run() -> Any:
    return a_run(kind=RunKind.FORGET, state=RunState.FORGOTTEN, forgotten=FORGOTTEN)


def test_a_run_that_forgot_a_player_shows_its_receipt(signed_in: TestClient, ports: Any) -> None:
    store(ports, a_forgetting_run())
    text = RECEIPT_OF_IT.model_dump_json(by_alias=True).encode()
    ports.artefacts.create(RECEIPT.fill(run_id="run-1"), text)
    page = signed_in.get("/runs/run-1").text
    assert "<h1>Nothing is left of the player</h1>" in page
    assert "forgotten: 7 corrections." in page
    assert "Nothing of the player was among them." in page
    assert "corrections/abc" in page


@pytest.mark.parametrize(
    ("stored", "said"),
    [(None, "is not in Storage any more"), (b"{}", "is not as Redraw writes it")],
)
def test_a_receipt_that_is_missing_or_damaged_is_named(
    signed_in: TestClient, ports: Any, stored: bytes | None, said: str
) -> None:
    store(ports, a_forgetting_run())
    if stored is not None:
        ports.artefacts.create(RECEIPT.fill(run_id="run-1"), stored)
    answer = signed_in.get("/runs/run-1")
    assert answer.status_code == 200
    assert said in answer.text
