"""Being asked to end, by Ctrl-C or SIGTERM, as a KeyboardInterrupt that comes again until somebody heeds it.

Python raises it wherever the program happens to be. Inside of an import that looks for optional parts, as TensorFlow's does, or
of a destructor, it is swallowed, and nobody would ever end.
"""

import os
import signal
import threading
from types import FrameType

AGAIN_SECONDS = 2.0

_pending: list[threading.Timer] = []


def repeat_interrupts() -> None:
    """From now on SIGINT and SIGTERM raise KeyboardInterrupt, again and again until `acknowledge` is called."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)


def acknowledge() -> None:
    """Whoever has caught the interrupt, or is cleaning up after it, says so."""
    while _pending:
        _pending.pop().cancel()


def _interrupt(number: int, frame: FrameType | None) -> None:
    acknowledge()
    timer = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), number))
    timer.daemon = True
    _pending.append(timer)
    timer.start()
    signal.default_int_handler(number, frame)
