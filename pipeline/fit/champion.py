"""The champion of a run and the challenger that is fitted on its backbone."""

import logging
from typing import NamedTuple

from pipeline.errors import BackboneChanged, NotFound, UnreadableDocument
from pipeline.fit import challenger
from pipeline.fit.feature_cache import FeatureCache
from pipeline.model.file import read_predictor, replace_head
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.records.runs import RunKind
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.runs.classes import check_model
from pipeline.runs.context import RunContext
from pipeline.runs.sample import read_possible
from pipeline.storage_paths import CHALLENGER, FIT
from pipeline.versions.load import find_baseline, load_version

log = logging.getLogger(__name__)


class Champion(NamedTuple):
    """The version in production that the challenger must beat, with its cached features.

    baseline: the baseline that it comes from, which may be the version itself.
    """

    version: ModelVersion
    file: bytes
    model: Predictor
    cache: FeatureCache
    baseline: str


class Challenger(NamedTuple):
    """The model that may replace the champion.

    fit: of its head, which stands on the champion's backbone; None if all layers were trained.
    model: the whole model.
    cache: the feature cache of its backbone.
    """

    fit: challenger.FittedHead | None
    model: Predictor
    cache: FeatureCache


def load_champion(version: ModelVersion, context: RunContext) -> Champion:
    """Load the champion's model, checked against its recorded digest.

    Raises:
        InvalidModel: it has another digest, or other layers.
        OtherClasses: it has other classes than the settings name.
    """
    context.log.progress("loading the champion")
    file, model = load_version(version, context.ports.artefacts)
    check_model(version.version, file, model, context.settings)
    # A run that makes a new baseline needs the features of a second backbone too.
    keep = None if context.log.run.kind is RunKind.BASELINE else ()
    cache = challenger.open_champion_cache(context.settings, model, keep)
    return Champion(version, file, model, cache, find_baseline(version, context.ports.models))


def load_baseline_head(champion: Champion, context: RunContext) -> Head | None:
    """Load the head of the baseline that the champion comes from; None if it is that baseline.

    Where the baseline's document is missing or cannot be read, the champion counts as the baseline.
    """
    if champion.baseline == champion.version.version:
        return None
    try:
        baseline = context.ports.models.get(champion.baseline)
    except (NotFound, UnreadableDocument) as error:
        log.warning("the baseline is not found, the champion counts as it: %s", error)
        return None
    if baseline.status is VersionStatus.FOREIGN:
        return None
    return load_version(baseline, context.ports.artefacts)[1].head


def fit_challenger(champion: Champion, context: RunContext) -> Challenger:
    """Fit a head on the champion's backbone to base rows and all corrections merged so far."""

    def fit() -> bytes:
        return challenger.dump_fitted(
            challenger.fit_challenger(
                champion.cache,
                context.open_dataset(),
                context.settings,
                since=champion.version.dataset_revision,
                possible=read_possible(context.log.run),
                on_progress=context.log.progress,
            )
        )

    fitted = challenger.load_fitted(context.once(FIT, fit))
    file = context.once(CHALLENGER, lambda: replace_head(champion.file, fitted.head))
    model = read_predictor(file)
    if model.backbone_digest != champion.model.backbone_digest:
        raise BackboneChanged(
            "a convolution weight changed while the head was fitted: nothing is published; "
            "report this"
        )
    return Challenger(fitted, model, champion.cache)
