"""A project with a history, made once for a whole test session: a folder that tests copy.

Two versions are released, after two runs on what 24 players sent: corrections are merged, refused,
quarantined, and new ones are pending.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.players.bad_labels import add_label_noise
from emulator.players.canvases import player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from emulator.servers import Emulators, run_emulators
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.gate import decide
from pipeline.ports import Ports
from pipeline.records.runs import Decision, RunState
from pipeline.runs.requests import request_run
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.demo import make_guesser
from service.cli.stack import sign_in_development
from tests._first_version import RECIPE, load_ports
from tests.api._project import list_documents
from workers.execution import execute

SENT, PLAYERS = 240, 24
"""Corrections and confirmations of a round, and how many players send them."""
WRONG_SHARE = 0.2
"""So many labels are wrong, so that the queue of the owner is long enough."""


@contextmanager
def emulating(folder: Path, **recipe: Any) -> Iterator[tuple[Emulators, Settings, Ports]]:
    """Run emulators over the project in a folder, and yield them, settings and ports.

    Args:
        folder: of the project.
        recipe: settings; by default those of the tests' first version.
    """
    with run_emulators(folder / "firebase") as emulators, pytest.MonkeyPatch.context() as patch:
        for name, value in emulators.environment().items():
            patch.setenv(name, value)  # clients read it when they are made
        settings = sign_in_development(load_settings(data_dir=folder, **(recipe or RECIPE)))
        yield emulators, settings, connect(settings)


def make_project(first_version: Path, folder: Path) -> None:
    """Make the project in a folder that exists and is empty."""
    shutil.copytree(first_version / "data", folder, dirs_exist_ok=True)
    with emulating(folder) as (_, settings, ports):
        store(first_version, settings, ports)
        for number in range(2):
            send(number, settings, ports)
            run_promoted(settings, ports)
        send(2, settings, ports)


def store(first_version: Path, settings: Settings, ports: Ports) -> None:
    """Put v1.0.0 into Storage and Firestore."""
    memory = load_ports(first_version)
    for path, data in memory.artefacts.objects.items():
        ports.artefacts.create(path, data)
    client = firestore.Client(settings.project_id, AnonymousCredentials())
    for path, fields in list_documents(memory).items():
        client.document(path).set(fields)
    client.close()


def send(number: int, settings: Settings, ports: Ports) -> None:
    """Send a round of players' corrections, about the guesses of the released version."""
    release = ports.models.release()
    assert release is not None
    guess = make_guesser(ports.models.get(release.version), ports.artefacts, CATEGORIES)
    rows = {name: sketch_rows(name, 30, 1 + number, PLAYERS_HASTE) for name in CATEGORIES}
    sent = player_corrections(
        rows, SENT, number, release.version, players=PLAYERS, faulty=0.1, guess=guess
    )
    seed_corrections(add_label_noise(sent, WRONG_SHARE, number), settings)


def run_promoted(settings: Settings, ports: Ports) -> None:
    """Request a run and execute it, so that its challenger is released."""
    execute_promoted(request_run(ports.runs, "api").id, settings, ports)


def execute_promoted(run_id: str, settings: Settings, ports: Ports) -> None:
    """Execute a run whose challenger is released, whatever the gate finds."""
    judge = decide.decide

    def promote(*arguments: Any, **options: Any) -> Decision:
        return judge(*arguments, **options).model_copy(update={"outcome": RunState.PROMOTED})

    with mock.patch.object(decide, "decide", promote):
        run = execute(run_id, ports, settings)
    assert run.state is RunState.PROMOTED, run.reason
