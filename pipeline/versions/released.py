"""Find the released version, or say what to do when there is none that can be used."""

from typing import NamedTuple

from pipeline.errors import NotFound, UnreadableDocument
from pipeline.ports import ModelRegistry
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from pipeline.versions.documents import RELEASE_PATH

FIRST = "nothing is released yet: make the first version with `redraw baseline`"
LOST = "nothing is released, although there are versions that are ready"


class Released(NamedTuple):
    """The release, and the version that it points at."""

    release: Release
    version: ModelVersion


def find_released(models: ModelRegistry) -> Released:
    """Return the release and its version, which is ready.

    Raises:
        NotFound: nothing is released, or what is released is missing or not ready.
        UnreadableDocument: the release, or the document of its version, cannot be read.
    """
    try:
        release = models.release()
    except UnreadableDocument as error:
        raise UnreadableDocument(error.path, error.problem, advise_promotion(models)) from error
    if release is None:
        raise NotFound(explain_no_release(models))
    try:
        version = models.get(release.version)
    except NotFound:
        raise NotFound(
            f"{release.version} is released, but there is no such version: "
            + advise_promotion(models)
        ) from None
    except UnreadableDocument as error:
        raise UnreadableDocument(error.path, error.problem, advise_promotion(models)) from error
    if version.status is not VersionStatus.READY:
        raise NotFound(
            f"{RELEASE_PATH} names {version.version}, which is {version.status} and not ready: "
            + advise_promotion(models)
        )
    return Released(release, version)


def explain_no_release(models: ModelRegistry) -> str:
    """Return what to do when nothing is released: promote a version, or make the first one."""
    newest = find_newest_ready(models)
    return FIRST if newest is None else f"{LOST}: release one with `redraw promote {newest}`"


def advise_promotion(models: ModelRegistry) -> str:
    """Return how to release another version; it names the newest one that is ready."""
    newest = find_newest_ready(models)
    if newest is None:
        return "no version is ready: make one with `redraw baseline`"
    return f"release a version with `redraw promote {newest}`"


def find_newest_ready(models: ModelRegistry, besides: str | None = None) -> str | None:
    """Return the highest version that is ready; None if there is none.

    Args:
        models: the registry; it is read page by page until one is found.
        besides: the run whose version does not count.
    """
    after: str | None = None
    while True:
        page = models.page(after)
        for model in page.records:
            if model.status is VersionStatus.READY and model.run_id != besides:
                return model.version
        if page.next_after is None:
            return None
        after = page.next_after
