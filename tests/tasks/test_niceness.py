"""The processes that execute runs give way to the service on the same machine."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os
from celery.signals import worker_process_init
from workers import tasks
tasks.connect_once = lambda: None
worker_process_init.send(None)
print(os.nice(0), tasks.AUTOGROUP.read_text() if tasks.AUTOGROUP.exists() else "")
"""
IN_A_SESSION_OF_ITS_PARENT = """
import os, subprocess, sys
os.setsid()
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("nice", [0, 3])
def test_a_process_that_executes_runs_is_as_nice_as_the_settings_say(nice: int) -> None:
    environment = {**os.environ, "REDRAW_WORKER_NICE": str(nice)}
    command = [sys.executable, "-c", IN_A_SESSION_OF_ITS_PARENT, PROGRAM]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    process, _, session = said.stdout.strip().partition(" ")
    assert int(process) == min(19, os.nice(0) + nice)
    if session:  # Linux, where sessions are weighed: as in "/autogroup-27 nice 10"
        assert session.endswith(f"nice {nice}")
