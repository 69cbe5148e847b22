"""The embedded server's documents on disk: after a restart, and after kill -9."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from google.api_core import exceptions

from emulator.servers import run_emulators
from pipeline.errors import RedrawError
from tests.contract.firestore._client import connect


def test_documents_survive_a_restart(tmp_path: Path) -> None:
    with run_emulators(tmp_path) as emulators:
        result = connect(emulators.firestore_host, "demo").document("c/a").set({"n": 1})
    with run_emulators(tmp_path) as emulators:
        snapshot = connect(emulators.firestore_host, "demo").document("c/a").get()
    assert snapshot.get("n") == 1
    assert snapshot.update_time == result.update_time < snapshot.read_time


def test_a_folder_has_one_emulator_and_a_port_one_server(tmp_path: Path) -> None:
    with run_emulators(tmp_path) as emulators:
        with (
            pytest.raises(RedrawError, match="in use by another emulator"),
            run_emulators(tmp_path),
        ):
            pass
        port = int(emulators.firestore_host.rpartition(":")[2])
        with (
            pytest.raises(RedrawError, match=f"port {port} .*--firestore-port"),
            run_emulators(firestore_port=port),
        ):
            pass
        port = int(emulators.storage_host.rpartition(":")[2])
        with (
            pytest.raises(RedrawError, match=f"port {port} .*--storage-port"),
            run_emulators(storage_port=port),
        ):
            pass


SERVE = """
import pathlib, sys
from emulator.servers import serve
serve(pathlib.Path(sys.argv[1]), 0, 0, lambda started: print(started.firestore_host, flush=True))
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        return process, output.readline().strip()


@pytest.mark.slow
def test_kill_9_during_a_stream_of_writes_loses_no_acknowledged_write(tmp_path: Path) -> None:
    process, host = start(tmp_path)
    client, acknowledged = connect(host, "demo"), []

    def write(thread: int) -> None:
        for number in range(10_000):
            batch = client.batch()
            batch.set(client.document(f"c/{thread}-{number}-a"), {"n": number})
            batch.set(client.document(f"c/{thread}-{number}-b"), {"n": number})
            try:
                batch.commit(retry=None, timeout=5)
            except exceptions.GoogleAPICallError:
                return
            acknowledged.append(f"{thread}-{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 60:
        time.sleep(0.005)
    process.kill()
    for thread in threads:
        thread.join()
    process.wait()
    process, host = start(tmp_path)
    try:
        found = {snapshot.id for snapshot in connect(host, "demo").collection("c").stream()}
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    assert {f"{name}-{half}" for name in acknowledged for half in "ab"} <= found
    assert all(f"{name[:-1]}{'ba'['ab'.index(name[-1])]}" in found for name in found), (
        "no commit is half there"
    )
