"""The modules that the page runs: its own, and the web client as games have it."""

import re
from pathlib import PurePosixPath

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from service.dashboard.play.files import FOLDERS, list_modules, locate_module
from tests.api.pages.play.conftest import Connect


@pytest.mark.parametrize("name", ["client/redraw.js", "client/canvas/errors.js", "page/play.js"])
def test_modules_are_scripts_that_browsers_keep(visitor: TestClient, name: str) -> None:
    answer = visitor.get(locate_module(name))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == list_modules()[name].read_bytes()


def test_in_production_they_are_served_too(connect: Connect, settings: Settings) -> None:
    client = connect(settings=settings.model_copy(update={"environment": "production"}))
    assert client.get(locate_module("client/redraw.js")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["client/none.js", "client/package.json", "client", "page/../../app.py", "..%2fpyproject.toml"],
)
def test_nothing_else_is_served(visitor: TestClient, path: str) -> None:
    base = locate_module("page/play.js").removesuffix("page/play.js")
    assert visitor.get(f"{base}{path}").status_code == 404
    assert visitor.get("/web/").status_code == 404


def test_modules_of_another_digest_are_not_there(visitor: TestClient) -> None:
    address = locate_module("client/redraw.js")
    assert visitor.get(re.sub("/web/[^/]+/", "/web/0123456789ab/", address)).status_code == 404


def test_each_module_imports_modules_that_are_served() -> None:
    for name, file in list_modules().items():
        for path in re.findall(
            r'^(?:import|export) .*?from "(\.[^"]+)"', file.read_text(), re.MULTILINE
        ):
            parts: list[str] = []
            for part in (PurePosixPath(name).parent / path).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in list_modules(), f"{name} imports {path}"


def test_games_need_nothing_of_the_page() -> None:
    for file in FOLDERS["client"].rglob("*.js"):
        assert "/page/" not in file.read_text(), file.name


def test_the_page_loads_all_of_them_at_once(signed_in: TestClient) -> None:
    page = signed_in.get("/play").text
    loaded = re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)
    assert set(loaded) == set(map(locate_module, list_modules()))
