"""The training process: what it says reaches the run, and it never outlives who started it."""

import fcntl
import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from pipeline.errors import DatasetDamaged, RedrawError, TrainingStopped
from pipeline.progress import silent
from pipeline.rebaseline import child, process
from pipeline.rebaseline.job import CURVES, LOCK, MODEL, TrainingJob
from pipeline.rebaseline.process import train_apart
from pipeline.run_errors import LeaseLost

Command = Callable[[str], list[str]]

FOREVER = """
report("training", 1, 2)
while True:
    time.sleep(60)
"""


def wait_for_its_end(job: TrainingJob, operation: int = fcntl.LOCK_EX) -> None:
    """Return when the process that trains has ended: the system then releases its lock."""
    with (job.folder / LOCK).open("rb") as lock:
        fcntl.flock(lock, operation)


def test_a_training_returns_the_model_and_its_curves_and_says_how_far_it_is(
    job: TrainingJob, training: Command
) -> None:
    reports: list[tuple[str, int, int]] = []
    trained = train_apart(
        job,
        lambda *report: reports.append(report),  # type: ignore[arg-type]
        training('report("epoch 1/2", 1, 2)\nreturn b"model", {"loss": [0.5]}'),
    )
    assert trained.model == b"model"
    assert json.loads(trained.curves)["history"] == {"loss": [0.5]}
    assert ("epoch 1/2", 1, 2) in reports


def test_what_libraries_print_does_not_stand_between_the_reports(
    job: TrainingJob, training: Command
) -> None:
    body = 'print("a library says something", flush=True)\nreturn b"model", {}'
    assert train_apart(job, silent, training(body)).model == b"model"


def test_an_error_of_the_training_is_raised_here_as_what_it_is(
    job: TrainingJob, training: Command
) -> None:
    with pytest.raises(DatasetDamaged, match="byte 7"):
        train_apart(job, silent, training('raise errors.DatasetDamaged("byte 7")'))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ('ZeroDivisionError("nothing left")', "ZeroDivisionError: nothing left"),
        ('OSError(28, "No space left on device")', "No space left on device"),
        ('errors.NotQuarantined("merged", "an error with two parts")', "two parts"),
    ],
)
def test_any_other_fault_ends_the_run_with_its_words(
    job: TrainingJob, training: Command, fault: str, words: str
) -> None:
    with pytest.raises(RedrawError, match=words) as raised:
        train_apart(job, silent, training(f"raise {fault}"))
    assert not isinstance(raised.value, TrainingStopped)


def test_a_process_that_is_killed_may_be_started_again(job: TrainingJob, training: Command) -> None:
    with pytest.raises(TrainingStopped, match="signal 9"):
        train_apart(job, silent, training("os.kill(os.getpid(), signal.SIGKILL)"))


def test_a_process_that_cannot_start_is_explained_by_the_end_of_its_log(job: TrainingJob) -> None:
    with pytest.raises(RedrawError, match="no such module"):
        train_apart(job, silent, [sys.executable, "-c", "raise SystemExit('no such module')"])


def test_what_the_progress_raises_kills_the_process(job: TrainingJob, training: Command) -> None:
    def lose_lease(message: str, done: int = 0, total: int = 0) -> None:
        if total:
            raise LeaseLost("another worker has the run")

    with pytest.raises(LeaseLost):
        train_apart(job, lose_lease, training(FOREVER))
    wait_for_its_end(job, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if it has not ended yet


def test_the_process_ends_when_who_started_it_is_killed(
    job: TrainingJob, training: Command
) -> None:
    parent = f"""
import os, signal
from pipeline.rebaseline.job import TrainingJob
from pipeline.rebaseline.process import train_apart
def die(message, done=0, total=0):
    if total:
        os.kill(os.getpid(), signal.SIGKILL)
job = TrainingJob.model_validate_json({job.model_dump_json()!r})
train_apart(job, die, {training(FOREVER)!r})
"""
    killed = subprocess.run([sys.executable, "-c", parent], check=False)
    assert killed.returncode == -signal.SIGKILL
    wait_for_its_end(job)


def test_the_process_ends_when_who_started_it_is_silent(
    job: TrainingJob, training: Command
) -> None:
    hasty = job.model_copy(update={"silence_seconds": 0.01})
    job.folder.mkdir()
    with subprocess.Popen(
        training(FOREVER), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        assert started.stdin is not None
        started.stdin.write(hasty.model_dump_json().encode() + b"\n")
        started.stdin.flush()
        assert started.wait() == child.ORPHANED


def test_the_process_gets_signs_of_life_while_it_says_nothing(
    job: TrainingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BEAT_SECONDS", 0.01)
    listening = f"""
import sys
sys.stdin.readline(), sys.stdin.readline()
for name in {(MODEL, CURVES)!r}:
    open({str(job.folder)!r} + "/" + name, "w").write("after a sign of life")
print('{{"finished": true}}', flush=True)
"""
    trained = train_apart(job, silent, [sys.executable, "-c", listening])
    assert trained.model == b"after a sign of life"


def test_no_second_training_goes_on_in_the_same_folder(job: TrainingJob, training: Command) -> None:
    job.folder.mkdir()
    with (job.folder / LOCK).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TrainingStopped, match="another process trains"):
            train_apart(job, silent, training('return b"model", {}'))
    assert train_apart(job, silent, training('return b"model", {}')).model == b"model"
