"""Train in a process of its own, which ends with this one, and relay its progress.

TensorFlow takes gigabytes, does not give them back, and hangs in a process that was forked. So a
worker never loads it. The process that it starts here trains alone, and writes a checkpoint after
each epoch: a training that is stopped in any way goes on from there.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pipeline import errors
from pipeline.baseline_extra import require_tensorflow
from pipeline.errors import RedrawError, Retryable, TrainingStopped
from pipeline.files import PRIVATE_FILE, create_folder
from pipeline.progress import OnProgress
from pipeline.rebaseline.job import CURVES, LOG, MODEL, Report, TrainingJob

COMMAND = (sys.executable, "-m", "pipeline.rebaseline.child")
BEAT_SECONDS = 1.0
"""How often the process gets a sign of life."""
READ_BYTES = 65_536
LOG_BYTES = 2_000  # of the end of the log, in which the reason of a crash is looked for


class Trained(NamedTuple):
    """What a training has made: the model file, and the curves and recipe as JSON."""

    model: bytes
    curves: bytes


def train_apart(
    job: TrainingJob, on_progress: OnProgress, command: Sequence[str] = COMMAND
) -> Trained:
    """Train in a process of its own, and return what it has made.

    The process is killed when this function is left in any way, and ends itself when this process
    dies or says nothing for `job.silence_seconds`.

    Args:
        job: what to train.
        on_progress: called with each report, and once a second at least. What it raises ends the
            training.
        command: what to execute.

    Raises:
        TensorFlowMissing: it is not installed.
        TrainingStopped: the process was killed, or another one trains in the same folder.
        RedrawError: the training failed, with the error that ended it.
    """
    require_tensorflow("a new baseline")
    create_folder(job.folder)
    last = Report(message="starting the training, about ten seconds")
    with _running(job, command) as process:
        for report in _read_reports(process):
            last = report or last
            if last.fault is not None:
                raise _make_error(last)
            if last.finished:
                break
            on_progress(last.message, last.done, last.total)
    if not last.finished:
        raise _explain_end(process.returncode, job.folder / LOG)
    return Trained((job.folder / MODEL).read_bytes(), (job.folder / CURVES).read_bytes())


@contextmanager
def _running(job: TrainingJob, command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the process, tell it the job, and kill it when the block ends."""
    log = os.open(job.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        # A session of its own: Ctrl-C in a terminal reaches this process alone, which then kills
        # the other one. The pipes are not inherited by other processes that are started here, so
        # the death of this process closes them.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            start_new_session=True,
        )
    finally:
        os.close(log)
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(job.model_dump_json().encode() + b"\n")
        yield process
    finally:
        with suppress(OSError):  # it closes the pipes; one may be broken
            process.stdin.close()
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _read_reports(process: "subprocess.Popen[bytes]") -> Iterator[Report | None]:
    """Yield each report of the process until it ends, and None where it says nothing for a second.

    After each of them the process gets a sign of life.
    """
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    rest, last_beat = b"", time.monotonic()
    while True:
        readable, _, _ = select.select([process.stdout], [], [], BEAT_SECONDS)
        if readable:
            data = os.read(process.stdout.fileno(), READ_BYTES)
            if not data:
                process.wait()
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from (Report.model_validate_json(line) for line in lines)
        else:
            yield None
        if time.monotonic() - last_beat >= BEAT_SECONDS:
            last_beat = time.monotonic()
            with suppress(BrokenPipeError):  # it has just ended: the next read says so
                process.stdin.write(b"\n")


def _make_error(report: Report) -> RedrawError:
    """Return the error that ended the training, as it was raised in the other process."""
    kind = getattr(errors, report.fault or "", None)
    if isinstance(kind, type) and issubclass(kind, RedrawError):
        with suppress(TypeError):  # a class whose errors have more parts than a message
            made: RedrawError = kind(report.message)
            return made
        if issubclass(kind, Retryable):
            return TrainingStopped(report.message)
        return RedrawError(report.message)
    return RedrawError(f"the training of the new baseline failed: {report.message}")


def _explain_end(code: int, log: Path) -> RedrawError:
    """Return the error for a process that ended without a word.

    One that was killed may succeed when it is started again: the system kills large processes when
    memory is short.
    """
    if code < 0:
        return TrainingStopped(
            f"the training process was killed by signal {-code}: it goes on after its last epoch; "
            "if this happens again, give the machine more memory"
        )
    said = log.read_bytes()[-LOG_BYTES:].decode(errors="replace").strip().splitlines()
    reason = said[-1] if said else "it said nothing"
    return RedrawError(f"the training process ended with code {code} ({reason}): see {log}")
