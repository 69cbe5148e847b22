"""Keep the processes of the demo running until a person presses a key."""

import os
import select
import sys
import time
from collections.abc import Callable
from typing import IO, Any

from service.cli.display import console
from service.cli.interrupts import acknowledge
from service.cli.page_addresses import LINK_MINUTES, PageAddresses
from service.cli.processes import Stack

CHECK_SECONDS = 1.0


def keep_open(stack: Stack, pages: PageAddresses, key: str) -> None:
    """Say where the pages are, and let them answer until a key is pressed, or Ctrl-C."""
    console.print()
    console.print(
        "The model has learned once. All of it still runs here: press a key, or Ctrl-C, to stop it."
    )
    console.print(f"Draw, correct it, and see what it learns: {pages.play}", soft_wrap=True)
    console.print(
        f"The dashboard, signed in: {pages.link} (for {LINK_MINUTES} minutes; later"
        f" {pages.dashboard} with the API key {key})",
        soft_wrap=True,
    )
    wait_for_key(sys.stdin, stack.check)


def wait_for_key(stdin: IO[Any], check: Callable[[], None]) -> None:
    """Return when a key is pressed, or by Ctrl-C; by Ctrl-C alone if `stdin` is no terminal.

    What was typed before the call is passed over.

    Args:
        stdin: where keys come from.
        check: called about once a second; what it raises ends the wait.
    """
    try:
        if stdin.isatty():
            _wait_at_terminal(stdin.fileno(), check)
        else:
            while True:
                check()
                time.sleep(CHECK_SECONDS)
    except KeyboardInterrupt:
        acknowledge()  # it was asked to end


def _wait_at_terminal(terminal: int, check: Callable[[], None]) -> None:
    # Not there on Windows, where the rest of this module is of use.
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    termios.tcflush(terminal, termios.TCIFLUSH)
    try:
        tty.setcbreak(terminal)  # keys come one by one, without Enter; Ctrl-C still is a signal
        while not select.select([terminal], [], [], CHECK_SECONDS)[0]:
            check()
        os.read(terminal, 1)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
