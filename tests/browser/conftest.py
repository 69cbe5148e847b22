"""A project with a history, its service over HTTP, and Chromium.

- `project` is shared by all tests of a file: they only look at it.
- `own_project` is a copy for one test that changes something; `own_project.start_worker()` starts
  a worker.
- `page` is a page of `project` at 1280 x 800 with the owner signed in, `own_page` one of
  `own_project`; `open_page(project, size, scheme)` opens others. Each fails its test if the
  browser complained about anything; `faults.allowed` names what a test causes on purpose.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests._chromium import CHROMIUM, MISSING, chromium
from tests._first_version import shared_folder
from tests.browser._pages import Faults, browsing
from tests.browser._project import Project, project_in
from tests.browser._seeded import make_project

OpenPage = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder as slow, and skip them where there is no Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one file: while Playwright runs, no other test can run an event loop."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project with a history: not to be changed.

    It takes half a minute to make. Who works on a page may keep it in a folder that the variable
    REDRAW_SEEDED_PROJECT names: it is made there once, and used until it is deleted.
    """
    kept = os.environ.get("REDRAW_SEEDED_PROJECT")
    if kept and Path(kept).exists():
        return Path(kept)
    first_version: Path = request.getfixturevalue("first_version_folder")
    made = shared_folder(
        tmp_path_factory, "seeded-project", lambda folder: make_project(first_version, folder)
    )
    return Path(shutil.copytree(made, kept)) if kept else made


@pytest.fixture(scope="module")
def project(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project, for one file: while it runs, the environment names its emulators."""
    with project_in(seeded, tmp_path_factory.mktemp("project") / "data") as project:
        yield project


@pytest.fixture
def own_project(seeded: Path, tmp_path: Path) -> Iterator[Project]:
    with project_in(seeded, tmp_path / "data") as project:
        yield project


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What browsers complained about; it must be nothing at the end of the test."""
    faults = Faults()
    yield faults
    assert faults.found == []


@pytest.fixture
def open_page(browser: Browser, faults: Faults) -> Iterator[OpenPage]:
    """Open an empty page: `open_page(project, PHONE, "dark")`; options as of `browsing`."""
    with ExitStack() as opened:

        def open_one(project: Project, *arguments: Any, **options: Any) -> Page:
            context = opened.enter_context(browsing(browser, project, *arguments, **options))
            page = context.new_page()
            faults.watch(page)
            return page

        yield open_one


@pytest.fixture
def page(project: Project, open_page: OpenPage) -> Page:
    return open_page(project)


@pytest.fixture
def own_page(own_project: Project, open_page: OpenPage) -> Page:
    return open_page(own_project)
