"""Answers that players send to the service end as those that the game writes itself."""

import base64
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.errors import ObjectMissing
from pipeline.ports import Ports
from pipeline.records.runs import Run
from pipeline.runs.requests import request_run
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.app import create_app
from tests.api._google import Google
from tests.api._server import serving
from tests.contract.test_firestore_rules import token
from tests.end_to_end import _invariants as invariants
from workers.execution import execute

pytestmark = pytest.mark.slow  # two whole runs

SENT_BY_THE_CLIENT = (
    "correctedLabel", "originalPrediction", "confidence", "modelVersion", "asked", "askedChance",
    "sessionId", "drawingId", "strokes",
)  # fmt: skip
NOT_IN_STORAGE = "missing_image"


@dataclass
class Outcome:
    """What a run made of what was there.

    verdicts: state and reason of each document. rows: id, hashed player, split and digest of each
    merged correction.
    """

    run: Run
    verdicts: dict[str, tuple[str, str | None]]
    rows: set[tuple[bytes, ...]]


@pytest.fixture
def project(
    first_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """A copy of the project with its pending corrections, for one block."""

    @contextmanager
    def open_copy(name: str) -> Iterator[tuple[Settings, Ports, Any]]:
        folder = tmp_path / name
        shutil.copytree(first_version, folder)
        settings = load_settings(data_dir=folder, fit={"base_rows": 200}, answer={"per_minute": 0})
        with run_emulators(folder / "firebase") as emulators, monkeypatch.context() as patch:
            for variable, value in emulators.environment().items():
                patch.setenv(variable, value)
            client = firestore.Client(
                project=settings.project_id, credentials=AnonymousCredentials()
            )
            yield settings, connect(settings), client
            client.close()

    return open_copy


def run(settings: Settings, ports: Ports, client: Any) -> Outcome:
    ended = execute(request_run(ports.runs, "test", key="a").id, ports, settings)
    invariants.every_correction_is_merged_once_or_has_a_reason(client, settings.dataset_file)
    verdicts = {
        each.id: (each.get("status"), (each.to_dict().get("retraining") or {}).get("reason"))
        for each in client.collection("corrections").stream()
    }
    with h5py.File(settings.dataset_file) as file:
        group = file["corrections"]
        columns = [group[name][:].tolist() for name in ("ids", "players", "splits", "digests")]
    return Outcome(ended, verdicts, set(zip(*columns, strict=True)))


@contextmanager
def asking(settings: Settings, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield a function that sends an answer of a player to a service on a real socket."""
    google = Google({})
    threading.Thread(target=google.serve_forever, daemon=True).start()
    with monkeypatch.context() as patch:
        # Accounts of the emulator: their tokens carry no signature, in development alone.
        patch.setenv("FIREBASE_AUTH_EMULATOR_HOST", google.url.removeprefix("http://"))
        with (
            serving(create_app(settings, ports, print)) as port,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
        ):
            yield lambda player, answer: http.post(
                "/v1/corrections",
                json=answer,
                headers={"Authorization": f"Bearer {token(settings.project_id, player)}"},
            )
    google.shutdown()
    google.server_close()


def test_answers_over_http_end_as_those_of_the_game(
    project: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with project("game") as (settings, ports, client):
        game = run(settings, ports, client)
    with project("service") as (settings, ports, client):
        answers = {}
        for each in list(client.collection("corrections").stream()):
            fields = each.to_dict()
            answer = {name: fields[name] for name in SENT_BY_THE_CLIENT if name in fields}
            answer["drawingId"] = each.id
            try:
                canvas = ports.artefacts.read(fields["imageStoragePath"])
                answer["canvas"] = base64.b64encode(canvas).decode()
                ports.artefacts.delete(fields["imageStoragePath"])
            except ObjectMissing:
                pass
            each.reference.delete()
            if "canvas" in answer:
                answers[each.id] = (fields["userId"], answer)
        with asking(settings, ports, monkeypatch) as send:
            statuses = {
                name: send(player, answer).status_code for name, (player, answer) in answers.items()
            }
            repeated = {name: send(*answers[name]).status_code for name in list(answers)[:20]}
        taken = {name for name, status in statuses.items() if status == 201}
        assert set(statuses.values()) == {201, 422}
        assert {200 if name in taken else 422 for name in repeated} >= set(repeated.values())
        sent = run(settings, ports, client)

    # What a run would have refused for its canvas or its label was refused at once.
    refused_at_once = {"unreadable_image", "blank", "unknown_label", "scribble", "image_too_large"}
    for name, (_, reason) in game.verdicts.items():
        assert (name in taken) == (reason not in {*refused_at_once, NOT_IN_STORAGE}), reason
    assert sent.verdicts == {name: game.verdicts[name] for name in taken}
    assert sent.rows == game.rows
    assert (sent.run.state, sent.run.version) == (game.run.state, game.run.version)
