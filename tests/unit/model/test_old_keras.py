"""The file of a baseline and that of a retrain open in old versions of TensorFlow and Keras.

Each version is installed into an environment of its own, which is deleted afterwards: 2 GB at most.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.model.file import replace_head
from pipeline.model.head import Head
from pipeline.model.keras_config import TRIED_WITH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

LARGEST_DIFFERENCE = 1e-6  # of a probability
# What Keras 3 needs beside itself. JAX is the smallest of its backends that can convolve.
FOR_KERAS = (
    "jax[cpu]==0.4.30", "numpy<2", "h5py", "rich", "namex", "optree", "dm-tree", "ml-dtypes",
    "absl-py", "packaging",
)  # fmt: skip
OPEN = """
import json, sys
import numpy as np, keras
drawings, answers = np.load(sys.argv[1]), []
for path in sys.argv[2:]:
    model = keras.models.load_model(path)  # as a game would, with no options
    assert model.count_params() == 50_836
    answers.append(np.asarray(model.predict_on_batch(drawings)).tolist())
print(json.dumps([keras.__version__, answers]))
"""


def install(folder: Path, *packages: str, beside: Path | None = None) -> None:
    """Install packages into a new environment, or into a folder to use beside that one."""
    if beside is None:
        subprocess.run([old_python(), "-m", "venv", folder], check=True)
    options = [] if beside is None else ["--no-deps", "--target", str(folder)]
    python = (beside or folder) / "bin/python"
    command = [python, "-m", "pip", "install", "--quiet", *options, *packages]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        pytest.skip(f"{' '.join(packages)} cannot be installed here: {last}")


def old_python() -> str:
    """Return Python 3.11, the newest for which TensorFlow 2.15 was made."""
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    found = shutil.which("python3.11")
    if found is None:
        pytest.skip("these versions of Keras need Python 3.11, which is not installed here")
    return found


@pytest.fixture
def environments() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def model() -> Any:
    import keras

    from pipeline.model.cnn import build_model

    keras.utils.set_random_seed(1)
    return build_model(20)


@pytest.fixture(scope="module")
def files(model: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The drawings, the file of a baseline, and that of a retrain."""
    from pipeline.model.cnn import dump_model

    folder = tmp_path_factory.mktemp("old-keras")
    rng = np.random.default_rng(2)
    np.save(folder / "drawings.npy", rng.random((8, 28, 28, 1), dtype=np.float32))
    baseline = dump_model(model)
    head = Head(
        rng.normal(0, 0.1, (1600, 20)).astype(np.float32), rng.normal(size=20).astype(np.float32)
    )
    (folder / "baseline.h5").write_bytes(baseline)
    (folder / "retrain.h5").write_bytes(replace_head(baseline, head))
    return [folder / name for name in ("drawings.npy", "baseline.h5", "retrain.h5")]


@pytest.fixture(scope="module")
def expected(files: list[Path]) -> list[Any]:
    """The answers of the Keras that this version of Redraw uses."""
    import keras

    drawings = np.load(files[0])
    return [
        keras.models.load_model(path, compile=False).predict_on_batch(drawings)
        for path in files[1:]
    ]


def answers_of(environment: Path, files: list[Path], **variables: str) -> tuple[str, Any]:
    """Return the version of Keras, and its answers to the drawings by both files."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    output = subprocess.run(
        [environment / "bin/python", "-c", OPEN, *files],
        env=clean | {"TF_CPP_MIN_LOG_LEVEL": "3"} | variables,
        cwd=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert output.returncode == 0, output.stderr[-2000:]
    version, answers = json.loads(output.stdout.splitlines()[-1])
    return version, answers


def versions_of(name: str) -> list[str]:
    return [tried.split()[1] for tried in TRIED_WITH if tried.split()[0] == name]


def test_tensorflow_opens_both_files_and_answers_the_same(
    files: list[Path], expected: list[Any], environments: Path
) -> None:
    for version in versions_of("tensorflow"):
        environment = environments / f"tensorflow-{version}"
        install(environment, f"tensorflow-cpu=={version}")
        keras_version, answers = answers_of(environment, files)
        assert version.startswith(keras_version.rpartition(".")[0])
        assert np.abs(np.array(answers) - expected).max() < LARGEST_DIFFERENCE


def test_every_keras_opens_both_files_and_answers_the_same(
    files: list[Path], expected: list[Any], environments: Path
) -> None:
    shared = environments / "jax"
    install(shared, *FOR_KERAS)
    differences = {}
    for version in versions_of("keras"):
        folder = environments / f"keras-{version}"
        install(folder, f"keras=={version}", beside=shared)
        opened, answers = answers_of(
            shared, files, KERAS_BACKEND="jax", PYTHONPATH=str(folder), KERAS_HOME=str(environments)
        )
        differences[opened] = np.abs(np.array(answers) - expected).max()
    assert list(differences) == versions_of("keras")
    assert max(differences.values()) < LARGEST_DIFFERENCE, differences


def test_at_least_three_old_versions_and_the_present_one_are_tried() -> None:
    import keras

    assert keras.__version__ in versions_of("keras")
    assert len(TRIED_WITH) > 3
