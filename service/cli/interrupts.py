"""Raise KeyboardInterrupt on Ctrl-C and SIGTERM again and again until it is handled.

Python raises KeyboardInterrupt wherever the program is at that moment. Some code swallows it: an
import in a try block, as in TensorFlow's search for optional parts, or a destructor. Then the
program would go on as if nothing had happened. So each signal starts a timer that sends the signal
again, and the code that handles the interrupt calls `acknowledge` to stop the timer.
"""

import os
import signal
import threading
from types import FrameType

AGAIN_SECONDS = 2.0

_pending: list[threading.Timer] = []


def repeat_interrupts() -> None:
    """Make SIGINT and SIGTERM raise KeyboardInterrupt until `acknowledge` is called."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)


def acknowledge() -> None:
    """Stop the repetition. Call this when the interrupt was caught, or before cleaning up."""
    while _pending:
        _pending.pop().cancel()


def _interrupt(number: int, frame: FrameType | None) -> None:
    acknowledge()
    timer = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), number))
    timer.daemon = True
    _pending.append(timer)
    timer.start()
    signal.default_int_handler(number, frame)
