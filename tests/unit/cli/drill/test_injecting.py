"""What the faults of a drill do to real processes and files, and that they end."""

import contextlib
import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run
from pipeline.settings import Settings
from service.cli.drill.faults import Kind, Planned
from service.cli.drill.injecting import FULL_BYTES, inject, list_group
from service.cli.drill.players import Ledger
from service.cli.drill.system import System
from service.cli.processes import Stack

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="needs Linux")

# Answers each line of its input: with the number of the error of a long write, or with 0.
WRITER = """
import sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "wb") as file:
            file.write(bytes(100_000))
        print(0, flush=True)
    except OSError as error:
        print(error.errno, flush=True)
"""


@pytest.fixture
def system(tmp_path: Path) -> System:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    receiver: Any = SimpleNamespace()
    made = System(
        Stack(tmp_path, {}),
        settings,
        in_memory(),
        SimpleNamespace(service=1),
        {},
        receiver,
        "key",  # type: ignore[arg-type]
    )
    made.folder("worker").mkdir()
    made.ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    return made


@contextlib.contextmanager
def running_writer(system: System) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-I", "-c", WRITER, str(system.folder("worker") / "file")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        system.stack.processes["worker"] = process  # type: ignore[assignment]
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("write\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def fault(kind: Kind, how: str = "", number: int = 12_345) -> Planned:
    return Planned(kind, "worker", how, 0, 0, number)


def test_a_full_disk_refuses_long_writes_until_the_fault_ends(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    with running_writer(system) as process:
        monkeypatch.setattr(
            "service.cli.drill.injecting.watch", lambda *_: answers.append(ask(process))
        )
        assert inject(fault(Kind.FULL), system, Ledger())
        answers.append(ask(process))

    assert answers == [0, errno.EFBIG, 0]
    assert (system.folder("worker") / "file").stat().st_size > FULL_BYTES


def test_a_stalled_process_stops_and_goes_on(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []
    with running_writer(system) as process:

        def look(*_: object) -> None:
            # Of the two calls, before the fault and in it, only the second finds it stopped.
            found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG * (not stopped))
            stopped.append(found is not None)

        ask(process)
        monkeypatch.setattr("service.cli.drill.injecting.watch", look)
        inject(fault(Kind.STALL), system, Ledger())

        assert ask(process) == 0
    assert stopped == [False, True]


def test_a_killed_process_is_started_again_and_was_expected_to_end(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr(System, "start", lambda _, name: started.append(name))
    with running_writer(system) as process:
        inject(fault(Kind.KILL), system, Ledger())
        process.wait()
        system.keep_up()

    assert started[-1:] == ["worker"]
    assert system.ended == []


def test_a_process_that_ends_by_itself_is_named(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(System, "start", lambda *_: None)
    with running_writer(system) as process:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait()
        system.keep_up()

    assert system.ended == ["worker ended by itself, with code 0"]


def test_the_group_of_a_process_holds_its_children() -> None:
    script = "import subprocess; subprocess.run(['sleep', '60'])"
    with subprocess.Popen([sys.executable, "-I", "-c", script], start_new_session=True) as parent:
        while len(list_group(parent.pid)) < 2:
            time.sleep(0.01)
        found = list_group(parent.pid)
        for pid in found:
            subprocess.run(["kill", "-9", str(pid)], check=True)

    assert parent.pid in found


def test_damage_changes_bytes_and_not_the_size(system: System) -> None:
    path = system.dataset("worker")
    path.write_bytes(bytes(10_000))

    assert inject(fault(Kind.DAMAGE), system, Ledger())

    assert len(path.read_bytes()) == 10_000
    assert path.read_bytes() != bytes(10_000)


@pytest.mark.parametrize("kind", [Kind.DAMAGE, Kind.TRUNCATE, Kind.DELETE, Kind.DAMAGE_FEATURES])
def test_a_file_that_is_not_there_is_nothing_to_strike(system: System, kind: Kind) -> None:
    assert not inject(fault(kind), system, Ledger())


@pytest.mark.parametrize(("how", "left"), [("cut", b"1234"), ("deleted", None)])
def test_what_a_run_has_stored_is_damaged_but_never_the_plan_to_forget_a_player(
    system: System, how: str, left: bytes | None
) -> None:
    artefacts: Any = system.ports.artefacts
    artefacts.create("runs/run-1/fit.npz", b"12345678")
    artefacts.create("runs/run-1/forget/plan.json", b"{}")

    assert inject(fault(Kind.DAMAGE_STAGING, how), system, Ledger())

    assert artefacts.objects.get("runs/run-1/fit.npz") == left
    assert artefacts.objects["runs/run-1/forget/plan.json"] == b"{}"
