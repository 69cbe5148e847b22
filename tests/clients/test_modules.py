"""The tests of the web client that are written in JavaScript; Node runs them."""

import subprocess
from pathlib import Path

import pytest

from tests.clients._node import NODE, SECONDS, needs_node

pytestmark = needs_node
FILES = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_module(file: Path) -> None:
    done = subprocess.run(
        [str(NODE), "--test", "--test-timeout=30000", str(file)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
