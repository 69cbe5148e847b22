"""Every page with every visitor: who is let in follows from the rule that the route names.

The routes are those of the application, so a new page is tested as soon as it is there.
"""

import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.ports import Ports
from pipeline.records.runs import Run
from pipeline.settings import Settings
from service.access.rules import Rule
from service.callers.owners import AWAY_SECONDS
from service.callers.sessions import Sessions
from service.callers.standing import GONE, Standing
from tests.api._corrections import CANVAS, NOW, PATH, Put
from tests.api.conftest import API_KEY, Queue
from tests.api.pages._page_routes import PageExample, list_page_examples

FindToken = Callable[[str | None], str]
ADA = "ada"
FORBIDDEN = 403
OWN_CODE = re.compile(
    r"<style|<script(?![^>]* src=)|<[a-z][^>]* style=|<[a-z][^>]* on[a-z]+=|[=,]\W?javascript:",
    re.IGNORECASE,
)
REFUSED = {401, FORBIDDEN, 500}
STANDINGS = {
    ADA: Standing(is_owner=True),
    "no claim": Standing(is_owner=False),
    "signed out": Standing(is_owner=True, valid_since=4_000_000_000),
    "gone": GONE,
}


class Visitor(NamedTuple):
    """A browser: what it is, and the text of its cookie."""

    name: str
    cookie: str | None


@pytest.fixture
def browser(connect: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch) -> TestClient:
    # The checks of the system page look for credentials of Google's.
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    return connect(look_up=STANDINGS.__getitem__)


@pytest.fixture
def examples(browser: TestClient, settings: Settings) -> list[PageExample]:
    return list_page_examples(browser.app, settings)  # type: ignore[arg-type] # it is a FastAPI


@pytest.fixture
def sign(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Signs a session that began some seconds ago, with other settings if they are given."""

    def make(owner: str, ago: float = 0, **changes: Any) -> str:
        with monkeypatch.context() as patch:
            began_at = time.time() - ago
            patch.setattr(time, "time", lambda: began_at)
            return Sessions(settings.with_changes(**changes)).sign(owner)

    return make


@pytest.fixture
def find_token(settings: Settings) -> FindToken:
    """Returns the form token of a session, an empty one where there is none."""
    return lambda cookie: getattr(Sessions(settings).read(cookie), "form_token", "")


@pytest.fixture
def strangers(sign: Callable[..., str]) -> list[Visitor]:
    a_while = AWAY_SECONDS + 60
    body, _, rest = sign("api-key").partition(".")
    other = sign(ADA).partition(".")[0]
    assert body != other
    return [
        Visitor("without a cookie", None),
        Visitor("with an empty cookie", ""),
        Visitor("with the API key as the cookie", API_KEY),
        Visitor("with an expired session", sign("api-key", ago=12 * 3600 + 2)),
        Visitor("with the session of another owner's signature", f"{other}.{rest}"),
        Visitor("with a changed signature", sign("api-key")[:-4] + "AAAA"),
        Visitor("of another API key", sign("api-key", api_key=SecretStr("another-key-of-16"))),
        Visitor("of no API key", sign("api-key", api_key=None)),
        Visitor("whose account lost the claim", sign("no claim", ago=a_while)),
        Visitor("whose account was signed out", sign("signed out", ago=a_while)),
        Visitor("whose account is gone", sign("gone", ago=a_while)),
    ]


@pytest.fixture
def world(
    ports: Ports, put: Put, version: Callable[..., str], finish: Callable[[str], Run], queue: Queue
) -> Callable[[], str]:
    """Puts something behind each example of a path; returns a text that changes with the state."""
    put()
    ports.artefacts.objects[PATH] = CANVAS  # type: ignore[attr-defined] # they are in memory
    version(released=True)
    version()
    ports.runs.request(Run(id="run-1", requested_at=NOW))
    finish("run-1")
    return lambda: repr(
        [queue.run_ids, [vars(port) for port in vars(ports).values() if hasattr(port, "__dict__")]]
    )


@pytest.fixture
def visit(browser: TestClient) -> Callable[..., Any]:
    """Sends the request of an example with a cookie, and returns the answer."""

    def send(
        example: PageExample, cookie: str | None, headers: dict[str, str] | None = None, **more: str
    ) -> Any:
        browser.cookies.clear()
        sent = {} if cookie is None else {"Cookie": f"redraw-session={cookie}"}
        form = {"data": example.fields | more} if example.method == "POST" else {}
        return browser.request(
            example.method, example.path, headers=sent | (headers or {}), **form,
            follow_redirects=False,
        )  # fmt: skip

    return send


def leads_to_sign_in(answer: Any) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?")


def test_who_has_no_session_is_led_to_the_sign_in_and_changes_nothing(
    world: Callable[[], str],
    visit: Callable[..., Any],
    examples: list[PageExample],
    strangers: list[Visitor],
    find_token: FindToken,
) -> None:
    wrong = []
    for example in examples:
        before = world()
        for stranger in strangers:
            token = find_token(stranger.cookie)
            answer = visit(example, stranger.cookie, form_token=token)
            if leads_to_sign_in(answer) is not (example.rule is Rule.SIGNED_IN):
                wrong.append((example.name, stranger.name))
        if world() != before:
            wrong.append((example.name, "changed something"))
    assert wrong == []


def test_a_form_that_does_not_belong_to_the_session_changes_nothing(
    world: Callable[[], str],
    visit: Callable[..., Any],
    examples: list[PageExample],
    find_token: FindToken,
    sign: Callable[..., str],
) -> None:
    cookie, others = sign("api-key"), find_token(sign("api-key"))
    token = find_token(cookie)
    forms: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("no token", {}, {}),
        ("an empty token", {"form_token": ""}, {}),
        ("another session's token", {"form_token": others}, {}),
        ("another session's token in the header", {}, {"X-Form-Token": others}),
        ("from another site", {"form_token": token}, {"Sec-Fetch-Site": "cross-site"}),
        ("from a sibling site", {"form_token": token}, {"Sec-Fetch-Site": "same-site"}),
    ]
    changing = [
        example
        for example in examples
        if example.method == "POST" and example.rule is Rule.SIGNED_IN
    ]
    before, wrong = world(), []
    for example in changing:
        for name, fields, headers in forms:
            answer = visit(example, cookie, headers, **fields)
            if answer.status_code != FORBIDDEN or "reload the page" not in answer.text:
                wrong.append((example.name, name, answer.status_code))
        if world() != before:
            wrong.append((example.name, "changed something", 0))
    assert changing
    assert wrong == []


def test_an_owner_is_let_in(
    visit: Callable[..., Any],
    world: Callable[[], str],
    examples: list[PageExample],
    find_token: FindToken,
    sign: Callable[..., str],
) -> None:
    before = world()
    wrong = []
    for cookie in (sign("api-key"), sign(ADA, ago=AWAY_SECONDS + 60)):
        for example in examples:
            answer = visit(example, cookie, form_token=find_token(cookie))
            is_refused = leads_to_sign_in(answer) or answer.status_code in REFUSED
            if is_refused and example.path != "/sign-in":
                wrong.append((example.name, answer.status_code))
    assert wrong == []
    assert world() != before  # so the refused forms of the other tests would have changed something


def test_no_page_holds_a_script_or_a_style_of_its_own(
    visit: Callable[..., Any],
    world: Callable[[], str],
    examples: list[PageExample],
    sign: Callable[..., str],
) -> None:
    world()
    wrong, pages = [], 0
    for example in examples:
        if example.method == "GET":
            answer = visit(example, sign("api-key"))
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            pages += 1
            policy = answer.headers["content-security-policy"]
            if (
                OWN_CODE.search(answer.text)
                or "unsafe" in policy
                or "default-src 'none'" not in policy
            ):
                wrong.append(example.name)
    assert pages
    assert wrong == []


def test_a_page_reads_and_a_form_changes(examples: list[PageExample]) -> None:
    """A GET could be sent by a picture of another site, or by a program that looks ahead."""
    assert {example.method for example in examples} <= {"GET", "POST"}
