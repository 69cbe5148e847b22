"""For `celery --include tests.end_to_end.killing`: kill -9 of a worker when a function returns.

REDRAW_KILL_AFTER names the function, `module:attribute` or `module:Class.method`; REDRAW_KILL_AT
the number of its last call in one process, 1 by default; REDRAW_KILL_BY another signal. Nothing is
cleaned up. `python -m tests.end_to_end.killing retrain` does the same to a command of `redraw`.
"""

import functools
import importlib
import itertools
import os
import signal
from typing import Any

from workers import tasks

_execute = tasks.execute


def _killing(function: Any) -> Any:
    calls = itertools.count(1)

    @functools.wraps(function)
    def last_act(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if next(calls) == int(os.environ.get("REDRAW_KILL_AT", "1")):
            os.killpg(os.getpgrp(), signal.Signals[os.environ.get("REDRAW_KILL_BY", "SIGKILL")])
        return result

    return last_act


def kill_when_it_returns() -> None:
    """Let this process be killed when the function of REDRAW_KILL_AFTER returns."""
    module, _, path = os.environ["REDRAW_KILL_AFTER"].partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, _killing(getattr(owner, name)))


def _execute_and_die(*args: Any, **kwargs: Any) -> Any:
    kill_when_it_returns()
    return _execute(*args, **kwargs)


tasks.execute = _execute_and_die

if __name__ == "__main__":
    from service.cli.main import main

    kill_when_it_returns()
    main()
