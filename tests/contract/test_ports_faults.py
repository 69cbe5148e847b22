"""How errors of Google's clients are translated, with servers that are dead, silent or cut off."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption
from requests import exceptions as http

from emulator.servers import Emulators
from pipeline.adapters import google_errors
from pipeline.adapters.cloud_storage import CloudStorageArtefacts
from pipeline.adapters.google_errors import translate_errors
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.errors import ObjectMissing, RedrawError, Retryable, Unavailable
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerChoice, Retraining
from pipeline.records.runs import Lease, Run
from pipeline.records.versions import FIRST_VERSION, ModelMetrics, ModelVersion
from pipeline.run_errors import LeaseLost
from pipeline.settings import Settings

DEFAULTS = Settings(_env_file=None)
NOW = datetime(2026, 3, 4, tzinfo=UTC)
ACCEPT = OwnerChoice(action=OwnerAction.ACCEPT)
OUTCOME = Retraining(
    state=CorrectionState.MERGED, reason="r", explanation="e", run_id="run-1", at=NOW
)
DRAFT = ModelVersion(
    version="", storage_path="", created_at=NOW, dataset_revision=0, run_id="run-1"
)
METRICS = ModelMetrics(accuracy=1, loss=0, training_samples=1, corrections=0)
FIRESTORE_CALLS: dict[str, Callable[[Ports], Any]] = {
    "pending": lambda ports: list(ports.corrections.pending()),
    "adopt": lambda ports: ports.corrections.adopt(),
    "count_pending": lambda ports: ports.corrections.count_pending(),
    "find": lambda ports: ports.corrections.find(CorrectionState.QUARANTINED),
    "get a correction": lambda ports: ports.corrections.get("a"),
    "decide": lambda ports: ports.corrections.decide("a", ACCEPT, "ada"),
    "decide_waiting": lambda ports: ports.corrections.decide_waiting(["a"], ACCEPT, "ada"),
    "undecide": lambda ports: ports.corrections.undecide(["a"]),
    "page_decisions": lambda ports: ports.corrections.page_decisions(),
    "find_batch": lambda ports: ports.corrections.find_batch("all"),
    "count_batch": lambda ports: ports.corrections.count_batch("all"),
    "look_up": lambda ports: ports.corrections.look_up(["a"]),
    "contradicted": lambda ports: ports.corrections.contradicted(["ada"]),
    "decisions": lambda ports: ports.corrections.decisions(["a"]),
    "unreadable_decisions": lambda ports: ports.corrections.unreadable_decisions(),
    "backlog": lambda ports: ports.corrections.backlog(),
    "pending_since": lambda ports: ports.corrections.pending_since(NOW),
    "answers": lambda ports: ports.corrections.answers("v1.0.0", NOW, NOW, CATEGORIES),
    "settle": lambda ports: ports.corrections.settle({"a": OUTCOME}),
    "request": lambda ports: ports.runs.request(Run(id="run-1", requested_at=NOW)),
    "get": lambda ports: ports.runs.get("run-1"),
    "list": lambda ports: ports.runs.list(),
    "page of runs": lambda ports: ports.runs.page(),
    "find_judged": lambda ports: ports.runs.find_judged("a"),
    "abandoned": lambda ports: ports.runs.abandoned(),
    "claim": lambda ports: ports.runs.claim("run-1", "worker", 60),
    "renew": lambda ports: ports.runs.renew(Lease("run-1", 1), 60),
    "record": lambda ports: ports.runs.record(Lease("run-1", 1), {"revision": 1}),
    "reserve": lambda ports: ports.models.reserve("run-1", lambda _: FIRST_VERSION, DRAFT),
    "get a version": lambda ports: ports.models.get("v1.0.0"),
    "list versions": lambda ports: ports.models.list(),
    "page of versions": lambda ports: ports.models.page(),
    "has_ready": lambda ports: ports.models.has_ready(),
    "give_up": lambda ports: ports.models.give_up("v1.0.0", by="run-1", why="it is given up"),
    "withdraw": lambda ports: ports.models.withdraw("v1.0.0", by="owner", why="it is bad"),
    "commit": lambda ports: ports.models.commit("v1.0.0", [], METRICS),
    "unfinished": lambda ports: ports.models.unfinished(),
    "mark_cleared": lambda ports: ports.models.mark_cleared("v1.0.0"),
    "history": lambda ports: ports.models.history(),
    "release": lambda ports: ports.models.release(),
    "promote": lambda ports: ports.models.promote(
        "v1.0.0", lease=Lease("run-1", 1), by="owner", why="it is better"
    ),
}
STORAGE_CALLS: dict[str, Callable[[Ports], Any]] = {
    "create": lambda ports: ports.artefacts.create("a", b"x"),
    "read": lambda ports: ports.artefacts.read("a"),
    "read with a limit": lambda ports: ports.artefacts.read("a", 10),
    "fetch": lambda ports: ports.artefacts.fetch("a", 10),
    "create_from_file": lambda ports: ports.artefacts.create_from_file("a", Path(__file__)),
    "read_to_file": lambda ports: ports.artefacts.read_to_file("a", Path("unused") / "target"),
    "list": lambda ports: ports.artefacts.list(""),
}
CALLS = [pytest.param(call, id=name) for name, call in (FIRESTORE_CALLS | STORAGE_CALLS).items()]
SOON = 20  # seconds; with their own patience Google's clients take minutes


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_errors, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(google_errors, "CALL_TIMEOUT_SECONDS", 0.2)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def dead_port(listener: socket.socket) -> int:
    port = listener.getsockname()[1]
    listener.close()
    return port


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[int], Ports]]:
    """Ports whose two servers are at a port of this machine."""
    monkeypatch.chdir(tmp_path)
    made: list[Ports] = []

    def reached(port: int) -> Ports:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
        made.append(connect(DEFAULTS))
        return made[-1]

    yield reached
    for ports in made:
        ports.runs._client.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("call", CALLS)
def test_a_dead_server_is_soon_unavailable(
    impatient: None, reach: Callable[[int], Ports], dead_port: int, call: Callable[[Ports], Any]
) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        call(reach(dead_port))
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("name", ["release", "claim", "pending", "count_pending", "list versions"])
def test_a_silent_firestore_is_soon_unavailable(
    impatient: None, reach: Callable[[int], Ports], listener: socket.socket, name: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        FIRESTORE_CALLS[name](reach(listener.getsockname()[1]))
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("name", STORAGE_CALLS)
def test_a_silent_storage_is_soon_unavailable(
    impatient: None, reach: Callable[[int], Ports], listener: socket.socket, name: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        STORAGE_CALLS[name](reach(listener.getsockname()[1]))
    assert time.monotonic() - started < SOON


def test_a_call_gives_up_within_a_minute_and_a_half() -> None:
    assert google_errors.RETRY_SECONDS + google_errors.CALL_TIMEOUT_SECONDS <= 90


def test_an_object_that_is_cut_off_is_unavailable(
    impatient: None, reach: Callable[[int], Ports], listener: socket.socket
) -> None:
    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    threading.Thread(target=answer, daemon=True).start()
    with pytest.raises(Unavailable):
        reach(listener.getsockname()[1]).artefacts.read("a")
    listener.shutdown(socket.SHUT_RDWR)


def test_a_download_that_fails_leaves_no_file(
    impatient: None, reach: Callable[[int], Ports], dead_port: int, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable):
        reach(dead_port).artefacts.read_to_file("a", tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_a_rollback_that_fails_does_not_hide_why_it_was_rolled_back(
    embedded_firebase: Emulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded_firebase.environment().items():
        monkeypatch.setenv(name, value)
    ports = connect(DEFAULTS.model_copy(update={"project_id": "demo-rollback"}))
    api = ports.runs._client._firestore_api._api  # type: ignore[attr-defined]

    def no_rollback(**_: Any) -> None:
        raise exceptions.InvalidArgument("the transaction is closed")

    monkeypatch.setattr(api, "rollback", no_rollback)
    with pytest.raises(LeaseLost):
        ports.runs.renew(Lease("run-1", 1), 60)
    ports.runs._client.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fault",
    [
        exceptions.Aborted("x"),
        exceptions.DeadlineExceeded("x"),
        exceptions.InternalServerError("x"),
        exceptions.ServiceUnavailable("x"),
        exceptions.BadGateway("x"),
        exceptions.Unknown("x"),
        exceptions.TooManyRequests("x"),
        exceptions.ResourceExhausted("x"),
        exceptions.RetryError("x", None),
        auth.TransportError("x"),
        http.ConnectionError("x"),
        http.ChunkedEncodingError("x"),
        http.ReadTimeout("x"),
        DataCorruption(None, "x"),
        ValueError("Failed to commit transaction in 5 attempts."),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_may_pass_is_unavailable(fault: Exception) -> None:
    with pytest.raises(Unavailable, match="Firestore"), translate_errors("Firestore"):
        raise fault


@pytest.mark.parametrize(
    "fault",
    [
        exceptions.PermissionDenied("x"),
        exceptions.Forbidden("x"),
        exceptions.Unauthenticated("x"),
        exceptions.Unauthorized("x"),
        auth.DefaultCredentialsError("x"),
        auth.RefreshError("x"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_refused_credentials_are_not_tried_again(fault: Exception) -> None:
    with (
        pytest.raises(RedrawError, match="GOOGLE_APPLICATION_CREDENTIALS") as raised,
        translate_errors("Storage"),
    ):
        raise fault
    assert not isinstance(raised.value, Retryable)


@pytest.mark.parametrize(
    "fault",
    [
        exceptions.NotFound("x"),
        exceptions.AlreadyExists("x"),
        exceptions.PreconditionFailed("x"),
        ValueError("x"),
        KeyError("x"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_a_caller_has_to_understand_is_left_alone(fault: Exception) -> None:
    with pytest.raises(type(fault)), translate_errors("Storage"):
        raise fault


def test_a_redraw_error_is_left_alone() -> None:
    with pytest.raises(ObjectMissing), translate_errors("Storage"):
        raise ObjectMissing("x")


def test_what_was_raised_is_kept_for_the_log() -> None:
    fault = exceptions.ServiceUnavailable("x")
    with pytest.raises(Unavailable) as raised, translate_errors("Storage"):
        raise fault
    assert raised.value.__cause__ is fault


class _NoBucket:
    """A bucket that does not exist, as the client shows it."""

    name = "nowhere"

    def blob(self, name: str, **_: Any) -> Any:
        return self

    def upload_from_string(self, *_: Any, **__: Any) -> None:
        raise exceptions.NotFound("The specified bucket does not exist.")

    def list_blobs(self, **_: Any) -> None:
        raise exceptions.NotFound("The specified bucket does not exist.")


@pytest.mark.parametrize(
    "call",
    [lambda artefacts: artefacts.create("a", b""), lambda artefacts: artefacts.list("")],
    ids=["create", "list"],
)
def test_a_bucket_that_is_missing_is_named(call: Callable[[CloudStorageArtefacts], Any]) -> None:
    with pytest.raises(RedrawError, match="bucket nowhere"):
        call(CloudStorageArtefacts(_NoBucket()))
