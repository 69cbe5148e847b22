"""Find the versions that could have learned from a player, and one that could not."""

import logging
from collections.abc import Collection, Iterator

from pipeline.errors import NotFound, UnreadableDocument, VersionNotReady
from pipeline.ports import ModelRegistry
from pipeline.records.versions import ModelVersion, VersionNumber, VersionStatus

log = logging.getLogger(__name__)

OUR_OWN = (VersionStatus.READY, VersionStatus.PUBLISHING, VersionStatus.WITHDRAWN)


def find_learned(models: ModelRegistry, first: int) -> list[str]:
    """Return the versions whose data set held a row of the player, the highest number first.

    A head learns from the rows of train, those of val choose how it is fitted, and those of test
    tell how answers are weighed. So a row in any split counts. A baseline learns from all rows too,
    and a head stands on the head before it, which has no later revision.

    Args:
        models: the registry.
        first: the first revision with such a row.
    """
    return [
        model.version
        for model in models.list()
        if model.status in OUR_OWN
        and model.dataset_revision >= first
        # Under a number that was given up, another program's files may lie.
        and (model.files or model.status is not VersionStatus.WITHDRAWN)
    ]


def add_descendants(learned: Collection[str], models: ModelRegistry) -> list[str]:
    """Return the versions that learned, and all whose head stands on one of theirs.

    If a run that forgets a player fails halfway, the next retrain goes on from a version that has
    learned. A new baseline has a parent too, but starts from nothing.

    Returns:
        The versions, the highest number first.
    """
    found = {*learned}
    for model in reversed(models.list()):
        if model.parent in found and model.baseline != model.version:
            found.add(model.version)
    return sorted(found, key=VersionNumber.parse, reverse=True)


def find_ancestor(version: ModelVersion, learned: Collection[str], models: ModelRegistry) -> str:
    """Return the newest ancestor of a version that could not have learned from the player.

    Where the parents lead to none that is ready, the highest version that is ready and could not
    have learned counts.

    Raises:
        VersionNotReady: there is none.
    """
    for ancestor in _list_ancestors(version, models):
        if ancestor.status is VersionStatus.READY and ancestor.version not in learned:
            return ancestor.version
    for model in models.list():
        if model.status is VersionStatus.READY and model.version not in learned:
            return model.version
    raise VersionNotReady(
        "no version is ready that has not learned from this player, so none could be released "
        "instead: make one with `redraw baseline`, then call `redraw forget` again"
    )


def _list_ancestors(version: ModelVersion, models: ModelRegistry) -> Iterator[ModelVersion]:
    seen = {version.version}
    while version.parent is not None and version.parent not in seen:
        seen.add(version.parent)
        try:
            version = models.get(version.parent)
        except (NotFound, UnreadableDocument) as error:
            log.warning("the ancestors before it are not found: %s", error)
            return
        yield version
