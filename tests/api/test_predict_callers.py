"""Who may send drawings, as which player, and what the log says of them."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.trial.assignment import is_in_trial
from pipeline.trial.starting import start_trial
from tests.api._guessing import BASE64, publish_guesser

URL = "/v1/predict"
PLAYER = {"Authorization": "Bearer player-token"}
KEY = {"X-API-Key": "an-api-key-for-tests"}


@pytest.fixture
def trial(ports: Ports, settings: Settings) -> Callable[..., Any]:
    """Puts v1.0.2 on trial beside the released v1.0.1."""

    def start(kind: str, share: float = 1.0) -> Any:
        publish_guesser(ports, seed=1)
        publish_guesser(ports, seed=2, released=False)
        changed = settings.with_changes(trial={"kind": kind, "share": share})
        return start_trial("v1.0.2", ports, changed, "owner")[1].trial

    return start


def guess(client: TestClient, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    answer = client.post(URL, json={"canvas": BASE64, **fields}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_in_a_shadow_trial_a_disagreement_is_asked_about(
    stranger: TestClient, trial: Callable[..., Any]
) -> None:
    trial("shadow")
    alone, beside = guess(stranger), guess(stranger, player="pia")
    assert (alone["ask"], alone["other"]) == (None, None)
    assert beside["version"] == "v1.0.1"
    assert beside["top"] == alone["top"]
    assert beside["ask"] == {"reason": "disagreement", "chance": 1.0}
    assert beside["other"] not in {None, beside["label"]}


def test_in_a_canary_the_players_in_it_get_the_guess_of_the_other_version(
    stranger: TestClient, trial: Callable[..., Any]
) -> None:
    offer = trial("canary", share=0.5)
    for player in "abcdefgh":
        is_in = is_in_trial(player, offer.salt, offer.share)
        answer = guess(stranger, player=player)
        assert (answer["version"], answer["ask"]) == ("v1.0.2" if is_in else "v1.0.1", None)


def test_the_token_says_who_the_player_is(stranger: TestClient, trial: Callable[..., Any]) -> None:
    offer = trial("canary", share=0.5)
    is_in = is_in_trial("pia", offer.salt, offer.share)
    other = next(name for name in "abcdefgh" if is_in_trial(name, offer.salt, 0.5) != is_in)
    by_token = guess(stranger, PLAYER, player=other)
    assert by_token["version"] == ("v1.0.2" if is_in else "v1.0.1")
    by_key = guess(stranger, KEY, player=other)
    assert by_key["version"] == ("v1.0.1" if is_in else "v1.0.2")


def test_anyone_may_send_drawings_but_not_with_a_false_token(
    stranger: TestClient, ports: Ports, is_problem: Callable[..., Any]
) -> None:
    publish_guesser(ports)
    guess(stranger)
    answer = stranger.post(URL, json={"canvas": BASE64}, headers={"Authorization": "Bearer x"})
    is_problem(answer, 401, "unauthenticated")


def test_the_settings_may_keep_it_for_players(
    connect: Callable[..., TestClient],
    settings: Settings,
    ports: Ports,
    is_problem: Callable[..., Any],
) -> None:
    publish_guesser(ports)
    client = connect(settings=settings.with_changes(predict={"callers": "players"}))
    is_problem(client.post(URL, json={"canvas": BASE64}), 401, "unauthenticated")
    guess(client, PLAYER)


def test_each_drawing_of_a_batch_counts_as_a_request(
    connect: Callable[..., TestClient],
    settings: Settings,
    ports: Ports,
    is_problem: Callable[..., Any],
) -> None:
    publish_guesser(ports)
    client = connect(settings=settings.with_changes(limit={"requests": 20}))
    batch = {"drawings": [{"canvas": BASE64}] * 9}
    for _ in range(2):
        assert client.post(URL, json=batch).status_code == 200
    refused = client.post(URL, json=batch)
    is_problem(refused, 429, "rate-limited")
    assert int(refused.headers["retry-after"]) > 0
    assert client.post(URL, json=batch, headers=KEY).status_code == 200


def test_no_player_is_logged(
    stranger: TestClient, trial: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    trial("shadow")
    with caplog.at_level(logging.DEBUG):
        guess(stranger, PLAYER)
        stranger.post(URL, json={"canvas": "x", "player": "secret-player"})
        stranger.post(URL, json={"canvas": 1, "player": "secret-player"})
    assert "secret-player" not in caplog.text
    assert "pia" not in caplog.text


def test_a_page_of_the_game_may_send_drawings(stranger: TestClient) -> None:
    asked = {
        "Origin": "https://game.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-firebase-appcheck",
    }
    answer = stranger.options(URL, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type", "x-firebase-appcheck"} <= set(allowed.split(", "))


def test_a_page_of_another_origin_may_not_where_the_settings_name_origins(
    connect: Callable[..., TestClient], settings: Settings
) -> None:
    client = connect(settings=settings.with_changes(cors={"origins": "https://game.example"}))
    answer = client.post(URL, headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in answer.headers
