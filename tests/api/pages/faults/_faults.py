"""A browser of an owner, before servers that can be made to fail."""

import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI

from pipeline.records.trials import TrialKind
from service.callers.sessions import Sessions
from tests.api._faulty import PATIENCE_SECONDS, Project
from tests.api.pages._page_routes import PageExample
from tests.contract._trials import a_plan

PLAYER = "pia@example.org"
"""Whose hash the examples of pages hold."""
ROUNDS = 40
"""How often pages are asked after a fault, before it is said that they stay away."""
LEFT_OUT = {"POST /sign-out", "POST /sign-in", "GET /runs/{run_id}/live"}
"""They need no service behind this one, or answer for as long as a run goes on."""


class Answer(NamedTuple):
    """What a page answered: status 0 if nothing came."""

    status: int
    kind: str
    text: str


class Browser:
    """An owner's browser, which sends each form with the token of its session."""

    def __init__(self, project: Project, port: int, app: FastAPI) -> None:
        self.app = app
        sessions = Sessions(project.settings)
        cookie = sessions.sign("api-key")
        session = sessions.read(cookie)
        assert session is not None
        self._token = session.form_token
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            timeout=PATIENCE_SECONDS,
            headers={"Accept": "text/html", "Cookie": f"{sessions.cookie}={cookie}"},
        )

    def ask(self, example: PageExample) -> Answer:
        """Load a page, or send a form; where it leads to is not followed."""
        fields = None if example.method == "GET" else {"form_token": self._token, **example.fields}
        try:
            answer = self._client.request(example.method, example.path, data=fields)
        except httpx.TransportError as error:
            return Answer(0, type(error).__name__, "")
        kind = answer.headers.get("content-type", "").partition(";")[0]
        return Answer(answer.status_code, kind, answer.text if kind == "text/html" else "")

    def ask_all(self, examples: Iterable[PageExample]) -> dict[str, Answer]:
        """Ask all of these, some at the same time."""
        known = list(examples)
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(self.ask, known)
            return {each.name: answer for each, answer in zip(known, answers, strict=True)}

    def close(self) -> None:
        self._client.close()


def prepare(project: Project) -> None:
    """Put a version on trial, and the correction to the player whom the examples of pages name."""
    plan = a_plan(kind=TrialKind.CANARY, share=0.25)
    project.ports.trials.begin("v1.0.0", plan)
    collection = project.client.collection(project.settings.game.collection)
    fields = collection.document("c1").get().to_dict()
    collection.document("c1").set({**fields, "userId": PLAYER})


def wait_until_all_is_known(browser: Browser, examples: list[PageExample]) -> dict[str, Answer]:
    """Return the pages when none looks for something any more, and none had to give up.

    On a busy machine a healthy service is too slow for these tests now and then; it is asked again.
    """
    for _ in range(ROUNDS):
        answers = browser.ask_all(examples)
        unknown = [
            name
            for name, each in answers.items()
            if each.status in {0, 503} or "to see more" in each.text
        ]
        if not unknown:
            return answers
        time.sleep(0.3)  # a service that was slow is not asked again at once
    raise AssertionError(f"these never know all: {unknown}")


def wait_until_all_answer(
    browser: Browser, examples: list[PageExample], before: dict[str, Answer]
) -> dict[str, Answer]:
    """Return the pages when none says that it does not know what it knew before the fault."""
    for _ in range(ROUNDS):
        answers = browser.ask_all(examples)
        failing = [
            name for name, each in answers.items() if admits(each) and not admits(before[name])
        ]
        if not failing:
            return answers
        time.sleep(0.3)  # a service that was away is not asked again at once
    raise AssertionError(f"the fault is over, and these still fail: {failing}")


def admits(answer: Answer) -> bool:
    """Return whether a page says that it does not know something."""
    return answer.status in {0, 500, 503} or any(
        words in answer.text for words in ("does not answer", "ot known at the moment")
    )


def count(text: str) -> set[tuple[str, str]]:
    """Return what the cards of a page count, each with its number, or that there is none."""
    cards = re.findall(
        r"<b>(?:<a[^>]*>)?([^<]+)(?:</a>)?</b>\s*<strong>\s*([\d,]+|none|nothing)\s*</strong>", text
    )
    return {(name.strip(), number) for name, number in cards}


def find_wrong(name: str, answer: Answer, healthy: Answer) -> str | None:
    """Return what is wrong with how a page answers during a fault; None if nothing is."""
    if answer.status == healthy.status and answer.kind != "text/html":
        return None
    if answer.status == 503:
        explained = answer.kind != "text/html" or "does not answer" in answer.text
        return None if explained and "<h1>" in answer.text else "a 503 that says nothing"
    if answer.status != healthy.status:
        return f"status {answer.status} instead of {healthy.status}"
    if invented := count(answer.text) - count(healthy.text):
        return f"numbers that are not so: {invented}"
    return None


def find_wrong_form(answer: Answer) -> str | None:
    """Return what is wrong with how a form is answered during a fault."""
    if answer.status < 500 and answer.status:
        return None
    honest = ("It is not known whether this was done", "othing was changed", "is recorded")
    if answer.status == 503 and any(words in answer.text for words in honest):
        return None
    return f"status {answer.status}: {re.sub(r'<[^>]*>', ' ', answer.text)[-300:]}"


def to_examples(found: Any, method: str) -> list[PageExample]:
    """Return those of a method that are asked here."""
    return [each for each in found if each.method == method and each.name not in LEFT_OUT]
