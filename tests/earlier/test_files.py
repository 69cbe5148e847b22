"""Files that an earlier Redraw has written are read: versions, data sets, and their revisions."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.dataset.additions import load_additions
from pipeline.dataset.hdf5 import describe, read_corrections
from pipeline.formats.tflite_run import run_tflite
from pipeline.records.dataset import Split
from pipeline.signing.keys import read_public_key
from pipeline.versions.documents import read_version
from pipeline.versions.load import load_version, read_policy
from pipeline.versions.serving import load_served
from tests.earlier._keeping import FOLDERS, load_documents, load_files

EARLIER = [pytest.param(folder, id=f"form {folder.name}") for folder in FOLDERS]
VERSION = "v1.0.1"
DRAWINGS = np.tile(np.arange(28, dtype=np.uint8) * 9, (1, 28, 1))


@pytest.fixture(params=EARLIER)
def folder(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def stored(folder: Path) -> MemoryArtefacts:
    artefacts = MemoryArtefacts()
    artefacts.objects.update(load_files(folder))
    return artefacts


def test_an_earlier_version_guesses_as_its_model_does(
    folder: Path, stored: MemoryArtefacts
) -> None:
    fields = load_documents(folder)[f"models/{VERSION}"]
    _, model = load_version(read_version(VERSION, fields), stored)
    meant = model.probabilities(DRAWINGS)
    key = read_public_key(stored.objects["key.txt"].decode())
    served = load_served(VERSION, stored, [key])
    assert served.categories == tuple(fields["categories"])
    assert np.allclose(served.model.probabilities(DRAWINGS), meant, atol=1e-5)
    tflite = stored.objects[f"models/production/{VERSION}/quickdraw_{VERSION}.tflite"]
    assert np.allclose(run_tflite(tflite, DRAWINGS), meant, atol=1e-5)
    assert read_policy(VERSION, stored) == served.policy


def test_an_earlier_data_set_and_its_revision_are_read(
    stored: MemoryArtefacts, tmp_path: Path
) -> None:
    path = tmp_path / "data.h5"
    path.write_bytes(stored.objects["data.h5"])
    held = describe(path)
    assert (held.revision, held.corrections + held.confirmations) == (1, 2)
    additions = load_additions(stored.objects["1.npz"])
    assert (additions.digest, additions.revision) == (held.digest, 1)
    rows = read_corrections(path, Split.TRAIN)
    assert np.array_equal(rows.images, additions.images[:1])
