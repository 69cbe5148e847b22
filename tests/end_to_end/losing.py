"""For `celery --include tests.end_to_end.losing`: a whole host is lost when a function returns.

REDRAW_LOSSES names a folder with one empty file for each loss to come, named after the function,
`module:attribute` or `module:Class.method`. The first process that returns from it takes the file
away, and its host is lost: by kill -9 of all of its processes, or its network is cut, as
REDRAW_LOST_BY says. The processes of a host have the same REDRAW_TEST_HOST.
"""

import functools
import importlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

LINK = "eth0"
"""The host's only link besides loopback, in its network namespace."""


def _kill_host() -> None:
    ours = f"REDRAW_TEST_HOST={os.environ['REDRAW_TEST_HOST']}\0".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            pid = int(folder.name)
            if pid != os.getpid() and ours in (folder / "environ").read_bytes():
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue  # it has ended, or is not ours
    os.kill(os.getpid(), signal.SIGKILL)


def _cut_network() -> None:
    subprocess.run(["ip", "link", "set", LINK, "down"], check=True)


LOSE = {"kill": _kill_host, "cut": _cut_network}


def _losing(function: Any, file: Path) -> Any:
    @functools.wraps(function)
    def last_act(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        try:
            file.unlink()
        except FileNotFoundError:
            return result
        LOSE[os.environ["REDRAW_LOST_BY"]]()
        return result

    return last_act


@worker_process_init.connect
def lose_host_in_each_step(**_: Any) -> None:
    """Change the functions in a process of the pool, which executes the tasks."""
    for file in Path(os.environ["REDRAW_LOSSES"]).iterdir():
        module, _, path = file.name.partition(":")
        owner: Any = importlib.import_module(module)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        setattr(owner, name, _losing(getattr(owner, name), file))
