"""A full disk and kill -9 while a data set is built.

The message is clear, no damaged file has the target's name, and a second call completes.
"""

import signal
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from pipeline.categories import CATEGORIES

ROOT = Path(__file__).parents[3]
DIES = """
import os, signal, sys
from pathlib import Path
from pipeline.categories import CATEGORIES
from pipeline.dataset import preprocess as module
raw, target, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
real = getattr(module, name)
def deadly(*arguments, **options):
    real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, deadly)
module.preprocess(raw, target, categories=CATEGORIES, samples_per_class=100, seed=3)
"""
FULL = """
import resource, sys
from pathlib import Path
from pipeline.categories import CATEGORIES
from pipeline.dataset.preprocess import preprocess
raw, target, room = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for twentieth in range(21):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room * twentieth // 20, resource.RLIM_INFINITY))
    try:
        preprocess(raw, target, categories=CATEGORIES, samples_per_class=100, seed=3)
    except OSError as fault:
        print(fault, *(path.name for path in target.parent.iterdir()))
print(target.exists())
"""
COMMAND = """
import resource
from service.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
main()
"""


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def digest_of(path: Path) -> str:
    with h5py.File(path) as file:
        return str(file.attrs["digest"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage",
    [
        "compress_chunks",
        "_write",
        *(
            pytest.param(stage, marks=pytest.mark.slow)
            for stage in ("split_rows", "read_cropped", "create_corrections")
        ),
    ],
)
def test_kill_9_leaves_no_target_and_a_re_run_completes(
    stage: str, random_raw: Path, pristine_base: Path, tmp_path: Path
) -> None:
    from pipeline.dataset.preprocess import preprocess

    target = tmp_path / "out" / "data.h5"
    assert run(DIES, random_raw, target, stage).returncode == -signal.SIGKILL
    assert not target.exists()
    assert preprocess(
        random_raw, target, categories=CATEGORIES, samples_per_class=100, seed=3
    ).digest == digest_of(pristine_base)
    assert [path.name for path in target.parent.iterdir()] == ["data.h5"]


def test_kill_9_leaves_the_file_of_before(random_raw: Path, base_file: Path) -> None:
    before = base_file.read_bytes()
    assert run(DIES, random_raw, base_file, "_write").returncode == -signal.SIGKILL
    assert base_file.read_bytes() == before


def test_kill_9_after_the_last_step_leaves_the_whole_file(
    random_raw: Path, pristine_base: Path, tmp_path: Path
) -> None:
    target = tmp_path / "data.h5"
    assert run(DIES, random_raw, target, "describe").returncode == -signal.SIGKILL
    assert target.read_bytes() == pristine_base.read_bytes()


@pytest.mark.slow
def test_a_full_disk_at_any_point_is_reported_leaves_nothing_and_a_re_run_completes(
    random_raw: Path, pristine_base: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "data.h5"
    done = run(FULL, random_raw, target, pristine_base.stat().st_size)
    assert done.stdout.splitlines() == ["[Errno 27] File too large"] * 20 + ["True"]
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_bytes() == pristine_base.read_bytes()


def test_the_command_says_in_one_line_what_to_do_about_a_full_disk(
    random_raw: Path, tmp_path: Path
) -> None:
    done = run(COMMAND, "preprocess", "--raw", random_raw, "--out", tmp_path / "data.h5")
    assert (done.returncode, done.stdout.strip()) == (1, "")
    assert done.stderr == (
        "redraw: [Errno 27] File too large: "
        "check that the disk has free space and that you may write there\n"
    )
    assert list(tmp_path.iterdir()) == []
