"""`redraw retrain` without workers: killed, interrupted, cut off from Storage, or edited."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import Emulators, run_emulators
from pipeline import retrain as story
from pipeline.adapters import google_errors
from pipeline.bootstrap import connect
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.runs import RunState
from pipeline.run_errors import RunLost
from pipeline.runs.requests import request_run
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from tests.end_to_end import _invariants as invariants
from workers.execution import execute

pytestmark = pytest.mark.slow

RUN, SLOT = "training_runs", "leases/retraining"
WAIT_SECONDS = 60


class Project:
    """Embedded Firebase over a copy of the first version; Storage can be stopped alone."""

    def __init__(self, folder: Path, first_version: Path) -> None:
        self.base = first_version
        shutil.copytree(first_version, folder)
        shutil.copytree(first_version / "firebase", folder / "storage")
        self._folder, self._stack, self._storage = folder, ExitStack(), ExitStack()
        self._firestore = self._stack.enter_context(run_emulators(folder / "firebase"))
        self.emulators = self.start_storage()
        self.settings: Settings = load_settings(
            data_dir=folder, lease_seconds=2, gate={"golden_wrong": 50}
        )

    def start_storage(self, port: int = 0) -> Emulators:
        return self._storage.enter_context(
            run_emulators(
                self._folder / "storage",
                storage_port=port,
                firestore_host=self._firestore.firestore_host,
            )
        )

    def stop_storage(self) -> None:
        self._storage.close()

    def close(self) -> None:
        self._storage.close()
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.emulators.environment(),
            "REDRAW_DATA_DIR": str(self._folder),
            "REDRAW_LEASE_SECONDS": "2",
            "REDRAW_GATE_GOLDEN_WRONG": "50",
            "PYTHONPATH": str(Path.cwd()),
        }

    def retrain(self, *module: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Call `redraw retrain` in a process group of its own."""
        return subprocess.run(
            [sys.executable, "-m", *(module or ("service.cli",)), "retrain"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **self.environment, **more},
            start_new_session=True,
        )

    def check(self, client: Any) -> None:
        dataset = self.settings.dataset_file
        invariants.every_correction_is_merged_once_or_has_a_reason(client, dataset)
        invariants.the_data_set_is_sound(dataset, self.base / dataset.name)
        invariants.the_release_points_at_a_ready_version(client, "v1.0.1")
        invariants.the_slot_is_free(client)


@pytest.fixture
def project(
    first_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    made = Project(tmp_path / "data", first_version)
    for name, value in made.emulators.environment().items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()


@pytest.fixture
def ports(project: Project) -> Iterator[Ports]:
    connected = connect(project.settings)
    yield connected
    connected.runs._client.close()  # type: ignore[attr-defined]


@pytest.fixture
def client(project: Project) -> Iterator[Any]:
    """What an owner does in Firebase's console."""
    made = firestore.Client(project=project.settings.project_id, credentials=AnonymousCredentials())
    yield made
    made.close()


def wait_until_abandoned(ports: Ports) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while ports.runs.abandoned() is None:
        assert time.monotonic() < deadline, "the lease did not run out"
        time.sleep(0.1)


@pytest.mark.parametrize(
    "function",
    [
        "pipeline.adapters.firestore_runs:FirestoreRuns.claim",
        "pipeline.retrain:merge_harvest",
        "pipeline.retrain:publish_challenger",
    ],
)
def test_a_killed_command_is_continued_by_the_next_one(
    project: Project, ports: Ports, client: Any, function: str
) -> None:
    killed = project.retrain("tests.end_to_end.killing", REDRAW_KILL_AFTER=function)
    assert killed.returncode == -9, killed.stderr
    (left,) = ports.runs.list()
    wait_until_abandoned(ports)

    done = project.retrain()

    assert done.returncode == 0, done.stderr
    assert f"run {left.id} was left unfinished ({left.state})" in done.stdout.replace("\n", " ")
    (run,) = ports.runs.list()
    assert (run.id, run.state, run.deaths) == (left.id, RunState.PROMOTED, 1)
    project.check(client)


def test_after_ctrl_c_the_run_is_free_at_once(project: Project, ports: Ports, client: Any) -> None:
    stopped = project.retrain(
        "tests.end_to_end.killing",
        REDRAW_KILL_AFTER="pipeline.retrain:merge_harvest",
        REDRAW_KILL_BY="SIGINT",
        REDRAW_LEASE_SECONDS="600",
    )
    assert stopped.returncode == 130, stopped.stderr
    assert ports.runs.abandoned() is not None
    assert project.retrain().returncode == 0
    (run,) = ports.runs.list()
    assert (run.state, run.deaths) == (RunState.PROMOTED, 0)
    project.check(client)


def test_a_storage_that_is_down_for_long_costs_a_run_nothing_but_time(
    project: Project, ports: Ports, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_errors, "RETRY_SECONDS", 0.2)
    run_id = request_run(ports.runs, "ada").id
    port = int(project.emulators.storage_host.rpartition(":")[2])
    project.stop_storage()
    for times in range(1, 13):
        with pytest.raises(Unavailable):
            execute(run_id, ports, project.settings)
        trouble = ports.runs.get(run_id).trouble
        assert trouble is not None
        assert trouble.times == times
        assert ports.runs.abandoned() is None
        # What the server's clock says when the pause is over.
        client.document(f"{RUN}/{run_id}").update({"trouble.retryAt": datetime.now(UTC)})
    project.start_storage(port)
    run = execute(run_id, ports, project.settings)
    assert (run.state, run.deaths, run.trouble) == (RunState.PROMOTED, 0, None), run.reason
    project.check(client)


EDITS: dict[str, Callable[[Any, str], object]] = {
    "deleted": lambda client, run_id: client.document(f"{RUN}/{run_id}").delete(),
    "cancelled": lambda client, run_id: client.document(f"{RUN}/{run_id}").update(
        {"state": "cancelled"}
    ),
    "spoilt": lambda client, run_id: client.document(f"{RUN}/{run_id}").update({"state": 7}),
    "slot deleted": lambda client, _: client.document(SLOT).delete(),
}


@pytest.mark.parametrize("edit", [pytest.param(edit, id=name) for name, edit in EDITS.items()])
@pytest.mark.parametrize("step", ["merge_harvest", "judge_challenger"])
def test_a_run_edited_in_the_console_stops_and_the_next_one_settles_everything(
    project: Project,
    ports: Ports,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
    *,
    edit: Callable[[Any, str], object],
    step: str,
) -> None:
    run_id = request_run(ports.runs, "ada").id
    whole = getattr(story, step)

    def edited(*args: Any) -> Any:
        result = whole(*args)
        edit(client, run_id)
        return result

    monkeypatch.setattr(story, step, edited)
    if edit in (EDITS["deleted"], EDITS["spoilt"]):
        with pytest.raises(RunLost):
            execute(run_id, ports, project.settings)
    else:
        assert execute(run_id, ports, project.settings).state.ended
    assert client.document(f"{RUN}/{run_id}").get().exists == (edit is not EDITS["deleted"])
    assert ports.runs.slot().slot.run_id is None
    statuses = {document.get("status") for document in client.collection("corrections").stream()}
    assert statuses == {"pending"}

    monkeypatch.setattr(story, step, whole)
    run = execute(request_run(ports.runs, "ada").id, ports, project.settings)
    assert run.state is RunState.PROMOTED, run.reason
    dataset = project.settings.dataset_file
    invariants.every_correction_is_merged_once_or_has_a_reason(client, dataset)
    invariants.the_data_set_is_sound(dataset, project.base / dataset.name)
    invariants.the_slot_is_free(client)
