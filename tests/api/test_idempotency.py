"""The header Idempotency-Key on writes other than requests for runs."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fakeredis import FakeRedis
from fastapi.testclient import TestClient
from redis import RedisError

from pipeline.records.versions import Release
from pipeline.settings import Settings
from service.app import create_app
from service.contract import kept_answers

KEY = {"Idempotency-Key": "one"}
PROMOTE = "/v1/models/v1.0.0/promote"
WITHDRAW = "/v1/models/v1.0.1/withdraw"


class Redis:
    """A Redis that a test can switch off, before or after a number of commands."""

    def __init__(self) -> None:
        self.store = FakeRedis()
        self.commands = 0
        self.dies_after: int | None = None

    def __getattr__(self, name: str) -> Any:
        command = getattr(self.store, name)

        def call(*args: Any, **options: Any) -> Any:
            if self.dies_after is not None and self.commands >= self.dies_after:
                raise RedisError("connection to secret-host refused")
            self.commands += 1
            return command(*args, **options)

        return call


@pytest.fixture
def redis() -> Redis:
    return Redis()


@pytest.fixture
def client(
    connect: Callable[..., TestClient], redis: Redis, version: Callable[..., str]
) -> TestClient:
    """Of the service with its Redis; v1.0.0 is released and v1.0.1 is ready."""
    version(released=True)
    version()
    return connect({"X-API-Key": "an-api-key-for-tests"}, redis=redis)


def test_a_repetition_gets_the_same_answer_and_does_nothing(
    client: TestClient, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.post(WITHDRAW, headers=KEY, json={"why": "it is odd"})
    assert (first.status_code, first.headers.get("idempotency-replayed")) == (200, None)
    monkeypatch.setattr(ports.models, "withdraw", lambda *_, **__: 1 / 0)
    again = client.post(WITHDRAW, headers=KEY, json={"why": "it is odd"})
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]


def test_a_rollback_that_is_sent_twice_goes_back_once(
    client: TestClient, version: Callable[..., str], ports: Any
) -> None:
    for name in ("v1.0.1", version()):
        ports.models.promote(name, by="owner", why="it is better")
    for _ in range(2):
        release = client.post("/v1/releases/rollback", headers=KEY).json()
        assert release["version"] == "v1.0.1"
    assert ports.models.release().version == "v1.0.1"


def test_the_headers_of_the_answer_are_given_again(client: TestClient, queue: Any) -> None:
    first, again = (client.delete("/v1/players/ann", headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["location"] == first.headers["location"]
    assert queue.run_ids == [first.json()["id"]]


@pytest.mark.parametrize("body", [{"why": "other"}, {}, None])
def test_the_same_key_with_another_request_is_refused(
    client: TestClient, is_problem: Callable[..., Any], body: Any
) -> None:
    client.post(WITHDRAW, headers=KEY, json={"why": "it is odd"})
    answer = client.post(WITHDRAW, headers=KEY, json=body)
    is_problem(answer, 422, "idempotency-mismatch")


def test_keys_of_other_paths_and_callers_are_other_keys(
    client: TestClient, stranger: TestClient, connect: Callable[..., TestClient], redis: Redis
) -> None:
    ada = connect({"Authorization": "Bearer admin-token"}, redis=redis)
    assert client.post(PROMOTE, headers=KEY, json={"why": "mine"}).status_code == 200
    assert client.post(WITHDRAW, headers=KEY).status_code == 200
    hers = ada.post(PROMOTE, headers=KEY, json={"why": "hers"})
    assert (hers.status_code, hers.headers.get("idempotency-replayed")) == (200, None)


def test_who_is_no_owner_any_more_gets_no_kept_answer(
    connect: Callable[..., TestClient],
    redis: Redis,
    version: Callable[..., str],
    is_problem: Callable[..., Any],
) -> None:
    version(released=True)
    claims = {"uid": "ada", "admin": True}
    caller = connect(
        {"Authorization": "Bearer t"}, redis=redis, verify_token=lambda _: dict(claims)
    )
    assert caller.post(PROMOTE, headers=KEY).status_code == 200
    claims["admin"] = False
    is_problem(caller.post(PROMOTE, headers=KEY), 403, "not-owner")


def test_what_was_not_done_can_be_sent_again_with_the_same_key(
    client: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    path = "/v1/models/v1.0.2/promote"
    is_problem(client.post(path, headers=KEY), 404, "not-found")
    is_problem(client.post(path, headers=KEY, json={"why": 7}), 422, "invalid-request")
    version()
    answer = client.post(path, headers=KEY)
    assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (200, None)


def test_a_defect_frees_the_key(
    client: TestClient, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ports.models, "get", lambda _: 1 / 0)
        assert client.post(PROMOTE, headers=KEY).status_code == 500
    assert client.post(PROMOTE, headers=KEY).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_is_none_is_refused(
    client: TestClient, is_problem: Callable[..., Any], key: str
) -> None:
    problem = is_problem(
        client.post(PROMOTE, headers={"Idempotency-Key": key}), 422, "invalid-request"
    )
    assert problem["errors"][0]["where"] == "header.Idempotency-Key"


def test_of_many_at_the_same_time_one_is_executed_and_the_others_are_told_to_wait(
    client: TestClient, ports: Any, monkeypatch: pytest.MonkeyPatch, is_problem: Callable[..., Any]
) -> None:
    begun, go_on, promote, calls = threading.Event(), threading.Event(), ports.models.promote, []

    def promote_slowly(*args: Any, **options: Any) -> Release:
        calls.append(args)
        begun.set()
        assert go_on.wait(60)
        release: Release = promote(*args, **options)
        return release

    monkeypatch.setattr(ports.models, "promote", promote_slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, PROMOTE, headers=KEY)
        assert begun.wait(60)
        try:
            for _ in range(3):
                answer = client.post(PROMOTE, headers=KEY)
                is_problem(answer, 409, "idempotency-conflict")
                assert int(answer.headers["retry-after"]) > 0
        finally:
            go_on.set()
        assert first.result().status_code == 200
    again = client.post(PROMOTE, headers=KEY)
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", first.result().json())
    assert len(calls) == 1


def test_without_redis_a_request_with_a_key_is_not_executed_and_one_without_is(
    client: TestClient, redis: Redis, ports: Any, is_problem: Callable[..., Any]
) -> None:
    redis.dies_after = 0
    answer = client.post(WITHDRAW, headers=KEY)
    problem = is_problem(answer, 503, "unavailable")
    assert "leave the header Idempotency-Key away" in problem["detail"]
    assert "secret-host" not in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert ports.models.get("v1.0.1").status == "ready"
    assert client.post(WITHDRAW).status_code == 200


def test_when_redis_dies_after_the_mark_the_answer_is_sent_and_the_mark_expires(
    client: TestClient, redis: Redis, is_problem: Callable[..., Any]
) -> None:
    redis.dies_after = 2  # the mark is put there, and confirmed
    assert client.post(WITHDRAW, headers=KEY).status_code == 200
    redis.dies_after = None
    is_problem(client.post(WITHDRAW, headers=KEY), 409, "idempotency-conflict")
    [name] = redis.store.keys()
    assert 0 < redis.store.ttl(name) <= kept_answers.WORKING_SECONDS
    redis.store.delete(name)  # as it does when the time is over
    assert client.post(WITHDRAW, headers=KEY).status_code == 200


def test_an_answer_that_is_too_large_to_keep_is_not_made_twice(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, is_problem: Callable[..., Any]
) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 10)
    assert client.post(WITHDRAW, headers=KEY).status_code == 200
    problem = is_problem(client.post(WITHDRAW, headers=KEY), 409, "idempotency-conflict")
    assert "too large" in problem["detail"]


def test_redis_learns_neither_the_path_nor_the_key(client: TestClient, redis: Redis) -> None:
    client.delete("/v1/players/ann-who-is-gone", headers={"Idempotency-Key": "my-own-key"})
    [name] = redis.store.keys()
    for secret in (b"ann-who-is-gone", b"my-own-key", b"an-api-key-for-tests"):
        assert secret not in name + redis.store.get(name)
    assert 0 < redis.store.ttl(name) <= kept_answers.KEPT_SECONDS


def test_every_write_takes_a_key_and_says_what_it_can_cause(stranger: TestClient) -> None:
    for path, methods in stranger.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            is_write = method in {"post", "put", "patch", "delete"} and path != "/v1/predict"
            assert ("Idempotency-Key" in names) == is_write, (method, path)
            if is_write:
                kinds = operation["responses"]["422"]["content"]["application/problem+json"]
                assert "idempotency-mismatch" in kinds["examples"], (method, path)
                done = [answer for status, answer in operation["responses"].items() if status < "3"]
                headers = {name for answer in done for name in answer.get("headers", {})}
                assert "Idempotency-Replayed" in headers, (method, path)


def test_a_redis_that_answers_when_the_request_has_given_up_leaves_the_key_free(
    ports: Any, settings: Settings, version: Callable[..., str], redis: Redis
) -> None:
    version(released=True)
    version()
    hangs, marked = threading.Event(), threading.Event()

    class Late(Redis):
        def __getattr__(self, name: str) -> Any:
            command = getattr(redis.store, name)

            def call(*args: Any, **options: Any) -> Any:
                if not hangs.is_set():
                    hangs.wait(60)
                result = command(*args, **options)
                if name == "eval":
                    marked.set()
                return result

            return call

    app = create_app(settings, ports, print, answer_seconds=0.05, redis=Late())
    client = TestClient(app, headers={"X-API-Key": "an-api-key-for-tests"})
    assert client.post(WITHDRAW, headers=KEY).status_code == 503
    hangs.set()
    assert marked.wait(60)
    for _ in range(3000):
        if not redis.store.keys():
            break
        time.sleep(0.01)
    assert client.post(WITHDRAW, headers=KEY).status_code == 200
