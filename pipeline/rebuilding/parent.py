"""The versions that a version was fitted on and compared with, as a run knew them."""

from pipeline.errors import NotRebuildable
from pipeline.fit.challenger import open_champion_cache
from pipeline.fit.champion import Champion
from pipeline.gate.predicting import Competitor
from pipeline.model.file import read_predictor
from pipeline.rebuilding.stored import LINEAGE, StoredVersion
from pipeline.rebuilding.work import Work
from pipeline.records.lineage import Lineage
from pipeline.records.runs import AnswerSample
from pipeline.records.versions import ModelMetrics, ModelVersion
from pipeline.runs.sample import describe_sample
from pipeline.sampling.reading import read_answers
from pipeline.settings import Settings
from pipeline.storage_paths import version_folder


def load_model(version: str, work: Work) -> bytes:
    """Return the Keras file of another version.

    Raises:
        NotRebuildable: it is lost.
    """
    name = f"quickdraw_{version}.h5"
    data = work.find_file(version, name)
    if data is None:
        raise NotRebuildable(
            f"{version_folder(version)}/{name} is missing in Storage or not what its manifest"
            " lists: restore it from a backup"
        )
    return data


def load_parent(stored: StoredVersion, settings: Settings, work: Work) -> Champion:
    """Return the version's parent, which was the champion when it was made."""
    lineage = stored.lineage
    parent, baseline = str(lineage.parent), lineage.baseline
    if lineage.fit is None:  # it has a backbone of its own, and its parent another one
        data = work.find_file(parent, LINEAGE)
        baseline = Lineage.model_validate_json(data).baseline if data else parent
    metadata = work.read_metadata(parent)
    since = metadata.get("datasetRevision") if lineage.fit is None else lineage.fit.since
    metrics = metadata.get("metrics")
    file = load_model(parent, work)
    model = read_predictor(file)
    version = ModelVersion(
        version=parent,
        storage_path="",
        dataset_revision=since or 0,
        metrics=None if metrics is None else ModelMetrics.from_document(metrics),
    )
    cache = open_champion_cache(settings, model, None)
    return Champion(version, file, model, cache, baseline or parent)


def load_baseline(champion: Champion, work: Work) -> Competitor | None:
    """Return the baseline that the parent comes from; None if it is the parent."""
    if champion.baseline == champion.version.version:
        return None
    head = read_predictor(load_model(champion.baseline, work)).head
    return Competitor(head, champion.cache)


def sample_again(
    stored: StoredVersion, champion: Champion, settings: Settings
) -> AnswerSample | None:
    """Return what the answers of the run stand for, as the run found it.

    How many drawings the parent had guessed is a document of the game, so it is as recorded. All is
    as recorded if the parent's metrics are lost.
    """
    recorded, metrics = stored.lineage.sample, champion.version.metrics
    if recorded is None or metrics is None:
        return recorded
    return describe_sample(
        read_answers(settings.dataset_file, champion.version.dataset_revision),
        eagerness=settings.gate.eagerness,
        clean=metrics.accuracy,
        drawings=recorded.drawings,
    )
