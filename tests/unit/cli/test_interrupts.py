"""Ctrl-C ends a command even where the first one is swallowed, as an import may do."""

import signal
import subprocess
import sys

import pytest

SWALLOWING = """
import time
from service.cli import interrupts
interrupts.AGAIN_SECONDS = 0.5
interrupts.repeat_interrupts()
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("swallowed", flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    interrupts.acknowledge()
    print("handled", flush=True)
time.sleep(1)
print("cleaned up in peace", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_is_swallowed_comes_again_until_it_is_handled(
    number: signal.Signals,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SWALLOWING], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read().splitlines() == ["swallowed", "handled", "cleaned up in peace"]
    assert process.returncode == 0
