"""The page of clients/web, as a web process in development serves it."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from emulator.servers import Emulators, run_emulators
from pipeline.settings import Settings
from pipeline.signing.keys import make_key
from service.routes.web import FIREBASE, FOLDER


@pytest.fixture(scope="module")
def emulators() -> Iterator[Emulators]:
    with run_emulators() as emulators:
        yield emulators


@pytest.fixture
def without_emulators(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FIREBASE:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("redraw.js", "text/javascript; charset=utf-8"),
        ("canvas/errors.js", "text/javascript; charset=utf-8"),
    ],
)
@pytest.mark.usefixtures("without_emulators")
def test_each_file_has_its_type(stranger: TestClient, path: str, kind: str) -> None:
    answer = stranger.get(f"/web/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content == (FOLDER / (path or "index.html")).read_bytes()
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["none.js", "package.json", "canvas", "../../pyproject.toml", "..%2f..%2fREADME.md", "%00.js"],
)
def test_nothing_else_is_served(
    stranger: TestClient, is_problem: Callable[..., object], path: str
) -> None:
    answer = stranger.get(f"/web/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_address_without_a_slash_leads_to_the_page(stranger: TestClient) -> None:
    answer = stranger.get("/web", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/web/")


@pytest.mark.usefixtures("without_emulators")
def test_without_emulators_the_page_may_call_the_service_alone(stranger: TestClient) -> None:
    assert stranger.get("/web/config.json").json() == {"keys": [], "firebase": None}
    policy = stranger.get("/web/").headers["content-security-policy"]
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy


def test_beside_embedded_emulators_corrections_go_to_the_port_of_storage(
    stranger: TestClient,
    settings: Settings,
    emulators: Emulators,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in emulators.environment().items():
        monkeypatch.setenv(name, value)
    assert stranger.get("/web/config.json").json()["firebase"] == {
        "project": settings.project_id,
        "bucket": settings.bucket,
        "collection": "corrections",
        "storage": emulators.storage_host,
        "firestore": emulators.storage_host,
    }
    policy = stranger.get("/web/").headers["content-security-policy"]
    assert f"connect-src 'self' {emulators.storage_host};" in policy


def test_another_firestore_emulator_takes_them_itself(
    stranger: TestClient, emulators: Emulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any server that answers HTTP stands for Google's.
    other = emulators.storage_host.removeprefix("http://")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", other)
    firebase = stranger.get("/web/config.json").json()["firebase"]
    assert (firebase["storage"], firebase["firestore"]) == (
        "http://127.0.0.1:1",
        f"http://{other}",
    )


def test_the_page_trusts_the_keys_of_the_settings(
    connect: Callable[..., TestClient], settings: Settings
) -> None:
    key = make_key().public.text
    client = connect(settings=settings.model_copy(update={"trusted_keys": (key,)}))
    assert client.get("/web/config.json").json()["keys"] == [key]


def test_in_production_there_is_no_page(
    connect: Callable[..., TestClient], settings: Settings
) -> None:
    client = connect(settings=settings.model_copy(update={"environment": "production"}))
    assert client.get("/web/").status_code == 404
    assert client.get("/web/config.json").status_code == 404
