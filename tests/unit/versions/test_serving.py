"""A version that guesses is loaded by its manifest, and every byte that counts is checked."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.bootstrap import in_memory
from pipeline.canonical_json import dump_json
from pipeline.errors import InvalidModel, ObjectMissing
from pipeline.storage_paths import manifest_path
from pipeline.versions.serving import load_served
from tests.api._guessing import SURE, publish_guesser

VERSION = "v1.0.1"
WEIGHTS = f"models/production/{VERSION}/weights.bin"


@pytest.fixture
def ports() -> Any:
    return in_memory()


@pytest.fixture
def rewrite(ports: Any) -> Callable[[Callable[[dict[str, Any]], Any]], None]:
    """Changes the manifest of the published version."""

    def change(edit: Callable[[dict[str, Any]], Any]) -> None:
        fields = json.loads(ports.artefacts.objects[manifest_path(VERSION)])
        edit(fields)
        ports.artefacts.objects[manifest_path(VERSION)] = dump_json(fields)

    return change


def test_it_guesses_as_the_version_that_was_published(ports: Any) -> None:
    model = publish_guesser(ports)
    served = load_served(VERSION, ports.artefacts)
    drawing = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    assert np.array_equal(served.model.probabilities(drawing), model.probabilities(drawing))
    assert served.version == VERSION
    assert len(served.categories) == 20
    assert served.policy == SURE.model_copy(update={"version": VERSION})


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda fields: fields.update(version="v1.0.2"), "is that of v1.0.2"),
        (lambda fields: fields["categories"].pop(), "another number of classes"),
        (lambda fields: fields.update(asking={}), "does not say when to ask"),
        (lambda fields: fields.update(files=[]), "lists no weights.bin"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    ports: Any, rewrite: Callable[..., None], edit: Any, said: str
) -> None:
    publish_guesser(ports)
    rewrite(edit)
    with pytest.raises(InvalidModel, match=said):
        load_served(VERSION, ports.artefacts)


@pytest.mark.parametrize("change", [lambda data: data[:-4], lambda data: data + b"\0" * 4, bytes])
def test_weights_that_are_not_what_was_published_are_refused(ports: Any, change: Any) -> None:
    publish_guesser(ports)
    data = ports.artefacts.objects[WEIGHTS]
    ports.artefacts.objects[WEIGHTS] = bytes(4) if change is bytes else change(data)
    with pytest.raises(InvalidModel, match=r"weights\.bin"):
        load_served(VERSION, ports.artefacts)


def test_what_is_missing_is_named(ports: Any) -> None:
    publish_guesser(ports)
    del ports.artefacts.objects[WEIGHTS]
    with pytest.raises(ObjectMissing, match=r"weights\.bin"):
        load_served(VERSION, ports.artefacts)


def test_a_version_with_another_rule_for_canvases_guesses_and_the_log_says_so(
    ports: Any, rewrite: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    publish_guesser(ports)
    rewrite(lambda fields: fields["preprocessing"].update(rule=1))
    with caplog.at_level(logging.WARNING):
        load_served(VERSION, ports.artefacts)
    assert "rule 1" in caplog.text


@pytest.mark.slow
def test_neither_guessing_nor_drawing_loads_hdf5_or_tensorflow() -> None:
    program = (
        "import sys, service.app, service.canvases.process\n"
        "sys.exit(bool({'h5py', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
