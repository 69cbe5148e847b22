"""A published version to its model."""

from pipeline.model.file import load_predictor
from pipeline.model.predict import Predictor
from pipeline.ports import ArtefactStore
from pipeline.records.versions import ModelVersion
from pipeline.storage_paths import model_path


def load_version(version: ModelVersion, artefacts: ArtefactStore) -> tuple[bytes, Predictor]:
    """The file of a published version and its predictor. Raises InvalidModel when its digest is not the recorded one."""
    wanted = next(file.sha256 for file in version.files if file.path == model_path(version.version))
    data = artefacts.read(model_path(version.version))
    return data, load_predictor(data, wanted)
