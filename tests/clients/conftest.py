"""A service over embedded emulators, with a signed version, and a browser that opens its pages."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page
from starlette.staticfiles import StaticFiles

from emulator.servers import Emulators, run_emulators
from pipeline.bootstrap import connect
from pipeline.formats.kinds import write_formats
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.signing.keys import make_key
from pipeline.versions.contents import list_files
from service.app import create_app
from tests._chromium import CHROMIUM, MISSING, WAIT_MILLISECONDS, chromium
from tests._small_model import make_model
from tests.api._server import serving
from tests.contract.firestore._client import connect as connect_firestore
from tests.unit.versions._publishing import EVALUATION, POLICY, publish_in


@dataclass
class Stack:
    """A running service, and what is behind it."""

    url: str
    settings: Settings
    ports: Ports
    emulators: Emulators
    game: Path
    """The folder of a game's own pages."""
    game_url: str
    """Where they are: another origin than the service's."""
    version: str = ""
    """The version that is released."""

    def publish(self, seed: int, audit: float = 0.0) -> str:
        """Publish a version with weights by this seed, release it, and return its number."""
        model, policy = make_model(seed), POLICY.model_copy(update={"audit": audit})
        files = list_files(model, EVALUATION, policy, formats=write_formats(model, int8=False))
        version = publish_in(
            self.ports, run_id=f"run-{seed}", files=files, signer=self.settings.signer
        )
        self.ports.models.promote(version.version, by="owner", why="a test")
        return version.version

    def corrections(self) -> dict[str, dict[str, Any]]:
        """Return the documents that players have created, by id."""
        with closing(
            connect_firestore(self.emulators.firestore_host, self.settings.project_id)
        ) as client:
            return {
                found.id: found.to_dict() for found in client.collection("corrections").stream()
            }


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with run_emulators() as emulators, pytest.MonkeyPatch.context() as patch:
        for name, value in emulators.environment().items():
            patch.setenv(name, value)
        settings = Settings(_env_file=None, signing_key=make_key().text, release_cache_seconds=0)  # type: ignore[call-arg]
        ports = connect(settings)
        game = tmp_path_factory.mktemp("game")
        pages = StaticFiles(directory=game, html=True)
        app = create_app(settings, ports, print, lambda token: {"uid": token})
        with serving(app) as port, serving(pages) as game_port:
            service, game_url = (f"http://127.0.0.1:{number}" for number in (port, game_port))
            stack = Stack(service, settings, ports, emulators, game, game_url)
            stack.version = stack.publish(0)
            yield stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(stack: Stack, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page, and fails at the end if its console says that something is wrong."""
    faults: list[str] = []
    pages: list[Page] = []

    def open_one(path: str, **options: object) -> Page:
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(urljoin(stack.url, path))
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    # What the browser says of each request while a test has cut its network.
    assert [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []
