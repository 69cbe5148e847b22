"""TensorFlow loads silently, unless it fails."""

import subprocess
import sys

import pytest


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_nothing_is_written_while_tensorflow_loads() -> None:
    loaded = run(
        "import os, sys\n"
        "from service.cli.tensorflow_loading import load_tensorflow\n"
        "load_tensorflow()\n"
        "assert 'tensorflow' in sys.modules\n"
        "os.write(2, b'later')\n"
    )
    assert (loaded.returncode, loaded.stderr) == (0, "later")


def test_a_failure_shows_what_was_written() -> None:
    failed = run(
        "import importlib.util, os, sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'keras':\n"
        "            return importlib.util.spec_from_loader(name, self)\n"
        "    def create_module(self, spec):\n"
        "        os.write(2, b'a library is missing')\n"
        "        raise ImportError('no keras')\n"
        "    def exec_module(self, module): pass\n"
        "sys.meta_path.insert(0, Broken())\n"
        "from service.cli.tensorflow_loading import load_tensorflow\n"
        "load_tensorflow()\n"
    )
    assert failed.returncode == 1
    assert "a library is missing" in failed.stderr
    assert "ImportError: no keras" in failed.stderr
