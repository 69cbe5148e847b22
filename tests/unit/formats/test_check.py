"""The check of files is made in a process of its own, whatever becomes of that process."""

import sys

import pytest

from pipeline.drawings import Images
from pipeline.errors import Unavailable
from pipeline.formats.check import compare_apart
from tests.unit.formats._models import flip_bit

ALONE = """
import sys
from pipeline.formats.child import main
main()
loaded = {name.partition(".")[0] for name in sys.modules}
assert not loaded & {"tensorflow", "keras", "jax", "torch"}, loaded
"""


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_fresh_process_names_the_damaged_file_alone(
    files: dict[str, bytes], drawings: Images
) -> None:
    path = "models/production/v1.0.3/quickdraw_v1.0.3.tflite"
    damaged = {**files, path: flip_bit(files[path], 100_000)}
    (problem,) = compare_apart(damaged, drawings)
    assert problem.startswith("quickdraw_v1.0.3.tflite: byte 100,000 differs")


def test_a_fresh_process_writes_the_same_files_without_tensorflow(
    files: dict[str, bytes], drawings: Images
) -> None:
    assert compare_apart(files, drawings, python(ALONE)) == []


def test_a_process_that_hangs_is_stopped(files: dict[str, bytes], drawings: Images) -> None:
    command = python("import time; time.sleep(600)")
    with pytest.raises(Unavailable, match="did not end within"):
        compare_apart(files, drawings, command, seconds=0.2)


def test_a_process_that_crashes_is_a_problem(files: dict[str, bytes], drawings: Images) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    (problem,) = compare_apart(files, drawings, python(code))
    assert problem == "the check of the files ended with code -11: it said nothing"


def test_a_process_that_fails_says_why(files: dict[str, bytes], drawings: Images) -> None:
    (problem,) = compare_apart(files, drawings, python("raise MemoryError('too little')"))
    assert problem == "the check of the files ended with code 1: MemoryError: too little"


@pytest.mark.parametrize("answer", ["", "print('hello')", "print('7')"])
def test_a_process_that_says_nothing_of_use_is_a_problem(
    files: dict[str, bytes], drawings: Images, answer: str
) -> None:
    assert compare_apart(files, drawings, python(answer)) == [
        "the check of the files gave no answer"
    ]


def test_a_process_that_cannot_be_started_or_is_killed_says_nothing_about_the_files(
    files: dict[str, bytes], drawings: Images
) -> None:
    with pytest.raises(Unavailable, match="could not be started"):
        compare_apart(files, drawings, ("/nowhere/python",))
    killed = python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(Unavailable, match="was killed"):
        compare_apart(files, drawings, killed)
