"""`redraw demo` and `redraw up` as a person types them: what they print, what they leave, and that Ctrl-C ends everything."""

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

REDRAW = (sys.executable, "-m", "service.cli")
WAIT_SECONDS = 60


def started_by(process: subprocess.Popen[str]) -> set[int]:
    """The living processes whose command line or environment names the process's data folder, itself left out."""
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
    """A redraw command in a process group of its own, as a shell starts it, without REDRAW_ settings, and offline."""
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
    raise AssertionError(f"the command ended without saying {words!r}")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGTERM, signal.SIGKILL)),
    ],
)
def test_ending_the_demo_ends_every_process_that_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running("demo", "--data-dir", str(tmp_path / "data")) as demo:
        line_with(demo, "training the first model")
        children = started_by(demo)
        assert len(children) >= 4

        demo.send_signal(number)
        demo.wait(WAIT_SECONDS)

        deadline = time.monotonic() + WAIT_SECONDS
        while any(map(alive, children)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not any(map(alive, children))


def test_a_second_demo_in_the_same_folder_is_told_what_is_wrong(tmp_path: Path) -> None:
    with running("demo", "--data-dir", str(tmp_path / "data")) as first:
        line_with(first, "training the first model")
        with running("demo", "--data-dir", str(tmp_path / "data")) as second:
            said, _ = second.communicate(timeout=WAIT_SECONDS)
    assert second.returncode == 1
    assert "in use by another emulator" in said.replace("\n", " ")


@pytest.mark.slow
def test_the_demo_ends_with_v1_0_1_and_a_second_one_goes_on_from_there(tmp_path: Path) -> None:
    said = [told_by_a_demo(tmp_path / "data") for _ in range(2)]
    assert "released now v1.0.1" in said[0], said[0]
    assert "v1.0.1 is released already: going on from there" in said[1], said[1]
    # Whether the second round helps is the gate's to say, and it says so.
    assert re.search(
        r"(promoted, released: v1\.0\.2|(held|rejected), released: nothing)", said[1]
    ), said[1]


def told_by_a_demo(folder: Path) -> str:
    with running("demo", "--data-dir", str(folder)) as demo:
        said, _ = demo.communicate(timeout=5 * WAIT_SECONDS)
    assert demo.returncode == 0, said
    return said
