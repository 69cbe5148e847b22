"""The images and the compose file, run: `deploy/try-containers`, where this machine can.

It takes eight minutes and more, and fetches packages, so it runs where it is asked for:

    TRY_CONTAINERS=1 make test-all
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.containers.engine import Engine, Failed, find_obstacle
from deploy.containers.story import KILLED

ROOT = Path(__file__).parents[3]
SECONDS, SECONDS_TO_CLEAN_UP = 1800, 120


def try_one(folder: Path) -> str | None:
    """Return why no container works here; None if one did. Nothing is fetched for it."""
    obstacle = find_obstacle()
    if obstacle is not None:
        return obstacle
    engine, root = Engine(folder / "engine"), folder / "root"
    try:
        (root / "bin").mkdir(parents=True)
        # One program that needs no libraries: podman's own init.
        program = next(
            each
            for each in (Path("/usr/bin/catatonit"), Path("/usr/libexec/podman/catatonit"))
            if each.exists()
        )
        (root / "bin/program").write_bytes(program.read_bytes())
        (root / "bin/program").chmod(0o755)
        engine.run("tar", "--create", "--file", f"{folder}/root.tar", "--directory", str(root), ".")
        engine.podman("import", "--quiet", f"{folder}/root.tar", "localhost/trivial")
        said = engine.podman("run", "--rm", "localhost/trivial", "/bin/program", "--version")
    except (Failed, OSError) as error:
        return str(error)
    finally:
        engine.clear(images=True)
    return None if "catatonit" in said else f"a container said {said!r}"


@pytest.mark.slow
@pytest.mark.skipif("TRY_CONTAINERS" not in os.environ, reason="TRY_CONTAINERS=1 asks")
@pytest.mark.timeout(SECONDS)
def test_the_story_of_the_containers_gets_to_its_end(tmp_path: Path) -> None:
    if (obstacle := try_one(tmp_path / "trivial")) is not None:
        pytest.skip(f"no containers on this machine: {obstacle}")
    result = tmp_path / "result.json"
    process = subprocess.Popen(
        [sys.executable, ROOT / "deploy/try-containers", "--result", result],
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said, _ = process.communicate(timeout=SECONDS - SECONDS_TO_CLEAN_UP)
    except BaseException:
        process.terminate()  # it cleans up after itself
        process.wait(SECONDS_TO_CLEAN_UP)
        raise
    assert process.returncode == 0, said
    told = json.loads(result.read_text())
    assert told["notes"]["retrain"] == "v1.0.1 is released"
    assert told["notes"]["restore"] == "v1.0.1 is released, as before"
    killed = [step for step in told["steps"] if "kills" in step]
    assert len(killed) == len(KILLED)
    assert all(told["notes"][step].endswith("all healthy again") for step in killed)
    assert told["images"]["redraw:latest"] < told["images"]["redraw-baseline:latest"] / 2
