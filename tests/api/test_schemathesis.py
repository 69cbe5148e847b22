"""Schemathesis asks every route, as each kind of caller, with valid and with invalid data.

It reads /openapi.json, so a new route is tested without a word here. What it asks does not change
from one time to the next. The application is the real one, on a socket, with the embedded Firestore
and Storage and a running Redis; only the tokens are known ones.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import schemathesis
from pydantic import SecretStr
from redis import Redis
from schemathesis.checks import CHECKS
from schemathesis.pytest.lazy import get_all_tests

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.service_settings import AnswerSettings, LimitSettings
from pipeline.settings_reading import load_settings
from service.app import create_app
from service.cli.stack import find_free_ports, new_stack, start_redis
from tests._examples import examples
from tests._receiver import receiving
from tests.api._project import Project, project_in
from tests.api._server import serving
from tests.api.conftest import API_KEY, verify_token
from workers.app import make_app
from workers.dispatch import dispatch_retrain

pytestmark = pytest.mark.slow

HEADERS: dict[str, dict[str, str]] = {
    "nobody": {},
    "player": {"Authorization": "Bearer player-token"},
    "owner": {"X-API-Key": API_KEY},
}
UNDER_WAY = {"POST /v1/retrains/{run_id}/cancel"}
"""What needs a run under way: the others need a slot that is free, or a run that has ended."""
PLAYERS_OWN = {"POST /v1/corrections"}
BEYOND_SCHEMAS = (
    b"problem-type:redraw:invalid-drawing",
    b"is not the `next` of a list",
    b"is none of the classes",  # a game may have other words for them
)
"""What may be wrong with data that fit their schema: no schema says what shows a drawing."""
CONFIG: dict[str, Any] = {
    "seed": 1,
    "generation": {
        "deterministic": True,
        "max-examples": examples(30),
        "database": "none",
        "with-security-parameters": False,
    },
    "phases": {"coverage": {"unexpected-methods": ["PUT", "PATCH", "TRACE"]}},
}


class Api(NamedTuple):
    """The running service.

    address: its URL. project, redis: what is behind it.
    """

    address: str
    project: Project
    redis: Redis


@pytest.fixture(scope="module")
def api(first_version_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    addresses = find_free_ports()
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("data"),
        environment="development",
        api_key=API_KEY,
        redis_url=f"redis://127.0.0.1:{addresses.redis}/0",
        release_cache_seconds=0,
        project_id="demo-schemathesis",
        bucket="demo-schemathesis.appspot.com",
        limit=LimitSettings(requests=0, wrong_keys=0),
        answer=AnswerSettings(per_minute=0),
    )
    with (
        receiving() as receiver,
        run_emulators() as emulators,
        pytest.MonkeyPatch.context() as patch,
        new_stack(settings, addresses, {}) as stack,
    ):
        for name, value in emulators.environment().items():
            patch.setenv(name, value)
        start_redis(stack, settings, addresses)
        webhook = {"url": SecretStr(receiver.url), "secret": SecretStr(f"whsec_{'A' * 32}")}
        settings = settings.with_changes(webhook=webhook)
        ports = connect(settings)
        app = create_app(
            settings, ports, partial(dispatch_retrain, make_app(settings)), verify_token
        )
        with project_in(settings, ports, first_version_folder) as project, serving(app) as port:
            yield Api(f"http://127.0.0.1:{port}", project, Redis.from_url(settings.redis_url))


@pytest.mark.parametrize("caller", HEADERS)
def test_every_answer_is_one_that_is_described(
    api: Api, caller: str, subtests: pytest.Subtests
) -> None:
    def ask(case: schemathesis.Case) -> None:
        label = case.operation.label
        if case.method != "GET":
            api.redis.flushdb()  # else a key that was used for another body is refused
        response = case.call(base_url=api.address, headers=HEADERS[caller])
        refused = any(words in response.content for words in BEYOND_SCHEMAS)
        case.validate_response(
            response,
            excluded_checks=[CHECKS.get_one("positive_data_acceptance")] if refused else None,
            headers=HEADERS[caller],
            transport_kwargs={"base_url": api.address, "headers": HEADERS[caller]},
        )
        if response.status_code < 300:
            accepted.add(label)
            if case.method != "GET":
                api.project.restore(under_way=label in UNDER_WAY)

    accepted: set[str] = set()
    config = schemathesis.Config.from_dict(CONFIG)
    schema = schemathesis.openapi.from_url(f"{api.address}/openapi.json", config=config)
    tests = get_all_tests(schema=schema, test_func=ask, settings=None, given_kwargs=None)
    for result in tests:
        operation, test = result.ok()
        with subtests.test(operation.label):
            api.project.restore(under_way=operation.label in UNDER_WAY)
            test()
            if caller == ("player" if operation.label in PLAYERS_OWN else "owner"):
                assert operation.label in accepted, "nothing that was sent is accepted"
