"""Start, watch and stop processes of this machine together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import RedrawError
from pipeline.files import PRIVATE_FILE, PRIVATE_UMASK, create_folder
from service.cli.interrupts import acknowledge

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.1
# A `preexec_fn` would make Python fork this process whole, and gRPC, whose threads run in it, then
# may wait for ever for one of them. Without it Python calls vfork, which gRPC does not notice.
DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
LOG_LINES = 5  # of the log, in the message about a process that ended


@dataclass
class Stack:
    """The running processes, in the order in which they were started.

    The output of each is in a file of its own in the folder `logs`.
    """

    logs: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, extra: Mapping[str, str] | None = None) -> None:
        """Start a process in a session of its own.

        The terminal sends Ctrl-C to all processes of a session. These should not receive it: they
        are ended by `stop`, in order.

        Args:
            name: of the process, and of its log.
            command: what to run.
            extra: environment variables for this process alone.
        """
        create_folder(self.logs)
        path = self.logs / f"{name}.log"
        path.touch(PRIVATE_FILE)
        with path.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-I", str(DIE_WITH_PARENT), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    **self.environment,
                    **(extra or {}),
                    "PYTHONUNBUFFERED": "1",
                },
                start_new_session=True,
                umask=PRIVATE_UMASK,
            )

    def wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        """Return as soon as `ready()` is true.

        Raises:
            RedrawError: a process has ended, or READY_SECONDS have passed.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise RedrawError(
                    f"{name} was not ready after {READY_SECONDS:.0f} s: see {self.logs / name}.log"
                )
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Raise RedrawError if a process has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.logs / f"{name}.log"
                lines = log.read_text(errors="replace").strip().splitlines()[-LOG_LINES:]
                raise RedrawError(
                    f"{name} ended with exit code {process.returncode}: see {log}, "
                    f"which ends with: {' / '.join(lines)}"
                )

    def stop(self) -> None:
        """End every process, the last started first; kill those that do not end in time."""
        acknowledge()  # a repeated Ctrl-C must not interrupt the cleaning up
        for name in reversed(self.processes):
            process = self.processes[name]
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
            # The whole group: a worker has child processes, which may be left when it was killed.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()
