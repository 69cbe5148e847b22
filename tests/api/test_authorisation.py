"""Every route with every caller: who is let in follows from the rule that the route names.

The routes are those of the application, so a new one is tested as soon as it is there.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from fakeredis import FakeRedis
from fastapi.testclient import TestClient
from google.oauth2.credentials import Credentials

from pipeline.records.runs import Run
from pipeline.settings import Settings
from service.access.rules import Rule
from service.callers.tokens import FirebaseTokens
from tests.api._corrections import CANVAS, NOW, PATH, Put
from tests.api._google import Google
from tests.api._routes import Example, list_examples
from tests.api.conftest import API_KEY, Queue

KEY = {"X-API-Key": API_KEY}
REPEATED = {"Idempotency-Key": "the same for all"}
PIA, OTO, NOBODY, THE_KEY, ADA, INVALID = "pia", "oto", "nobody", "the key", "ada", "invalid"


class Asker(NamedTuple):
    """A caller: who it is, and what it sends."""

    name: str
    who: str
    headers: dict[str, str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def tamper(token: str) -> str:
    """Return the token of a player with the claim of an owner, and the old signature."""
    header, claims, signature = token.split(".")
    changed = json.loads(base64.urlsafe_b64decode(f"{claims}==")) | {"admin": True}
    body = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    return f"{header}.{body}.{signature}"


@pytest.fixture
def askers(google: Google, sign: Callable[..., str]) -> list[Asker]:
    google.users |= {
        "rex": {"localId": "rex", "validSince": "4000000000"},
        "dis": {"localId": "dis", "disabled": True},
        "del": None,
    }
    player = sign(sub=PIA, admin=None)
    elsewhere = {"aud": "other", "iss": "https://securetoken.google.com/other"}
    return [
        Asker("nobody", NOBODY, {}),
        Asker("with another scheme", NOBODY, {"Authorization": "Basic YWRtaW46YWRtaW4="}),
        Asker("the player", PIA, bearer(player)),
        Asker("another player", OTO, bearer(sign(sub=OTO, admin=None))),
        Asker("the claim as a text", OTO, bearer(sign(sub=OTO, admin="true"))),
        Asker("the claim as a number", OTO, bearer(sign(sub=OTO, admin=1))),
        Asker("the key", THE_KEY, KEY),
        Asker("an owner's token", ADA, bearer(sign())),
        Asker("an expired token", INVALID, bearer(sign(iat=1_000_000_000, exp=1_000_003_600))),
        Asker("a tampered token", INVALID, bearer(tamper(player))),
        Asker("a token of another project", INVALID, bearer(sign(**elsewhere))),
        Asker("an unsigned token", INVALID, bearer(sign(signed_with="", algorithm="none"))),
        Asker("a revoked token", INVALID, bearer(sign(sub="rex"))),
        Asker("a disabled account", INVALID, bearer(sign(sub="dis"))),
        Asker("a deleted account", INVALID, bearer(sign(sub="del"))),
        Asker("the key as a token", INVALID, bearer(API_KEY)),
        Asker("a token as the key", INVALID, {"X-API-Key": sign()}),
        Asker("a wrong key", INVALID, {"X-API-Key": f"{API_KEY}x"}),
        Asker("an empty key", NOBODY, {"X-API-Key": ""}),
        Asker("a wrong key and an owner's token", INVALID, {"X-API-Key": "x"} | bearer(sign())),
        Asker("the key and a wrong token", INVALID, KEY | bearer("x.y.z")),
        Asker("the key and a player's token", INVALID, KEY | bearer(player)),
    ]


def expect(rule: Rule, who: str) -> str | None:
    """Return the kind of problem that a caller gets by the rule alone; None: it is let in."""
    if rule is Rule.PUBLIC:
        return None
    if who == INVALID:
        return "unauthenticated"
    if rule is Rule.VISITOR:
        return None
    if who == NOBODY:
        return "unauthenticated"
    if rule is Rule.PLAYER:
        return "not-player" if who == THE_KEY else None
    is_allowed = who in {THE_KEY, ADA} or (rule is Rule.OWNER_OR_SELF and who == PIA)
    return None if is_allowed else "not-owner"


@pytest.fixture
def world(
    ports: Any,
    put: Put,
    version: Callable[..., str],
    finish: Callable[[str], Run],
) -> Callable[[], str]:
    """Puts something behind each example of a path; returns a text that changes with the state."""
    put()
    ports.artefacts.objects[PATH] = CANVAS
    version(released=True)
    version()
    ports.runs.request(Run(id="run-1", requested_at=NOW))
    finish("run-1")
    return lambda: repr([vars(port) for port in vars(ports).values() if hasattr(port, "__dict__")])


@pytest.fixture
def other_rules() -> dict[str, Any]:
    """Changes of the settings; a test may have others."""
    return {}


@pytest.fixture
def settings(settings: Settings, other_rules: dict[str, Any]) -> Settings:
    # Each asker is many callers here.
    return settings.with_changes(
        limit={"requests": 0, "wrong_keys": 0}, predict={"processes": 0}
    ).with_changes(**other_rules)


@pytest.fixture
def client(connect: Callable[..., TestClient], settings: Settings, google: Google) -> TestClient:
    return connect(verify_token=FirebaseTokens(settings, Credentials("access")), redis=FakeRedis())


@pytest.fixture
def examples(client: Any, settings: Settings) -> list[Example]:
    return list_examples(client.app, settings)


@pytest.fixture
def ask(client: TestClient) -> Callable[..., Any]:
    """Sends the request of an example as an asker, and returns the answer."""

    def send(example: Example, asker: Asker, method: str = "", **more: str) -> Any:
        return client.request(
            method or example.method,
            example.path,
            headers=asker.headers | more,
            json=example.body,
            follow_redirects=False,
        )

    return send


def problem_of(answer: Any) -> str | None:
    """Return the kind of a refusal: 401 or 403; None: the caller was let in."""
    if answer.status_code not in {401, 403}:
        return None
    kind: str = answer.json()["type"].removeprefix("urn:problem-type:redraw:")
    return kind


@pytest.mark.slow  # 22 callers at every route
def test_whom_a_route_lets_in_follows_from_its_rule_and_who_is_refused_changes_nothing(
    world: Callable[[], str],
    ask: Callable[..., Any],
    examples: list[Example],
    askers: list[Asker],
    queue: Queue,
) -> None:
    wrong = []
    for example in examples:
        before = world()
        for asker in askers:
            expected = expect(example.rule, asker.who)
            if expected is None:
                continue
            answer = ask(example, asker)
            if problem_of(answer) != expected:
                wrong.append((example.name, asker.name, expected, answer.status_code))
            elif expected == "unauthenticated":
                assert answer.headers["www-authenticate"].startswith("Bearer ")
        if world() != before or queue.run_ids:
            wrong.append((example.name, "changed something", "", 0))
    assert wrong == []


def test_who_is_allowed_is_let_in(
    world: Callable[[], str],
    ask: Callable[..., Any],
    examples: list[Example],
    askers: list[Asker],
) -> None:
    before = world()
    wrong = []
    for example in examples:
        for asker in askers:
            if expect(example.rule, asker.who) is None:
                answer = ask(example, asker)
                if problem_of(answer) is not None:
                    wrong.append((example.name, asker.name, answer.text))
    assert wrong == []
    assert world() != before  # so the refused calls of the other test would have changed something


@pytest.mark.parametrize(
    "other_rules",
    [
        {
            "forget": {"by_players": True},
            "metrics": {"callers": "anyone"},
            "predict": {"processes": 0, "callers": "players"},
        }
    ],
    ids=["the other way round"],
)
def test_the_rules_that_depend_on_the_settings_hold_the_other_way_round_too(
    world: Callable[[], str], ask: Callable[..., Any], examples: list[Example], askers: list[Asker]
) -> None:
    changed = {
        "DELETE /v1/players/{player_id}": Rule.OWNER_OR_SELF,
        "GET /metrics": Rule.VISITOR,
        "POST /v1/predict": Rule.PLAYER,
    }
    found = [example for example in examples if example.name in changed]
    assert {example.name: example.rule for example in found} == changed
    for example in found:
        for asker in askers:
            expected = expect(example.rule, asker.who)
            assert problem_of(ask(example, asker)) == expected, (example.name, asker.name)


def test_an_answer_that_an_owner_got_is_not_repeated_to_others_for_the_same_idempotency_key(
    world: Callable[[], str], ask: Callable[..., Any], examples: list[Example], askers: list[Asker]
) -> None:
    [key] = (asker for asker in askers if asker.who == THE_KEY)
    wrong = []
    for example in examples:
        if example.method == "GET":
            continue
        ask(example, key, **REPEATED)
        for asker in askers:
            expected = expect(example.rule, asker.who)
            if expected is not None and problem_of(ask(example, asker, **REPEATED)) != expected:
                wrong.append((example.name, asker.name))
    assert wrong == []


def test_head_is_refused_as_get_is_and_options_says_the_methods_alone(
    world: Callable[[], str], ask: Callable[..., Any], examples: list[Example], askers: list[Asker]
) -> None:
    before = world()
    refused = {"nobody": 401, "another player": 403, "an expired token": 401}
    some = [asker for asker in askers if asker.name in refused]
    for example in examples:
        for asker in some:
            if example.method == "GET" and expect(example.rule, asker.who) is not None:
                assert ask(example, asker, "HEAD").status_code == refused[asker.name], example.name
            answer = ask(example, asker, "OPTIONS")
            assert (answer.status_code, answer.content) == (204, b""), example.name
    assert world() == before
