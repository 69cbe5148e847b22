"""The parts of `deploy/try-containers` that can be wrong without a container."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.containers.composed import read_bytes
from deploy.containers.engine import Engine, Failed, find_mounts

ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path / "engine")


def test_only_what_is_mounted_below_the_folder_is_unmounted_the_innermost_first(
    tmp_path: Path,
) -> None:
    table = tmp_path / "mounts"
    places = ["/x", "/x/storage/overlay", "/x/storage/overlay/a/merged", "/xy/z", "/"]
    table.write_text("".join(f"none {place} ext4 rw 0 0\n" for place in places))
    assert find_mounts(Path("/x"), table) == [
        "/x/storage/overlay/a/merged",
        "/x/storage/overlay",
    ]


@pytest.mark.parametrize(
    ("text", "number"), [("321.9MB", 321_900_000), ("4kB", 4_000), ("1.5GB", 1.5e9), ("0B", 0)]
)
def test_an_amount_of_memory_as_podman_writes_it_is_read(text: str, number: int) -> None:
    assert read_bytes(text) == number


def test_an_amount_that_is_not_understood_is_no_number() -> None:
    with pytest.raises(Failed, match="12 bits"):
        read_bytes("12 bits")


def test_podman_is_told_to_keep_everything_in_the_folder(engine: Engine) -> None:
    for name in ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"):
        text = Path(engine.environment[name]).read_text()
        places = [line.partition("=")[2] for line in text.splitlines() if ' = "/' in line]
        assert len(places) >= 2
        assert all(str(engine.folder) in place for place in places)


def test_a_program_that_fails_is_named_with_what_it_said(engine: Engine) -> None:
    with pytest.raises(Failed, match=r"code 3\n.*no such thing"):
        engine.run(sys.executable, "-c", "import sys; print('no such thing'); sys.exit(3)")


def test_a_program_that_hangs_is_given_up(engine: Engine) -> None:
    with pytest.raises(Failed, match=r"not done in 0\.1 s"):
        engine.run(sys.executable, "-c", "import time; time.sleep(60)", seconds=0.1)


def test_the_script_explains_itself_without_any_package() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-I", ROOT / "deploy/try-containers", "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert "--result" in done.stdout
