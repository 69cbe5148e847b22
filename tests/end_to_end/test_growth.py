"""A whole run reads no more documents however long the history of its project is."""

import math
import shutil
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.bill import Usage
from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.runs import log
from pipeline.runs.requests import request_run
from pipeline.settings_reading import load_settings
from tests.contract._history import HISTORY, add_history
from tests.contract._quarantined import quarantined
from workers.execution import execute

pytestmark = pytest.mark.slow  # two whole runs


def test_a_run_after_a_long_history_reads_and_writes_no_more(
    first_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SECONDS_BETWEEN_WRITES", math.inf)

    def measure(folder: Path, *, history: bool) -> tuple[str, Usage]:
        shutil.copytree(first_version, folder)
        settings = load_settings(data_dir=folder, fit={"base_rows": 200})
        with run_emulators(folder / "firebase") as emulators, monkeypatch.context() as patch:
            for name, value in emulators.environment().items():
                patch.setenv(name, value)
            client = firestore.Client(
                project=settings.project_id, credentials=AnonymousCredentials()
            )
            # The values of `status` are counted one by one, so both projects must have the same.
            client.document("corrections/quarantined").set(quarantined(userId="nobody"))
            if history:
                add_history(client)
            client.close()
            ports = connect(settings)
            before = emulators.bill.usage
            run = execute(request_run(ports.runs, "test", key="a").id, ports, settings)
            return run.state, emulators.bill.usage - before

    young, old = measure(tmp_path / "young", history=False), measure(tmp_path / "old", history=True)
    assert old[0] == young[0]
    more = old[1] - young[1]
    # A request that is repeated and a lease that is renewed count too. So a few more are chance;
    # one more for each document of any kind is not.
    assert max(more.reads, more.writes, more.requests) < HISTORY, more
