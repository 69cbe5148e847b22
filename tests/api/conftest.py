"""The service over plain dictionaries: nothing here opens a connection unless a test says so."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import ModelMetrics, ModelVersion, VersionFile, VersionNumber
from pipeline.service_settings import LimitSettings
from pipeline.settings import Settings
from pipeline.storage_paths import model_path
from service.app import create_app
from service.callers.tokens import InvalidToken
from tests.api._corrections import NOW, PATH, Put
from tests.api._google import KEY_ID, Google, certificate_of, sign_token

with warnings.catch_warnings():
    # Starlette would rather have httpx2, which nothing else here needs.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

API_KEY = "an-api-key-for-tests"
CLAIMS = {
    "admin-token": {"uid": "ada", "admin": True},
    "player-token": {"uid": "pia"},
    "text-token": {"uid": "tom", "admin": "true"},
}


class Queue:
    """Stands for Redis: remembers what was queued, or is down."""

    def __init__(self) -> None:
        self.run_ids: list[str] = []
        self.down = False

    def __call__(self, run_id: str) -> None:
        if self.down:
            raise Unavailable("Error 111 connecting to secret-host:6379")
        self.run_ids.append(run_id)


def verify_token(token: str) -> dict[str, Any]:
    if token == "google-is-down":
        raise Unavailable("certificates: connection to secret-host refused")
    if token not in CLAIMS:
        raise InvalidToken("this is no ID token of the project")
    return CLAIMS[token]


@pytest.fixture
def settings() -> Settings:
    return Settings(
        _env_file=None,
        environment="development",
        api_key=API_KEY,
        redis_url="redis://127.0.0.1:1/0",
        release_cache_seconds=0,
        predict={"processes": 0},
        # Each test is one caller with many requests, also with wrong keys.
        limit=LimitSettings(requests=0, wrong_keys=0),
    )


@pytest.fixture
def ports() -> Ports:
    return in_memory()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def connect(settings: Settings, ports: Ports, queue: Queue) -> Iterator[Callable[..., TestClient]]:
    """A client of the service; arguments replace its parts, headers go with every request."""
    with ExitStack() as opened:

        def client_of(headers: dict[str, str] | None = None, **parts: Any) -> TestClient:
            parts = {
                "settings": settings,
                "ports": ports,
                "enqueue": queue,
                "verify_token": verify_token,
                **parts,
            }
            return opened.enter_context(
                TestClient(create_app(**parts), headers=headers, raise_server_exceptions=False)
            )

        yield client_of


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """Google's, for ID tokens."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def google(
    key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Google]:
    server = Google({KEY_ID: certificate_of(key)})
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    monkeypatch.setattr("firebase_admin._token_gen.ID_TOKEN_CERT_URI", f"{server.url}/certificates")
    monkeypatch.setattr("firebase_admin._user_mgt.UserManager.ID_TOOLKIT_URL", server.url)
    # A machine without Google credentials, wherever this runs.
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "FIREBASE_AUTH_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sign(key: rsa.RSAPrivateKey) -> Callable[..., str]:
    """A token as Firebase makes them; arguments replace claims, None removes one."""
    return lambda *, signed_with=key, **changes: sign_token(signed_with, **changes)


@pytest.fixture
def owner(connect: Callable[..., TestClient]) -> TestClient:
    return connect({"X-API-Key": API_KEY})


@pytest.fixture
def stranger(connect: Callable[..., TestClient]) -> TestClient:
    return connect()


@pytest.fixture
def version(ports: Ports) -> Callable[..., str]:
    """Publishes a version that retrains nothing: v1.0.0, v1.0.1, and so on."""

    def publish(*, ready: bool = True, released: bool = False) -> str:
        def number(known: Any) -> VersionNumber:
            return max(known).next_patch() if known else VersionNumber(1, 0, 0)

        draft = ModelVersion(
            version="", created_at=datetime.now(UTC), storage_path="", dataset_revision=0, run_id=""
        )
        name = ports.models.reserve(f"run-{time.monotonic_ns()}", number, draft).version
        if ready:
            ports.artefacts.create(model_path(name), b"weights")
            metrics = ModelMetrics(accuracy=0.9, loss=0.3, training_samples=100, corrections=0)
            ports.models.commit(name, [VersionFile.of(model_path(name), b"weights")], metrics)
        if released:
            ports.models.promote(name, by="owner", why="it is better")
        return name

    return publish


@pytest.fixture
def put(ports: Ports) -> Put:
    """Store a quarantined correction; arguments change its fields."""

    def store(name: str = "c1", **changes: Any) -> None:
        retraining = {
            "state": "quarantined",
            "reason": "no_class",
            "explanation": "It fits no class.",
            "runId": "run-1",
            "at": NOW,
        }
        ports.corrections.documents[name] = {  # type: ignore[attr-defined]
            "status": "quarantined",
            "correctedLabel": "cat",
            "originalPrediction": "sun",
            "confidence": 0.5,
            "timestamp": NOW,
            "userId": "pia@example.org",
            "sessionId": "s-secret",
            "modelVersion": "v1.0.0",
            "imageStoragePath": PATH,
            "retraining": retraining,
            **changes,
        }

    return store


@pytest.fixture
def finish(ports: Ports) -> Callable[[str], Run]:
    """Lets a run end, as a worker would."""
    return lambda run_id: ports.runs.record(
        ports.runs.claim(run_id, "worker", 60), {"state": RunState.PROMOTED}
    )


@pytest.fixture
def is_problem() -> Callable[..., dict[str, Any]]:
    """Asserts that a response is a problem document of some kind, and returns its members."""

    def check(response: Any, status: int, kind: str | None = None) -> dict[str, Any]:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["cache-control"] == "no-store"
        members = response.json()
        assert members["status"] == status
        assert members["type"] == (f"urn:problem-type:redraw:{kind}" if kind else "about:blank")
        assert members["title"]
        assert members["detail"]
        assert members["instance"] == response.request.url.raw_path.decode().partition("?")[0]
        return members

    return check


@pytest.fixture
def broken() -> Callable[[Any, Exception], Any]:
    """A port of which every method raises this error."""

    def port(error: Exception) -> Any:
        def fail(*_: Any, **__: Any) -> None:
            raise error

        return SimpleNamespace(
            **dict.fromkeys(("request", "get", "list", "page", "release", "promote", "read"), fail)
        )

    return port
