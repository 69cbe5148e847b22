"""The page of one player, and forgetting a player: preview, confirmation, and the run."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.records.runs import RunKind
from service.dashboard.frame import reading_all
from service.dashboard.players import counting
from tests.api.conftest import Queue
from tests.api.pages.conftest import Post
from tests.api.pages.players.conftest import Send

Hashed = Callable[[str], str]


def test_a_player_is_shown_with_counts_standing_and_pictures(
    signed_in: TestClient, send: Send, hashed: Hashed
) -> None:
    send("ada@example.org", "merged", "merged", 2)
    send("ada@example.org", "merged", "confirmation")
    send("ada@example.org", "quarantined", "contradicted_label", 7)
    send("ada@example.org", "refused", "owner")
    send("ada@example.org", "pending")
    send("bob", "merged", "merged")
    text = signed_in.get(f"/players/{hashed('ada@example.org')}").text
    assert "12 corrections from one player" in text
    assert "8 of 10 that are merged or contradicted" in text
    assert "distrusted" in text
    assert len(re.findall("/drawing.png", text)) == 12
    assert "ada" not in text


def test_a_player_is_found_by_a_correction_without_counting_all(
    signed_in: TestClient,
    send: Send,
    hashed: Hashed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_all, "MOST_BY_ITSELF", 0)
    send("ada", "merged", "merged")
    send("bob", "merged", "merged")
    assert signed_in.get(f"/players/{hashed('ada')}?of=c0000").status_code == 200
    for of in ("", "?of=c0001", "?of=gone"):
        answer = signed_in.get(f"/players/{hashed('ada')}{of}")
        assert answer.status_code == 404
        assert "have not been counted yet" in answer.text


def test_of_many_corrections_the_last_count_is_shown_with_its_age(
    signed_in: TestClient,
    send: Send,
    hashed: Hashed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "MOST_ANEW", 2)
    send("ada", "merged", "merged", 3)
    address = f"/players/{hashed('ada')}?of=c0000"
    text = signed_in.get(address).text
    assert "3 corrections from one player" in text
    assert "the players are counted" in text
    signed_in.get("/players")
    text = signed_in.get(address).text
    assert "with all players" in text
    assert "0 of 3 that are merged or contradicted" in text


def test_an_unknown_hash_is_not_found_and_an_id_is_no_hash(
    signed_in: TestClient, hashed: Hashed
) -> None:
    assert signed_in.get(f"/players/{hashed('gone')}").status_code == 404
    assert signed_in.get("/players/ada").status_code == 422


def test_before_forgetting_the_page_says_what_would_be_deleted(
    signed_in: TestClient, send: Send, hashed: Hashed, ports: Any
) -> None:
    send("ada", "merged", "merged", 2)
    text = signed_in.get(f"/players/{hashed('ada')}/forget").text
    assert "2 corrections with their drawings" in text
    assert "What will be deleted" in text
    assert "No version learned from this player" in text
    assert len(ports.corrections.documents) == 2


def test_of_many_corrections_the_preview_waits_for_the_owner(
    signed_in: TestClient,
    send: Send,
    post: Post,
    hashed: Hashed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_all, "MOST_BY_ITSELF", 0)
    send("ada", "merged", "merged", 2)
    address = f"/players/{hashed('ada')}/forget"
    assert "have to be looked at" in signed_in.get(f"{address}?of=c0000").text
    post(f"{address}/preview?of=c0000")
    signed_in.app.state.wiring.previews.find("c0000").start().result()  # type: ignore[attr-defined]
    assert "What will be deleted" in signed_in.get(f"{address}?of=c0000").text


def test_nothing_is_forgotten_before_the_owner_is_sure(
    send: Send, post: Post, hashed: Hashed, queue: Queue
) -> None:
    send("ada", "merged", "merged")
    answer = post(f"/players/{hashed('ada')}/forget")
    assert "Nothing is forgotten" in answer.text
    assert queue.run_ids == []


def test_a_sure_owner_gets_the_run_that_forgets_the_player(
    send: Send, post: Post, hashed: Hashed, queue: Queue, ports: Any
) -> None:
    send("ada", "merged", "merged")
    answer = post(f"/players/{hashed('ada')}/forget", sure="yes")
    [run_id] = queue.run_ids
    assert answer.url.path == f"/runs/{run_id}"
    assert ports.runs.get(run_id).kind is RunKind.FORGET
    assert ports.runs.forget_requests[run_id]["playerId"] == "ada"


def test_while_a_run_is_under_way_the_owner_is_led_to_it(
    send: Send, post: Post, hashed: Hashed, queue: Queue
) -> None:
    send("ada", "merged", "merged")
    post(f"/players/{hashed('ada')}/forget", sure="yes")
    answer = post(f"/players/{hashed('ada')}/forget", sure="yes")
    assert answer.url.path == f"/runs/{queue.run_ids[0]}"
    assert len(queue.run_ids) == 1


def test_while_redis_is_down_the_run_is_shown_that_will_start_by_itself(
    send: Send, post: Post, hashed: Hashed, queue: Queue
) -> None:
    queue.down = True
    send("ada", "merged", "merged")
    answer = post(f"/players/{hashed('ada')}/forget", sure="yes")
    assert answer.url.path.startswith("/runs/run-")
