"""Load the model of a published version."""

from pipeline.model.file import load_predictor
from pipeline.model.predict import Predictor
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.records.versions import ModelVersion
from pipeline.storage_paths import model_path


def find_baseline(version: ModelVersion, models: ModelRegistry) -> str:
    """Return the baseline that a version comes from, which may be the version itself.

    A version records it. Only where an early one does not, its parents are followed, so the number
    of versions does not matter.

    Raises:
        NotFound: there is no document of a parent any more.
    """
    while version.parent is not None:
        if version.baseline is not None:
            return version.baseline
        version = models.get(version.parent)
    return version.version


def load_version(version: ModelVersion, artefacts: ArtefactStore) -> tuple[bytes, Predictor]:
    """Return the model file of a published version, and its predictor.

    Raises:
        InvalidModel: the file does not have the sha256 that the version's document records.
    """
    path = model_path(version.version)
    sha256 = next(file.sha256 for file in version.files if file.path == path)
    data = artefacts.read(path)
    return data, load_predictor(data, sha256)
