"""The list of players: worst standing first, by hash, never read by a page where it is large."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import InvalidSettings, Unavailable
from service.dashboard.frame import reading_all
from tests.api.pages.conftest import Post
from tests.api.pages.players.conftest import Send

PAGE = "/players"
Hashed = Callable[[str], str]


def listed(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/players/([0-9a-f]{64})"', text)


def test_without_players_the_page_says_so(signed_in: TestClient) -> None:
    assert "No player has sent anything yet" in signed_in.get(PAGE).text


def test_the_worst_standing_comes_first_and_no_id_is_shown(
    signed_in: TestClient, send: Send, hashed: Hashed
) -> None:
    send("good@example.org", "merged", "merged", 3)
    send("bad@example.org", "quarantined", "contradicted_label", 9)
    send("watched@example.org", "merged", "merged", 4)
    send("watched@example.org", "quarantined", "contradicted_label", 4)
    text = signed_in.get(PAGE).text
    order = [hashed(f"{name}@example.org") for name in ("bad", "watched", "good")]
    assert listed(text) == order
    assert "1 of 3 players is not trusted" in text
    assert "example" not in text
    assert listed(signed_in.get(f"{PAGE}?standing=watched").text) == order[1:2]


def test_page_after_page_lists_each_player_once(
    signed_in: TestClient, send: Send, hashed: Hashed
) -> None:
    users = [f"player-{number}" for number in range(120)]
    for user in users:
        send(user, "pending")
    seen = [
        name for page in (1, 2, 3) for name in listed(signed_in.get(f"{PAGE}?page={page}").text)
    ]
    assert sorted(seen) == sorted(map(hashed, users))
    assert "no further ones" in signed_in.get(f"{PAGE}?page=9").text


def test_of_many_corrections_a_page_reads_none_before_the_owner_says_so(
    signed_in: TestClient,
    send: Send,
    post: Post,
    ports: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_all, "MOST_BY_ITSELF", 2)
    send("ada", "merged", "merged", 3)
    fates, read = ports.corrections.fates, []
    ports.corrections.fates = lambda: read.append(1) or fates()
    text = signed_in.get(PAGE).text
    assert "have not been counted" in text
    assert "3 corrections, less than 1 cent" in text
    assert not read
    post(f"{PAGE}/count")
    signed_in.app.state.wiring.players.start().result()  # type: ignore[attr-defined] # has ended
    assert read
    assert len(listed(signed_in.get(PAGE).text)) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unavailable("secret-host:443 refused"), "a service did not answer"),
        (InvalidSettings("another key"), "another key"),
    ],
)
def test_a_count_that_failed_says_why_and_can_be_tried_again(
    signed_in: TestClient,
    ports: Any,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
    *,
    error: Exception,
    words: str,
) -> None:
    monkeypatch.setattr(reading_all, "MOST_BY_ITSELF", 0)
    send("ada", "pending")

    def fail() -> None:
        raise error

    ports.corrections.fates = fail
    with pytest.raises(type(error)):
        signed_in.app.state.wiring.players.start().result()  # type: ignore[attr-defined]
    text = signed_in.get(PAGE).text
    assert words in text
    assert "secret-host" not in text
    assert "Count the players" in text


@pytest.mark.parametrize("query", ["standing=x", "page=0", "page=x"])
def test_a_question_that_makes_no_sense_is_refused(signed_in: TestClient, query: str) -> None:
    assert signed_in.get(f"{PAGE}?{query}").status_code == 422


def test_while_firestore_is_down_the_page_stays_up_and_says_so(
    signed_in: TestClient, ports: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host:443 refused")

    ports.corrections.count = fail
    answer = signed_in.get(PAGE)
    assert answer.status_code == 200
    assert "Firestore does not answer" in answer.text
