"""Benchmarks run as documented, and both sides give the same on small inputs too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# See benchmarks/machines.py, which is not imported here: it loads Google's clients.
MAY_LIMIT = any(os.access(f"/sys/fs/cgroup/{name}", os.W_OK) for name in ("cpu", ""))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("preprocess --rows-per-class 20 --rounds 1", "400 drawings"),
        ("predict", "times faster"),
        ("verification --rows-per-class 20 --rounds 1", "14 of 14"),
        ("drift --champions 2 --days 9", "raised an alarm"),
        ("gate --rounds 4", "full size: 140,000 clean drawings"),
        ("formats --count 60", "all in order"),
        ("growth --runs 2 --history 3", "with each further run"),
        ("retention --runs 2", "after retention, time 2"),
        ("backup --corrections 40", "equal by digest: True"),
        ("growth_rows --rows 0 300", "bytes of memory a correction"),
        ("web_stress --seconds 2 --clients 4", "0 over 4 s"),
        pytest.param(
            *("machines --count 200 --rounds 1", "two hosts against one"),
            marks=pytest.mark.skipif(not MAY_LIMIT, reason="control groups cannot be made here"),
        ),
    ],
)
def test_a_benchmark_runs_and_says_what_came_of_it(call: str, said: str) -> None:
    module, *options = call.split()
    command = [sys.executable, "-m", f"benchmarks.{module}", *options]
    assert (
        said
        in subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240
        ).stdout
    )
