"""The embedded server's objects on disk: after a restart, and after kill -9."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from emulator.servers import run_emulators
from tests.contract.storage._client import connect


def test_objects_survive_a_restart_and_leftovers_do_not(tmp_path: Path) -> None:
    with run_emulators(tmp_path) as emulators:
        bucket = connect(emulators.storage_host).bucket("b")
        bucket.blob("a").upload_from_string(b"old")
        bucket.blob("a").upload_from_string(b"kept")
        bucket.blob("gone").upload_from_string(b"gone")
        bucket.blob("gone").delete()
        bucket.blob("half").create_resumable_upload_session(size=10)
        generation = bucket.get_blob("a").generation
    with run_emulators(tmp_path) as emulators:
        bucket = connect(emulators.storage_host).bucket("b")
        assert bucket.blob("a").download_as_bytes() == b"kept"
        assert [blob.name for blob in bucket.list_blobs()] == ["a"]
        bucket.blob("a").upload_from_string(b"new", if_generation_match=generation)
        assert bucket.get_blob("a").generation > generation
    assert len(list((tmp_path / "objects").iterdir())) == 1
    assert not list((tmp_path / "incoming").iterdir())


SERVE = """
import pathlib, sys
from emulator.servers import serve
serve(pathlib.Path(sys.argv[1]), 0, 0, lambda started: print(started.storage_host, flush=True))
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        return process, output.readline().strip()


@pytest.mark.slow
def test_kill_9_during_uploads_loses_no_acknowledged_object(tmp_path: Path) -> None:
    process, host = start(tmp_path)
    acknowledged: dict[str, bytes] = {}

    def upload(thread: int) -> None:
        path = "/upload/storage/v1/b/b/o"
        with httpx.Client(base_url=host) as http:
            for number in range(10_000):
                name, data = f"{number % 20}-{thread}", os.urandom(50_000)
                try:
                    http.post(
                        path, params={"uploadType": "media", "name": name}, content=data
                    ).raise_for_status()
                except httpx.TransportError:
                    acknowledged.pop(name, None)  # the old bytes or the new: both are right
                    return
                acknowledged[name] = data
                if len(acknowledged) >= 40:
                    process.kill()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upload, range(3)))
    process.wait()
    process, host = start(tmp_path)
    try:
        bucket = connect(host).bucket("b")
        assert all(
            bucket.blob(name).download_as_bytes() == data for name, data in acknowledged.items()
        )
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    assert len(acknowledged) >= 37
