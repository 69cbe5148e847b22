"""Withdraw a version, so that it is not used again; its files go later, by retention."""

from pipeline.errors import VersionInUse
from pipeline.ports import ModelRegistry
from pipeline.records.versions import ModelVersion, VersionStatus


def withdraw_version(version: str, models: ModelRegistry, *, by: str, why: str) -> ModelVersion:
    """Withdraw a ready version and return it. Repeating it changes nothing.

    Raises:
        NotFound: there is no such version.
        VersionInUse: it is released, on trial, or the last one that is ready.
        VersionNotReady: it is being published, or Redraw did not publish it.
    """
    model = models.get(version)
    if model.status is VersionStatus.READY and not _has_other(version, models):
        raise VersionInUse(
            f"{version} is the only version that is ready, so nothing could be released without "
            "it: make another one first (`redraw retrain` or `redraw baseline`), and release that"
        )
    return models.withdraw(version, by=by, why=why)


def _has_other(version: str, models: ModelRegistry) -> bool:
    """Return whether another version is ready; it is looked for page by page."""
    after: str | None = None
    while True:
        page = models.page(after)
        if any(
            model.status is VersionStatus.READY and model.version != version
            for model in page.records
        ):
            return True
        if page.next_after is None:
            return False
        after = page.next_after
