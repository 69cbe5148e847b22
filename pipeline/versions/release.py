"""Compute what the release becomes: the rule of every promotion, by a run or by a person."""

from datetime import datetime

from pipeline.errors import ReleaseMoved, VersionNotReady
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from pipeline.storage_paths import manifest_path


def next_release(
    model: ModelVersion,
    current: Release | None,
    replacing: int | None,
    now: datetime,
    fence: int = 0,
) -> Release:
    """Return the release that points at `model`; `current` itself if it does so already.

    Args:
        model: the version to release.
        current: the release as it stands; None before the first one, and when its document was
            deleted or cannot be read.
        replacing: the fence of the release that the caller wants to replace, whatever its trial is
            by now; 0 if there was none. None replaces any.
        now: the server's time.
        fence: the highest fence that is known besides that of `current`, which may be missing, or
            lower since a person edited it.

    Raises:
        VersionNotReady: the files of `model` are not all stored yet, or it is not Redraw's own.
        ReleaseMoved: `replacing` is given, and another version was released since.
    """
    if model.status is VersionStatus.FOREIGN:
        raise VersionNotReady(
            f"{model.version} was not published by Redraw, so Redraw cannot release it: "
            "choose a ready version; `redraw models` lists them"
        )
    if model.status is not VersionStatus.READY:
        raise VersionNotReady(
            f"{model.version} is {model.status}; only a ready version can be released"
        )
    manifest = manifest_path(model.version)
    present = (model.version, manifest, model.categories)
    if current and (current.version, current.manifest_path, current.categories) == present:
        return current
    seen = replacing == 0 if current is None else current.stands_since(replacing or 0)
    if replacing is not None and not seen:
        raise ReleaseMoved(
            f"{current.version if current else 'nothing'} is released by now: "
            "look at the release, then promote again"
        )
    next_fence = max(current.fence if current else 0, fence) + 1
    return Release(
        version=model.version,
        previous=current.version if current else None,
        manifest_path=manifest,
        categories=model.categories,
        fence=next_fence,
        version_fence=next_fence,
        updated_at=now,
    )


def require_trial(current: Release | None, trial_id: str | None) -> None:
    """Return if the release names this trial; None asks for none.

    Raises:
        ReleaseMoved: it has ended, so nothing follows from it any more.
    """
    offer = None if current is None else current.trial
    if trial_id is not None and (offer is None or offer.salt != trial_id):
        raise ReleaseMoved(f"the trial {trial_id} has ended meanwhile: look at the release")
