"""The process that trains a new baseline: `python -m pipeline.rebaseline.child`.

It reads a job from its standard input, writes reports to its standard output, and notes for
developers to the log. It ends at once when the process that started it is dead or silent.
"""

import fcntl
import json
import logging
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import RedrawError, TrainingStopped
from pipeline.files import write_atomically
from pipeline.progress import OnProgress
from pipeline.rebaseline.job import CURVES, LOCK, MODEL, Report, TrainingJob

STDIN, STDOUT, STDERR = 0, 1, 2
SECONDS_BETWEEN_REPORTS = 0.5
ORPHANED = 3
"""The exit code of a process that ended because no process waits for it any more."""

Train = Callable[[TrainingJob, OnProgress], tuple[bytes, dict[str, list[float]]]]
"""Trains, and returns the model file and the curves."""


def run(train: Train) -> int:
    """Execute the job on the standard input, and return the exit code."""
    # Libraries may print: what they print must not stand between the reports.
    out = os.fdopen(os.dup(STDOUT), "wb", buffering=0)
    os.dup2(STDERR, STDOUT)
    job = TrainingJob.model_validate_json(_read_line())
    threading.Thread(target=_end_when_orphaned, args=(job.silence_seconds,), daemon=True).start()
    try:
        lock = _lock(job.folder)
        with lock:
            model, curves = train(job, _reporting_to(out))
            write_atomically(job.folder / MODEL, model)
            recipe = job.model_dump(
                mode="json", include={"recipe", "epochs", "batch_size", "canvas_copies"}
            )
            write_atomically(
                job.folder / CURVES, json.dumps({**recipe, "history": curves}).encode()
            )
            _write(out, Report(finished=True))
    except Exception as fault:
        logging.getLogger(__name__).exception("the training failed")
        expected = isinstance(fault, RedrawError | OSError)
        text = str(fault) if expected else f"{type(fault).__name__}: {fault}"
        _write(out, Report(fault=type(fault).__name__, message=text))
        return 1
    return 0


def _read_line() -> bytes:
    """Read a line byte by byte: the lines after it are for the thread that watches."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(STDIN, 1)):
        line += byte
    return line


def _end_when_orphaned(silence_seconds: float) -> None:
    """End this process when the standard input is closed, or silent for too long.

    The other end is closed when the process that holds it dies, however it dies. It is silent when
    that process is suspended, and another may have taken its run over.
    """
    while True:
        readable, _, _ = select.select([STDIN], [], [], silence_seconds)
        if not readable or not os.read(STDIN, 4096):
            os._exit(ORPHANED)


def _lock(folder: Path) -> BinaryIO:
    """Return the locked file of this folder, which names this process.

    The system releases the lock when the process ends.

    Raises:
        TrainingStopped: another process trains in this folder.
    """
    file = (folder / LOCK).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise TrainingStopped(
            f"another process trains a new baseline in {folder}: it is tried again"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n".encode())
    file.flush()
    return file


def _reporting_to(out: BinaryIO) -> OnProgress:
    """Return a function that reports progress, at most twice a second."""
    written = 0.0

    def report(message: str, done: int = 0, total: int = 0) -> None:
        nonlocal written
        now = time.monotonic()
        if now - written >= SECONDS_BETWEEN_REPORTS:
            written = now
            _write(out, Report(message=message, done=done, total=total))

    return report


def _write(out: BinaryIO, report: Report) -> None:
    out.write(report.model_dump_json(exclude_defaults=True).encode() + b"\n")


if __name__ == "__main__":
    from pipeline.rebaseline.training import train_all_layers

    raise SystemExit(run(train_all_layers))
