"""Become another program that ends when the process that started it dies.

Called by path as `die_with_parent.py PARENT COMMAND...`; PARENT is the process's id. A parent that
is killed by SIGKILL cannot stop its children, so Linux is asked to send them SIGTERM. Other systems
have no such call: there such processes must be ended by hand.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Ask for the signal, and replace this process by the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it was asked for
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the command is Redraw's own


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
