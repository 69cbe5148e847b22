"""An owner lists players: by their hash, counted in the background, never by name."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.corrections.players import hash_player
from pipeline.errors import Unavailable
from pipeline.settings import Settings

PLAYERS = "/v1/players"


def send(ports: Any, user: str, status: str, reason: str | None = None) -> None:
    name = f"c{len(ports.corrections.documents):04}"
    retraining = {} if reason is None else {"retraining": {"reason": reason, "explanation": "why"}}
    ports.corrections.documents[name] = {"userId": user, "status": status, **retraining}


@pytest.fixture
def hashed(settings: Settings) -> Callable[[str], str]:
    return lambda user: hash_player(user, settings.player_key.get_secret_value().encode())


def test_each_player_is_listed_by_hash_and_no_id_is_anywhere(
    owner: TestClient, ports: Any, hashed: Callable[[str], str]
) -> None:
    for reason in ("merged", "confirmation", "merged"):
        send(ports, "ada@example.org", "merged", reason)
    send(ports, "ada@example.org", "quarantined", "contradicted_label")
    send(ports, "ada@example.org", "pending")
    send(ports, "", "pending")
    answer = owner.get(PLAYERS)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.pop("countedAt")
    assert body == {
        "players": [
            {
                "player": hashed("ada@example.org"),
                "standing": "good",
                "pending": 1,
                "merged": 3,
                "confirmations": 1,
                "quarantined": {"contradicted_label": 1},
                "refused": 0,
                "contradicted": 1,
                "contradictedShare": pytest.approx(1 / 3),
            }
        ],
        "next": None,
        "corrections": 6,
        "complete": True,
        "withoutPlayer": 1,
        "withoutState": 0,
    }
    assert "ada" not in answer.text
    assert "example" not in answer.text


def test_pages_are_in_order_of_hash_and_hold_each_player_once(
    owner: TestClient, ports: Any, hashed: Callable[[str], str]
) -> None:
    users = [f"player-{number}" for number in range(7)]
    for user in users:
        send(ports, user, "pending")
    seen: list[str] = []
    page = owner.get(PLAYERS, params={"limit": 3}).json()
    seen += [each["player"] for each in page["players"]]
    while page["next"]:
        page = owner.get(PLAYERS, params={"limit": 3, "after": page["next"]}).json()
        assert len(page["players"]) <= 3
        seen += [each["player"] for each in page["players"]]
    assert seen == sorted(map(hashed, users))


def test_they_can_be_chosen_by_standing(
    owner: TestClient, ports: Any, hashed: Callable[[str], str]
) -> None:
    send(ports, "good", "merged", "merged")
    for _ in range(2):
        send(ports, "watched", "quarantined", "contradicted_label")
    for _ in range(6):
        send(ports, "liar", "refused", "owner")
    for standing, user in (("good", "good"), ("watched", "watched"), ("player_record", "liar")):
        body = owner.get(PLAYERS, params={"standing": standing, "limit": 1}).json()
        assert [each["player"] for each in body["players"]] == [hashed(user)]
        assert body["next"] is None


@pytest.mark.parametrize(
    "query", [{"standing": "bad"}, {"after": "ann"}, {"limit": 0}, {"limit": 201}]
)
def test_a_query_that_means_nothing_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], query: dict[str, Any]
) -> None:
    is_problem(owner.get(PLAYERS, params=query), 422, "invalid-request")


def test_it_is_counted_once_for_all_pages_and_again_when_it_is_old(
    connect: Callable[..., TestClient], settings: Settings, ports: Any
) -> None:
    key = {"X-API-Key": "an-api-key-for-tests"}
    owner = connect(key)
    send(ports, "ada", "pending")
    first = owner.get(PLAYERS).json()
    send(ports, "bob", "pending")
    assert owner.get(PLAYERS).json() == first
    always = connect(key, settings=settings.with_changes(answer={"players_minutes": 0}))
    assert [len(always.get(PLAYERS).json()["players"]) for _ in range(2)] == [2, 2]
    send(ports, "cid", "pending")
    assert len(always.get(PLAYERS).json()["players"]) == 3


def test_while_it_takes_long_nobody_waits_for_it(
    connect: Callable[..., TestClient],
    settings: Settings,
    ports: Any,
    is_problem: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(ports, "ada", "pending")
    go_on, fates = threading.Event(), ports.corrections.fates

    def slowly() -> Any:
        go_on.wait(60)
        return fates()

    monkeypatch.setattr(ports.corrections, "fates", slowly)
    owner = connect({"X-API-Key": "an-api-key-for-tests"}, answer_seconds=0.1)
    answer = owner.get(PLAYERS)
    assert "being read" in is_problem(answer, 503, "unavailable")["detail"]
    assert int(answer.headers["retry-after"]) > 0
    go_on.set()
    while (answer := owner.get(PLAYERS)).status_code == 503:
        pass
    assert len(answer.json()["players"]) == 1


def test_when_firestore_is_away_the_last_count_is_given_with_its_time(
    connect: Callable[..., TestClient],
    settings: Settings,
    ports: Any,
    is_problem: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> Any:
        raise Unavailable("Firestore is away")

    never_fresh = settings.with_changes(answer={"players_minutes": 0})
    owner = connect({"X-API-Key": "an-api-key-for-tests"}, settings=never_fresh)
    with monkeypatch.context() as patch:
        patch.setattr(ports.corrections, "fates", away)
        is_problem(owner.get(PLAYERS), 503, "unavailable")
    send(ports, "ada", "pending")
    known = owner.get(PLAYERS).json()
    with monkeypatch.context() as patch:
        patch.setattr(ports.corrections, "fates", away)
        assert owner.get(PLAYERS).json() == known


def test_corrections_are_chosen_by_the_hash_of_their_player_and_by_class(
    owner: TestClient, ports: Any, hashed: Callable[[str], str]
) -> None:
    for user, label in (("ada", "cat"), ("ada", "sun"), ("bob", "cat")):
        send(ports, user, "merged")
        [*ports.corrections.documents.values()][-1]["correctedLabel"] = label
    found = owner.get(
        "/v1/corrections", params={"player": hashed("ada"), "class": "cat", "state": "any"}
    ).json()["corrections"]
    assert [each["id"] for each in found] == ["c0000"]


def test_a_hash_without_a_player_and_a_word_without_a_class_are_refused(
    owner: TestClient, hashed: Callable[[str], str], is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.get(f"/v1/corrections?player={hashed('gone')}"), 404, "not-found")
    is_problem(owner.get("/v1/corrections?player=ada"), 422, "invalid-request")
    is_problem(owner.get("/v1/corrections?class=dragon"), 422, "invalid-request")
