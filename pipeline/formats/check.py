"""Check the model files of a version in a fresh process, before the version is listed."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.drawings import Images
from pipeline.errors import Unavailable

COMMAND = (sys.executable, "-m", "pipeline.formats.child")
SECONDS = 120.0
"""A check takes a second or two; a process that has not ended by then is killed."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Threads of BLAS wait for each other in busy loops: ten times as long on a busy machine."""
GOLDEN = "golden"
"""The name of the drawings among what the process is sent; no file of a version has it."""


def check_files(files: Mapping[str, bytes], golden: Images) -> list[str]:
    """Load each model file of a version, and compare its guesses with those of the .h5 file.

    A fresh process without TensorFlow does it, so nothing that made the files is trusted, and a
    file that makes a runtime crash or hang ends that process alone.

    Args:
        files: the bytes of the version's files as they were read back from Storage, by name or by
            path. Files of other kinds, such as metadata.json, are left alone.
        golden: uint8 `(n, 28, 28)`: the golden drawings.

    Returns:
        What is wrong, one line each, with the file's name; empty if all files are as the .h5 file
        says. A process that crashes is wrong too: a file may have made it do so.

    Raises:
        Unavailable: the check could not be made: the process did not start, did not end in time, or
            was killed, by lack of memory for example.
    """
    return compare_apart(files, golden)


def compare_apart(
    files: Mapping[str, bytes],
    golden: Images,
    command: Sequence[str] = COMMAND,
    seconds: float = SECONDS,
) -> list[str]:
    """Return what the process says that `command` starts, or why it says nothing."""
    sent = io.BytesIO()
    arrays = {path: np.frombuffer(data, np.uint8) for path, data in files.items()}
    np.savez(sent, allow_pickle=False, **arrays, **{GOLDEN: golden})
    try:
        done = subprocess.run(
            command,
            input=sent.getvalue(),
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, **ONE_THREAD},
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(
            f"the check of the files did not end within {seconds:.0f} s and was stopped"
        ) from None
    except OSError as fault:
        raise Unavailable(f"the check of the files could not be started: {fault}") from fault
    if done.returncode == -signal.SIGKILL:
        raise Unavailable("the check of the files was killed: see that there is enough memory")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else "it said nothing"
        return [f"the check of the files ended with code {done.returncode}: {reason}"]
    try:
        return [str(line) for line in json.loads(done.stdout.splitlines()[-1])]
    except (IndexError, TypeError, ValueError):
        return ["the check of the files gave no answer"]
