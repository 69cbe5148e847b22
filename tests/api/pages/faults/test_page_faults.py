"""Firestore, Storage or Redis is down, hangs, is slow, flaps or cuts answers off: pages stay up.

Every page of the application is asked meanwhile, over real sockets and through Google's clients.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from pipeline.settings import Settings
from service.app import create_app
from service.cli.drill.proxy import Fault
from tests.api._faulty import FAULTS, Project, connect_through, running_project
from tests.api._server import serving
from tests.api.pages._page_routes import list_page_examples
from tests.api.pages.faults._faults import (
    Browser,
    admits,
    count,
    find_wrong,
    find_wrong_form,
    prepare,
    to_examples,
    wait_until_all_answer,
    wait_until_all_is_known,
)
from workers.app import make_app
from workers.dispatch import dispatch_retrain

INTERNAL = 500
SOON = 0.3
"""How long a request may wait in these tests."""
CASES = [
    pytest.param(backend, fault, id=f"{backend} {fault}")
    for backend in ("firestore", "storage", "redis")
    for fault in FAULTS
]
OF_FIRESTORE = {
    "GET /",
    "GET /runs",
    "GET /versions",
    "GET /review",
    "GET /corrections",
    "GET /system",
}
"""Pages that can say little without Firestore, and so have to say that."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Project]:
    settings = Settings(
        _env_file=None,
        environment="development",
        api_key="an-api-key-for-tests",
        release_cache_seconds=0.01,
        predict={"processes": 0},
        limit={"requests": 0},
        metrics={"cache_seconds": 0.01},
    )
    with running_project(settings) as project:
        prepare(project)
        yield project


@pytest.fixture
def project(servers: Project) -> Iterator[Project]:
    yield servers
    servers.set(Fault.NONE, "firestore", "storage", "redis")
    servers.reset()
    prepare(servers)


@pytest.fixture
def open_browser(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Browser]]:
    """Returns a browser at a new process, which knows nothing of the project yet."""
    monkeypatch.setattr("service.backends.kept.RETRY_SECONDS", SOON)
    monkeypatch.setattr("service.checks.examination.RETRY_SECONDS", SOON)
    with ExitStack() as opened:

        def open_one() -> Browser:
            app = create_app(
                project.settings,
                connect_through(project, SOON),
                partial(dispatch_retrain, make_app(project.settings, SOON)),
                answer_seconds=SOON,
            )
            browser = Browser(project, opened.enter_context(serving(app)), app)
            opened.callback(browser.close)
            return browser

        yield open_one


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "fault"), CASES)
def test_every_page_stays_up_and_truthful_and_all_is_well_afterwards(
    project: Project,
    open_browser: Callable[[], Browser],
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
    fault: Fault,
) -> None:
    browser, later = open_browser(), open_browser()
    examples = list_page_examples(browser.app, project.settings)
    pages, forms = to_examples(examples, "GET"), to_examples(examples, "POST")
    healthy = wait_until_all_is_known(browser, pages)
    assert [name for name, each in healthy.items() if each.status == INTERNAL] == []
    assert count(healthy["GET /"].text)  # so there are numbers that could become wrong
    monkeypatch.setattr("service.checks.examination.FRESH_SECONDS", SOON)
    project.set(fault, backend)
    # One process knows what was there before the fault, and one knows nothing.
    for during in (browser.ask_all(pages), later.ask_all(pages)):
        wrong = {
            name: why
            for name, answer in during.items()
            if (why := find_wrong(name, answer, healthy[name]))
        }
        assert wrong == {}
    if backend == "firestore" and fault in {Fault.HANG, Fault.DOWN}:
        silent = OF_FIRESTORE - {name for name, each in during.items() if admits(each)}
        assert silent == set()
    refused = {name: find_wrong_form(each) for name, each in browser.ask_all(forms).items()}
    assert {name: why for name, why in refused.items() if why} == {}
    project.set(Fault.NONE, backend)
    after = wait_until_all_answer(browser, pages, healthy)
    assert [name for name, each in after.items() if each.status == INTERNAL] == []
