"""`redraw emulators` and `redraw emulators seed`: output, stored documents and failures."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from emulator.servers import Emulators
from service.cli.main import main
from service.cli.stack import (
    Addresses,
    describe_firebase,
    find_external_emulators,
    new_stack,
    start_firebase,
)
from tests._official import official_only

REDRAW = (sys.executable, "-m", "service.cli", "emulators")


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def redraw(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Call the command in this process: a process of its own takes two seconds to import."""
    for name in os.environ:
        if name.startswith("REDRAW_"):
            monkeypatch.delenv(name)

    def call(*arguments: str, **variables: str) -> Ended:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["redraw", "emulators", *arguments])
            for name, value in variables.items():
                patch.setenv(name, value)
            code = 0
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Ended(code, *capsys.readouterr())

    return call


def in_a_process(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Call the command as a person does."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("REDRAW_")
    }
    return subprocess.run(
        [*REDRAW, *arguments],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    "named",
    [{}, {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}, {"STORAGE_EMULATOR_HOST": "http://x:1"}],
)
def test_a_real_project_is_never_seeded(
    named: dict[str, str], redraw: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    done = redraw("seed", **named)
    assert done.returncode == 1
    assert "EMULATOR_HOST is not set: start `redraw emulators`" in done.stderr


def test_a_folder_without_corrections_says_what_is_missing(
    embedded_firebase: Emulators, redraw: Callable[..., Ended], tmp_path: Path
) -> None:
    done = redraw("seed", "--corrections", str(tmp_path), **embedded_firebase.environment())
    assert done.returncode == 1
    assert "corrections.jsonl" in done.stderr


@pytest.mark.slow
def test_seeded_corrections_are_pending_with_their_canvases_and_sent_once(
    embedded_firebase: Emulators, redraw: Callable[..., Ended], monkeypatch: Any
) -> None:
    variables = embedded_firebase.environment() | {
        "REDRAW_PROJECT_ID": "demo-seed",
        "REDRAW_BUCKET": "demo-seed.appspot.com",
    }
    command = ("seed", "--count", "20", "--seed", "5")
    calls = [in_a_process(*command, **variables), redraw(*command, **variables)]
    assert [call.stdout.split()[0] for call in calls] == ["20", "0"], calls
    for name, value in embedded_firebase.environment().items():
        monkeypatch.setenv(name, value)
    documents = (
        firestore.Client(project="demo-seed", credentials=AnonymousCredentials())
        .collection("corrections")
        .get()
    )
    assert [document.get("status") for document in documents] == ["pending"] * 20
    bucket = storage.Client(project="demo-seed", credentials=AnonymousCredentials()).bucket(
        "demo-seed.appspot.com"
    )
    canvases = {blob.name for blob in bucket.list_blobs(prefix="drawings/corrections/")}
    assert canvases <= {document.get("imageStoragePath") for document in documents}
    assert len(canvases) >= 18


def test_seeded_corrections_may_come_from_a_folder(
    embedded_firebase: Emulators, redraw: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "corrections.jsonl").write_text(
        json.dumps({"id": "c1", "correctedLabel": "cat"}) + "\n"
    )
    variables = embedded_firebase.environment() | {"REDRAW_PROJECT_ID": "demo-folder"}
    assert redraw("seed", "--corrections", str(tmp_path), **variables).stdout.split()[:4] == [
        "1",
        "corrections",
        "are",
        "new",
    ]


def test_without_google_s_emulator_official_says_how_to_get_it(
    redraw: Callable[..., Ended], tmp_path: Path
) -> None:
    done = redraw("--official", PATH=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == 1
    assert "gcloud components install cloud-firestore-emulator" in done.stderr


@official_only
@pytest.mark.slow
def test_official_serves_google_s_firestore_and_our_storage_until_sigterm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = [*REDRAW, "--official", "--firestore-port", "0", "--storage-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        for line in lines[2:]:
            name, _, value = line.removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
        client = firestore.Client(project="demo-official", credentials=AnonymousCredentials())
        with pytest.raises(Exception, match="order by clause"):
            client.collection("c").order_by("__name__").order_by("n").get()
        storage.Client(project="demo-official", credentials=AnonymousCredentials()).bucket(
            "b"
        ).blob("o").upload_from_string("x")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


INTERRUPTED_HANDLER = """
import os, signal, sys
from emulator.servers import serve

left = 20

def send_another(frame, event, argument):
    global left
    if left:
        left -= 1
        os.kill(os.getpid(), signal.SIGTERM)
    return send_another

def begin(emulators):
    sys.settrace(send_another)
    os.kill(os.getpid(), signal.SIGTERM)

serve(None, 0, 0, begin)
"""


def test_the_emulators_end_when_a_signal_comes_while_another_one_is_handled() -> None:
    assert subprocess.run([sys.executable, "-c", INTERRUPTED_HANDLER], check=False).returncode == 0


def test_emulators_that_the_environment_names_are_used_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:2",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    addresses = Addresses(10, 20, 30, 40, find_external_emulators())
    assert named.items() <= addresses.environment().items()
    assert "127.0.0.1:1" in describe_firebase(addresses)
    from pipeline.settings_reading import load_settings

    with new_stack(load_settings(data_dir=tmp_path), addresses, {}) as stack:
        start_firebase(stack, load_settings(data_dir=tmp_path), addresses)
        assert stack.processes == {}
