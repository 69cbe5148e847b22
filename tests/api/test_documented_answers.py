"""Whatever is sent to a route, its answer is one that /openapi.json describes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.errors import AccessDenied, Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from tests.api._answers import STROKES, an_answer
from tests.api._corrections import CANVAS, PATH, Put

PLAYER = {"Authorization": "Bearer player-token"}
KEY = {"X-API-Key": "an-api-key-for-tests"}
JSON = {"Content-Type": "application/json"}
EXAMPLES = {
    "{run_id}": "run-1",
    "{version}": "v1.0.0",
    "{correction_id}": "c1",
    "{name}": "manifest.json",
    "{player_id}": "ann",
    "{notification_id}": "msg_0567b70eec74447d5559dab4c5f76669",
}
CALLERS: list[dict[str, str]] = [
    KEY,
    {},
    {"X-API-Key": "wrong"},
    {"Authorization": "Bearer player-token"},
    {"Authorization": "Bearer google-is-down"},
]
BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"{",
    b"\xff\xfe",
    b"[" * 6_000,
    b"1" * 5_000,
    b'{"replacing": ' + b"9" * 5_000 + b"}",
    b'{"replacing": NaN}',
    b'{"replacing": true}',
    b'{"reason": 7}',
    b'{"action": "accept"}',
    b'{"action": "relabel"}',
    b" " * 20_000,
]
BODIES_OF: dict[str, Any] = {
    "decision": {"action": "accept"},
    "reopen": {"reason": "blank"},
    "predict": {"strokes": STROKES},
    "corrections": an_answer(),
}
QUERIES = ["", "?limit=0", "?limit=x", "?limit=1e9", "?state=none", "?reason=" + "x" * 99]
IDS = ["x" * 101, "..%2f..", "%00", "v1.0", "v9.9.9", "none", "c1"]


@pytest.fixture
def document(stranger: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = stranger.get("/openapi.json").json()
    return answer


Operation = tuple[str, str, dict[str, Any]]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation["responses"]


def fill(path: str) -> str:
    for name, value in EXAMPLES.items():
        path = path.replace(name, value)
    return path


def check(document: dict[str, Any], method: str, template: str, answer: Any) -> int:
    """Fail unless the document describes the status and the type of `answer`; return the status."""
    responses = document["paths"][template][method]["responses"]
    status: int = answer.status_code
    assert str(status) in responses, (method, template, status, answer.text[:200])
    if answer.content:
        kind = answer.headers["content-type"]
        assert kind in responses[str(status)]["content"], (method, template, status, kind)
    return status


@pytest.fixture
def full(ports: Any, put: Put, version: Callable[..., str], owner: TestClient) -> None:
    """Something is behind each example path."""
    put("c1")
    ports.artefacts.objects[PATH] = CANVAS
    version(released=True)


@pytest.mark.slow  # every route, many times
def test_whoever_asks_and_whatever_is_sent(
    full: None, document: dict[str, Any], stranger: TestClient
) -> None:
    seen = set()
    for method, template, _ in operations(document):
        for caller in CALLERS:
            answer = stranger.request(method, fill(template), headers=caller)
            seen.add(check(document, method, template, answer))
        for body in BODIES if method == "post" else ():
            caller = PLAYER if (method, template) == ("post", "/v1/corrections") else KEY
            answer = stranger.post(fill(template), content=body, headers=caller | JSON)
            seen.add(check(document, method, template, answer))
        for query in QUERIES if method == "get" else ():
            answer = stranger.get(fill(template) + query, headers=KEY)
            seen.add(check(document, method, template, answer))
    assert {200, 202, 400, 401, 403, 409, 413, 422, 503} <= seen


def test_whatever_the_id_is(full: None, document: dict[str, Any], owner: TestClient) -> None:
    for method, template, _ in operations(document):
        for name in IDS if "{" in template else ():
            path = re.sub(r"\{.*?\}", name, template)
            answer = owner.request(method, path, json={"action": "accept"})
            # "../.." is no path of this route, nor of any other.
            if answer.status_code == 404 and "/openapi.json describes" in answer.text:
                continue
            check(document, method, template, answer)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unavailable("gone"), 503),
        pytest.param(AccessDenied("no"), 503, marks=pytest.mark.slow),
        pytest.param(KeyError("a defect"), 500, marks=pytest.mark.slow),
    ],
)
def test_whatever_fails_behind_it(
    connect: Callable[..., TestClient],
    ports: Ports,
    document: dict[str, Any],
    settings: Settings,
    *,
    error: Exception,
    expected: int,
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Callable[..., None]:
            def fail(*_: Any, **__: Any) -> None:
                raise error

            return fail

    broken = Broken()
    behind = ("models", "runs", "corrections", "trials", "artefacts", "notifications")
    told = settings.with_changes(webhook={"url": SecretStr("http://127.0.0.1:1/")})
    client = connect(settings=told, ports=replace(ports, **dict.fromkeys(behind, broken)))
    for method, template, _ in operations(document):
        body = BODIES_OF.get(template.rpartition("/")[2]) if method == "post" else None
        headers = PLAYER if (method, template) == ("post", "/v1/corrections") else KEY
        answer = client.request(method, fill(template), json=body, headers=headers)
        status = check(document, method, template, answer)
        # The first two ask nothing behind the service; the third leaves out what it cannot read.
        alone = template in {"/healthz", "/v1/keys", "/metrics"}
        assert status in {200 if alone else expected, 503}, (method, template)


def test_every_route_says_that_it_may_be_asked_too_slowly_or_by_too_many(
    document: dict[str, Any],
) -> None:
    for method, template, responses in operations(document):
        assert {"400", "405", "408", "500", "503"} <= set(responses), (method, template)


@pytest.mark.parametrize("value", [True, "3", 3.5, [3], -1, 1e300, 2**53])
def test_a_fence_that_is_no_number_is_refused(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any], value: Any
) -> None:
    version(released=True)
    answer = owner.post("/v1/models/v1.0.0/promote", json={"replacing": value})
    assert is_problem(answer, 422, "invalid-request")["errors"][0]["where"] == "body.replacing"
