"""The script of CI installs what it can, and then makes all checks, whatever apt says."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment with a `make` that only says what it was asked for, and an apt that fails."""
    tools = {
        "make": 'echo "make $*"; cat',
        "apt-get": "echo broken >&2; exit 100",
        "id": "echo 0",
        "python3": f'exec {sys.executable} "$@"',
    }
    for name, line in tools.items():
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    for name in ("bash", "env", "dirname", "timeout", "cat", "sh"):
        found = subprocess.run(
            ["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        (tmp_path / name).symlink_to(found)
    return {"PATH": str(tmp_path), "CI": "true"}


def ci(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci/run"],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        cwd="/",
    )


def test_ci_runs_make_check_even_when_apt_fails_and_says_which_redis_is_used(
    bare: dict[str, str],
) -> None:
    done = ci(bare)
    assert done.returncode == 0, done.stderr
    assert "Redis is fakeredis" in done.stdout
    assert done.stdout.endswith("make check\n")


def test_ci_leaves_apt_alone_when_everything_is_there(bare: dict[str, str]) -> None:
    installed = {
        "redis-server": "echo Redis server v=7.0.15",
        "chromium": "true",
        "node": "true",
        "promtool": "true",
    }
    for name, line in installed.items():
        program = Path(bare["PATH"]) / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    done = ci(bare)
    assert done.stdout == "ci: Redis is Redis server v=7.0.15\nmake check\n"


def test_ci_fails_when_the_checks_fail(bare: dict[str, str]) -> None:
    make = Path(bare["PATH"]) / "make"
    make.write_text("#!/bin/sh\nexit 2\n")
    assert ci(bare).returncode == 2


def test_the_ci_script_may_be_executed() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & stat.S_IXUSR
