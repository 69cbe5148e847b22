"""`redraw demo` as a person types it: what it prints, and that Ctrl-C ends every process."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emulator.players.sketches import write_sketches
from emulator.servers import run_emulators

REDRAW = (sys.executable, "-m", "service.cli")
WAIT_SECONDS = 60


def started_by(process: subprocess.Popen[str]) -> set[int]:
    """Return the child processes of `process`."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(pid) for pid in children}


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a redraw command in a process group of its own, without REDRAW_ settings and offline."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("REDRAW_")
    }
    environment["REDRAW_SOURCE_URL"] = "http://127.0.0.1:1"
    process = subprocess.Popen(
        [*REDRAW, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"the command ended without printing {words!r}")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.slow  # half a minute of processor time: each starts a whole demo
@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
)
def test_ending_the_demo_ends_every_process_that_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    write_sketches(tmp_path / "raw", 10, 0)
    folders = ("--raw", str(tmp_path / "raw"), "--data-dir", str(tmp_path / "data"))
    with running("demo", *folders) as demo:
        line_with(demo, "training the first model")
        children = started_by(demo)
        assert len(children) >= 4

        demo.send_signal(number)
        demo.wait(WAIT_SECONDS)

        deadline = time.monotonic() + WAIT_SECONDS
        while any(map(alive, children)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not any(map(alive, children))


@pytest.mark.slow
def test_a_demo_in_a_folder_that_another_one_uses_says_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "data"
    # What a running demo holds of its folder; a second whole demo would take ten seconds more.
    with run_emulators(data / "firebase"), running("demo", "--data-dir", str(data)) as demo:
        printed, _ = demo.communicate(timeout=WAIT_SECONDS)
    assert demo.returncode == 1
    assert "in use by another emulator" in printed.replace("\n", " ")


@pytest.mark.slow
def test_the_demo_ends_with_v1_0_1_and_a_second_one_goes_on_from_there(tmp_path: Path) -> None:
    first, second = (output_of_a_demo(tmp_path / "data") for _ in range(2))
    assert "v1.0.1 was released. All of this took" in first, first
    assert "v1.0.1 is released already: going on from there" in second, second
    # Whether the second round helps is the gate's to say, and it says so.
    assert re.search(
        r"(promoted, released: v1\.0\.2|(held|rejected), released: nothing)", second
    ), second


def output_of_a_demo(folder: Path) -> str:
    with running("demo", "--data-dir", str(folder)) as demo:
        printed, _ = demo.communicate(timeout=5 * WAIT_SECONDS)
    assert demo.returncode == 0, printed
    return printed
