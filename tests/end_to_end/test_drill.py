"""`redraw drill` as a process of its own: a short one, and one that Ctrl-C ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FAULTS = 6


def start_drill(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "service.cli", "drill"),
            *("--faults", str(FAULTS), "--seed", "5", "--data-dir", str(folder)),
        ],
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def find_processes(folder: Path) -> list[str]:
    """The command lines of processes that have the data folder, or one in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            if f"REDRAW_DATA_DIR={folder}".encode() in environment:
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_after_a_few_faults_every_invariant_holds(tmp_path: Path) -> None:
    drill = start_drill(tmp_path / "drill")
    output, _ = drill.communicate()

    assert drill.returncode == 0, output
    assert f"{FAULTS} faults" in output
    assert "0 violations" in output
    assert find_processes(tmp_path) == []


@pytest.mark.skipif(not Path("/proc").exists(), reason="the processes are found in /proc")
def test_ctrl_c_stops_every_process_and_still_prints_what_was_done(tmp_path: Path) -> None:
    drill = start_drill(tmp_path / "drill")
    assert drill.stdout is not None
    printed = []
    for line in drill.stdout:
        printed.append(line)
        if f"1/{FAULTS} " in line:
            break
    running = find_processes(tmp_path)
    os.kill(drill.pid, signal.SIGINT)
    output = "".join(printed) + drill.communicate()[0]

    assert drill.returncode == 130, output
    assert any("celery" in each for each in running)
    assert "faults," in output.split("Ctrl-C ends the drill")[1]
    assert "the invariants were not checked" in output
    while find_processes(tmp_path):  # a killed process is gone a moment later
        time.sleep(0.05)
