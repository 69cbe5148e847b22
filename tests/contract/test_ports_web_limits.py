"""A web process gives Google's clients less time than a run does."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters import google_errors
from pipeline.bootstrap import connect
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import Run
from pipeline.settings import Settings

RUNS_PATIENCE = 3600  # seconds: as long as that, a call that had the limits of a run would hang
CALLS: dict[str, Callable[[Ports], Any]] = {
    "get": lambda ports: ports.models.release(),
    "query": lambda ports: ports.runs.list(),
    "find": lambda ports: ports.corrections.find(CorrectionState.QUARANTINED),
    "transaction": lambda ports: ports.runs.request(
        Run(id="run-1", requested_at=datetime(2026, 3, 4, tzinfo=UTC))
    ),
    "read an object": lambda ports: ports.artefacts.read("a"),
    "list objects": lambda ports: ports.artefacts.list(""),
}


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    """Ports of a web process whose servers take connections and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = "{}:{}".format(*listener.getsockname())
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", address)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{address}")
        for name in ("RETRY_SECONDS", "CALL_TIMEOUT_SECONDS"):
            monkeypatch.setattr(google_errors, name, RUNS_PATIENCE)
        ports = connect(Settings(_env_file=None), answer_seconds=0.1)
        yield ports
        ports.runs._client.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_silent_server_is_given_up_however_long_a_run_would_wait(
    silent: Ports, call: Callable[[Ports], Any]
) -> None:
    with pytest.raises(Unavailable):
        call(silent)
