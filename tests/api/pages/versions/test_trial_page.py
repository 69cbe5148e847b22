"""A trial is started, watched, and stopped or ended by a release."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.records.trials import TrialState
from tests.api._corrections import NOW
from tests.api.pages.conftest import Post
from tests.api.pages.versions._published import text_of

LOOKS = [
    {"verdict": "open", "answers": 30, "disagreements": 12, "players": 5, "estimate": 0.02,
     "low": -1.0, "high": 1.0, "sentence": "the first look is at 25"},
    {"verdict": "open", "answers": 90, "disagreements": 30, "players": 14, "estimate": 0.03,
     "low": -0.01, "high": 0.07, "sentence": "open, the next look is at 50"},
    {"verdict": "better", "answers": 200, "disagreements": 60, "players": 30, "estimate": 0.04,
     "low": 0.012, "high": 0.068, "sentence": "better"},
]  # fmt: skip


def add_trial(ports: Any, looks: int, **changes: Any) -> None:
    """A trial of v1.0.1 with so many looks, as runs leave it."""
    fields = {
        "id": "v1.0.1-2", "salt": "v1.0.1-2", "version": "v1.0.1", "against": "v1.0.0",
        "kind": "shadow", "share": 1.0, "state": "open", "startedAt": NOW,
        "endsAt": NOW + timedelta(days=7), "revision": 0, "fence": 2,
        "looks": [
            {**look, "runId": f"run-{number}", "at": NOW, "revision": 1}
            for number, look in enumerate(LOOKS[:looks])
        ],
    }  # fmt: skip
    ports.models.trials["v1.0.1-2"] = fields | changes


def test_without_trials_the_page_says_what_they_are_for(signed_in: TestClient) -> None:
    said = text_of(signed_in.get("/trial").text)
    assert "No version was ever on trial" in said
    assert "before all players get it" in said


def test_a_trial_is_started_with_what_the_form_says(
    signed_in: TestClient, post: Post, published: Any
) -> None:
    assert "Try it on players" in text_of(signed_in.get("/versions/v1.0.1").text)
    said = text_of(post("/versions/v1.0.1/trial", kind="canary", percent=20, days=3).text)
    assert "v1.0.1 is on trial with 20% of the players." in said
    assert "no run has looked yet" in said
    offer = published.models.release().trial
    assert (offer.version, offer.kind, offer.share) == ("v1.0.1", "canary", 0.2)
    assert "on trial" in text_of(signed_in.get("/versions").text)
    page = signed_in.get("/versions/v1.0.1").text
    assert "Try it on players" not in text_of(page)
    assert "/withdraw" not in page  # it would be refused
    assert post("/versions/v1.0.1/withdraw").status_code == 409


def test_a_canary_with_all_players_is_refused(post: Post, published: Any) -> None:
    answer = post("/versions/v1.0.1/trial", kind="canary", percent=100)
    assert answer.status_code == 422
    assert published.models.release().trial is None


def test_a_trial_is_stopped(signed_in: TestClient, post: Post, published: Any) -> None:
    post("/versions/v1.0.1/trial")
    assert 'action="/trial/stop"' in signed_in.get("/trial").text
    said = text_of(post("/trial/stop", version="v1.0.1").text)
    assert "The trial of v1.0.1 is over. v1.0.0 stays released." in said
    assert "The trial of v1.0.1 was stopped" in said
    assert published.models.release().trial is None


def test_a_version_on_trial_is_released_from_its_page(post: Post, published: Any) -> None:
    page = post("/versions/v1.0.1/trial").text
    assert 'action="/versions/v1.0.1/release"' in page
    post("/versions/v1.0.1/release", replacing=published.models.release().fence)
    assert published.models.release().version == "v1.0.1"


@pytest.mark.parametrize(
    ("looks", "finding"),
    [
        (1, "It is open whether v1.0.1 is better than v1.0.0"),
        (3, "v1.0.1 is better than v1.0.0"),
    ],
)
def test_the_evidence_is_a_picture_a_table_and_a_sentence(
    looks: int, finding: str, signed_in: TestClient, published: Any
) -> None:
    add_trial(published, looks)
    page = signed_in.get("/trial").text
    assert finding in text_of(page)
    assert page.count('class="interval') == looks
    assert page.count("<circle") == looks
    assert LOOKS[looks - 1]["sentence"] in text_of(page)


def test_bounds_are_told_where_they_are_known(signed_in: TestClient, published: Any) -> None:
    add_trial(published, 2)
    said = text_of(signed_in.get("/trial").text)
    assert "+2 points 30" not in said
    assert "+3 points (-1 to 7)" in said


def test_a_watch_asks_about_the_release(signed_in: TestClient, published: Any) -> None:
    published.models.promote("v1.0.1", by="owner", why="it is better")
    add_trial(published, 3, kind="watch", version="v1.0.0", against="v1.0.1")
    page = signed_in.get("/trial").text
    assert "v1.0.1 is better than v1.0.0" in text_of(page)
    assert "Stop the watch" in page
    assert "/release" not in page.replace('href="/releases"', "")


@pytest.mark.parametrize("state", [state for state in TrialState if state is not TrialState.OPEN])
def test_a_trial_that_is_over_offers_nothing(
    state: TrialState, signed_in: TestClient, published: Any
) -> None:
    add_trial(published, 1, state=state, endedAt=NOW, reason="because")
    page = signed_in.get("/trial").text
    assert 'action="/trial/stop"' not in page
    assert "because" in text_of(page)


def test_a_trial_that_cannot_be_read_is_named(signed_in: TestClient, published: Any) -> None:
    published.models.trials["v1.0.1-9"] = {"version": 3}
    assert "trials/v1.0.1-9" in text_of(signed_in.get("/trial").text)
