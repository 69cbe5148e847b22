"""`redraw demo` and `redraw up` in a terminal: they keep pages open that can be played on."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from emulator.players.sketches import write_sketches
from service.cli.raw_drawings import SKETCHES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals"),
]
WAIT_SECONDS = 1200
"""A busy machine is no fault."""
DRAWINGS = 60
"""Of each class: few, so that the first version takes seconds."""


class Terminal:
    """A redraw command in a pseudo-terminal: what it prints, and a keyboard."""

    def __init__(self, *arguments: str) -> None:
        self._screen, terminal = os.openpty()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("REDRAW_")
        }
        environment |= {"REDRAW_SOURCE_URL": "http://127.0.0.1:1", "TERM": "dumb", "COLUMNS": "300"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment,
            start_new_session=True,
        )
        os.close(terminal)
        self.printed = ""

    def read_until(self, pattern: str) -> re.Match[str]:
        """Return where the output has this pattern, as soon as it does."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := re.search(pattern, self.printed)) is None:
            assert time.monotonic() < deadline, self.printed
            try:
                data = os.read(self._screen, 4096)
            except OSError:  # the command has ended
                raise AssertionError(self.printed) from None
            self.printed += data.decode(errors="replace")
        return found

    def press(self, key: bytes) -> None:
        os.write(self._screen, key)

    def wait(self) -> int:
        """Read what is left, and return the exit code."""
        with suppress(OSError):
            while data := os.read(self._screen, 4096):
                self.printed += data.decode(errors="replace")
        return self.process.wait(WAIT_SECONDS)


@contextmanager
def typed(*arguments: str) -> Iterator[Terminal]:
    """Run a command in a terminal, and kill it at the end if it has not ended."""
    terminal = Terminal(*arguments)
    try:
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()


def check_pages(play: str, link: str) -> None:
    """Assert that these addresses answer: the page to draw on, and the dashboard with a sign-in."""
    assert httpx.get(play).status_code == 200
    with httpx.Client(follow_redirects=True) as browser:
        overview = browser.get(link)
    assert overview.status_code == 200
    assert "Sign out" in overview.text


def test_the_demo_keeps_its_pages_open_until_a_key_is_pressed(tmp_path: Path) -> None:
    raw = tmp_path / SKETCHES  # from a folder of this name players get drawings of their own
    write_sketches(raw, DRAWINGS, 0)
    with typed("demo", "--raw", str(raw), "--data-dir", str(tmp_path / "data")) as demo:
        demo.press(b"a key while it trains")
        play = demo.read_until(r"see what it learns: (http://\S+/play)")[1]
        link = demo.read_until(r"dashboard, signed in: (http://\S+link=\S+)")[1]
        assert "press a key, or Ctrl-C" in demo.printed
        check_pages(play, link)
        assert demo.process.poll() is None
        demo.press(b" ")
        assert demo.wait() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(play)


def test_up_begins_with_the_pages_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    with typed("up", "--data-dir", str(tmp_path / "data")) as up:
        play = up.read_until(r"draw, and see it guess: (http://\S+/play)\s")[1]
        link = up.read_until(r"signed in, for \d+ minutes from now on: (http://\S+)\s")[1]
        up.read_until("Ctrl-C stops everything")
        check_pages(play, link)
        up.process.send_signal(signal.SIGINT)
        assert up.wait() == 130
