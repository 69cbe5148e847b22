"""Load the model of a published version."""

from pipeline.errors import InvalidModel
from pipeline.model.file import load_predictor
from pipeline.model.predict import Predictor
from pipeline.ports import ArtefactStore
from pipeline.records.versions import ModelVersion
from pipeline.storage_paths import model_path


def load_version(version: ModelVersion, artefacts: ArtefactStore) -> tuple[bytes, Predictor]:
    """Return the model file of a published version, and its predictor.

    Raises:
        InvalidModel: the file does not have the sha256 that the version's document records, or the
            document records none.
    """
    path = model_path(version.version)
    sha256 = next((file.sha256 for file in version.files if file.path == path), None)
    if sha256 is None:
        raise InvalidModel(
            f"models/{version.version} lists no file {path}: promote another version"
        )
    data = artefacts.read(path)
    return data, load_predictor(data, sha256)
