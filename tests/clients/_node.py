"""Run the web client's modules in Node, where it is installed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "clients" / "web"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed")
SECONDS = 120


def ask_node(script: str, question: Any) -> Any:
    """Run `tests/clients/<script>`, which reads JSON and prints JSON; return what it prints."""
    done = subprocess.run(
        [str(NODE), str(Path(__file__).with_name(script))],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
