"""Firestore, Storage, Redis or Google's accounts are down, hang, are slow, flap or cut answers off.

Every route of the application is asked meanwhile, over real sockets and through Google's clients.
"""

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from pipeline.settings import Settings
from service.app import create_app
from service.cli.drill.proxy import Fault
from tests.api._faulty import (
    BACKENDS,
    FAULTS,
    PATIENCE_SECONDS,
    Answer,
    Credentials,
    Project,
    ask,
    ask_all,
    connect_through,
    credentials,
    running_project,
)
from tests.api._routes import Example, list_examples
from tests.api._server import serving
from workers.app import make_app
from workers.dispatch import dispatch_retrain

SOON = 0.3
"""How long a request may wait in these tests; benchmarks/faults.py measures the real time."""
IN_DEFAULT_SUITE = {("firestore", Fault.HANG)}
CASES = [
    pytest.param(
        backend,
        fault,
        id=f"{backend} {fault}",
        marks=[] if (backend, fault) in IN_DEFAULT_SUITE else pytest.mark.slow,
    )
    for backend in BACKENDS
    for fault in FAULTS
]


@pytest.fixture(scope="module")
def servers() -> Iterator[Project]:
    settings = Settings(
        _env_file=None,
        environment="development",
        api_key="an-api-key-for-tests",
        release_cache_seconds=0.01,
        predict={"processes": 0},
        limit={"requests": 0},
    )
    with running_project(settings) as project:
        yield project


@pytest.fixture
def project(servers: Project) -> Iterator[Project]:
    yield servers
    servers.set(Fault.NONE, *BACKENDS)
    servers.reset()


@pytest.fixture
def app(project: Project, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    name = "FIREBASE_AUTH_EMULATOR_HOST"
    monkeypatch.setenv(name, project.environment[name])
    monkeypatch.setattr("service.routes.health.ANSWER_SECONDS", SOON)
    return create_app(
        project.settings,
        connect_through(project, SOON),
        partial(dispatch_retrain, make_app(project.settings, SOON)),
        answer_seconds=SOON,
    )


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with (
        serving(app) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
    ):
        yield client


@pytest.fixture
def examples(app: FastAPI, project: Project) -> list[Example]:
    return list_examples(app, project.settings)


def find_fault(example: Example, answer: Answer, document: Any) -> str | None:
    """Return what is wrong with an answer that a route gave while a backend failed, or None."""
    operation = document["paths"].get(example.template, {}).get(example.method.lower())
    if operation is not None and str(answer.status) not in operation["responses"]:
        return f"{answer.status} is not described"
    if answer.status < 500 and answer.status:
        return None
    if answer.status != 503:
        return f"{answer.status}: {answer.body[:200]!r}"
    problem = json.loads(answer.body)
    says_what_to_do = answer.headers.get("Retry-After") and len(problem["detail"]) > 20
    return None if says_what_to_do else f"503 without advice: {problem}"


def wait_until_all_answer(client: httpx.Client, examples: list[Example], sent: Credentials) -> None:
    """Return when no reading route answers 503 any more; fail if one still does after a minute."""
    reading = [each for each in examples if each.method == "GET" or each.path == "/v1/predict"]
    for _ in range(int(PATIENCE_SECONDS / SOON)):
        answers = ask_all(client, reading, sent)
        if not (failing := [e.name for e, answer in answers if answer.status in {0, 500, 503}]):
            return
    raise AssertionError(f"the fault is over, and these still fail: {failing}")


@pytest.mark.parametrize(("backend", "fault"), CASES)
def test_every_route_answers_soon_and_all_is_well_afterwards(  # noqa: PLR0917 - fixtures
    project: Project,
    app: FastAPI,
    client: httpx.Client,
    examples: list[Example],
    backend: str,
    fault: Fault,
) -> None:
    sent = credentials(project, with_tokens=backend == "google")
    served = [each for each in examples if each.path in {"/v1/release", "/v1/predict"}]
    wait_until_all_answer(client, served, sent)
    project.set(fault, backend)
    document = app.openapi()
    answers = ask_all(client, examples, sent)
    assert [
        (example.name, why)
        for example, answer in answers
        if (why := find_fault(example, answer, document))
    ] == []
    if fault in {Fault.HANG, Fault.DOWN}:
        assert any(answer.status == 503 for _, answer in answers)
    assert client.get("/healthz").status_code == 200
    assert [answer.status for _, answer in ask_all(client, served, sent)] == [200, 200]
    project.set(Fault.NONE, backend)
    wait_until_all_answer(client, examples, sent)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "fault"),
    [
        ("firestore", Fault.HANG),
        ("firestore", Fault.FLAP),
        ("firestore", Fault.RESET),
        ("storage", Fault.RESET),
        ("redis", Fault.HANG),
        ("redis", Fault.FLAP),
        ("redis", Fault.RESET),
    ],
    ids=str,
)
def test_what_is_repeated_after_a_fault_is_written_once(
    project: Project, client: httpx.Client, examples: list[Example], backend: str, fault: Fault
) -> None:
    sent, wrong = credentials(project), []
    for number, example in enumerate(examples):
        if example.method == "GET":
            continue
        key = f"{number} {backend} {fault}"
        status, stored = repeat(client, example, sent, key), project.snapshot()
        project.reset()
        project.set(fault, backend)
        during = ask(client, example, sent, **{"Idempotency-Key": f"{key} again"}).status
        project.set(Fault.NONE, backend)
        repeated = repeat(client, example, sent, f"{key} again") if during in {0, 503} else during
        found = project.snapshot()
        # 409: the run that was recorded during the fault is under way.
        if found != stored or repeated not in {status, 409}:
            wrong.append((example.name, during, repeated, status, found, stored))
        project.reset()
    assert wrong == []


def repeat(client: httpx.Client, example: Example, sent: Credentials, key: str) -> int:
    """Send a request until the answer is neither "later" nor "in progress"; return its status."""
    for _ in range(int(PATIENCE_SECONDS / SOON)):
        answer = ask(client, example, sent, **{"Idempotency-Key": key})
        if answer.status != 503 and b"idempotency-conflict" not in answer.body:
            return answer.status
        time.sleep(SOON)
    raise AssertionError(f"{example.name} is never answered")
