"""For `celery --include tests.end_to_end.killing`: kill -9 of the whole worker as soon as one function has returned.

REDRAW_KILL_AFTER names the function, `module:attribute` or `module:Class.method`. What it left behind is all that is left.
"""

import functools
import importlib
import os
import signal
from typing import Any

from workers import tasks

_execute = tasks.execute


def _killing(function: Any) -> Any:
    @functools.wraps(function)
    def last_act(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    return last_act


def _execute_and_die(*args: Any, **kwargs: Any) -> Any:
    module, _, path = os.environ["REDRAW_KILL_AFTER"].partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, _killing(getattr(owner, name)))
    return _execute(*args, **kwargs)


tasks.execute = _execute_and_die
