"""What the demo does at its end in a terminal: it waits for a key."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import pytest

from pipeline.errors import RedrawError
from service.cli import keep_open
from service.cli.keep_open import wait_for_key


class Terminal:
    """A terminal without a screen: `keyboard` is where a person types."""

    def __init__(self) -> None:
        self.keyboard, terminal = os.openpty()
        self.file: IO[bytes] = os.fdopen(terminal, "rb", buffering=0)

    def press(self, key: bytes) -> None:
        os.write(self.keyboard, key)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.file.close()
    with suppress(OSError):
        os.close(terminal.keyboard)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep_open, "CHECK_SECONDS", 0.01)


def test_one_key_ends_it_without_enter(terminal: Terminal) -> None:
    checks: list[None] = []

    def check() -> None:
        checks.append(None)
        if len(checks) == 3:
            terminal.press(b"x")

    wait_for_key(terminal.file, check)
    assert len(checks) >= 3


def test_what_was_typed_before_does_not_end_it(terminal: Terminal) -> None:
    terminal.press(b"typed while it trained\n")
    checks: list[None] = []

    def check() -> None:
        checks.append(None)
        if len(checks) == 5:
            terminal.press(b"x")

    wait_for_key(terminal.file, check)
    assert len(checks) >= 5


def test_the_terminal_is_left_as_it_was(terminal: Terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal.file.fileno())
    wait_for_key(terminal.file, lambda: terminal.press(b"x"))
    assert termios.tcgetattr(terminal.file.fileno()) == before


def test_a_process_that_ends_meanwhile_is_reported(terminal: Terminal) -> None:
    def check() -> None:
        raise RedrawError("service ended with exit code 1")

    with pytest.raises(RedrawError, match="service ended"):
        wait_for_key(terminal.file, check)


def test_ctrl_c_ends_it_too(terminal: Terminal) -> None:
    def check() -> None:
        raise KeyboardInterrupt

    wait_for_key(terminal.file, check)


def test_where_no_one_can_type_ctrl_c_alone_ends_it() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"no key")
    checks: list[None] = []

    def check() -> None:
        checks.append(None)
        if len(checks) == 3:
            raise KeyboardInterrupt

    with os.fdopen(reading, "rb") as stdin:
        wait_for_key(stdin, check)
    os.close(writing)
    assert len(checks) == 3
