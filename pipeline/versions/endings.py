"""Compute how the publication of a version ends, and how a ready one is withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.errors import VersionInUse, VersionNotReady
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionStatus,
    Withdrawal,
)


def make_ready(
    model: ModelVersion, files: Sequence[VersionFile], metrics: ModelMetrics
) -> ModelVersion:
    """Return the version with all its files; itself if it is ready already.

    Raises:
        VersionNotReady: its number was given up, it was withdrawn, or Redraw does not publish it.
    """
    if model.status is VersionStatus.READY:
        return model
    if model.status is not VersionStatus.PUBLISHING:
        why = f" ({model.withdrawn.why})" if model.withdrawn else ""
        raise VersionNotReady(
            f"{model.version} is {model.status}{why}, so its publication cannot be completed: "
            "request another run"
        )
    changes = {"status": VersionStatus.READY, "files": list(files), "metrics": metrics}
    return model.model_copy(update=changes)


def abandon(
    model: ModelVersion, *, by: str, why: str, now: datetime, clear: bool = False
) -> ModelVersion:
    """Return the version with its number given up; itself if it is not being published.

    Args:
        model: the version.
        by: who gives it up.
        why: the reason, in a line.
        now: the server's time.
        clear: whether its objects are deleted next.
    """
    if model.status is not VersionStatus.PUBLISHING:
        return model
    return _withdraw(model, by, why, now).model_copy(update={"clearing": clear})


def withdraw_ready(
    model: ModelVersion, release: Release | None, *, by: str, why: str, now: datetime
) -> ModelVersion:
    """Return the version as withdrawn; itself if it is already.

    Args:
        model: the version.
        release: the release; None if there is none.
        by: who withdraws it.
        why: the reason, in a line.
        now: the server's time.

    Raises:
        VersionInUse: the release, or its trial, names it.
        VersionNotReady: it is being published, or Redraw did not publish it.
    """
    if model.status is VersionStatus.WITHDRAWN:
        return model
    if model.status is not VersionStatus.READY:
        raise VersionNotReady(
            f"{model.version} is {model.status}; only a ready version can be withdrawn"
        )
    if release is not None and release.version == model.version:
        raise VersionInUse(
            f"{model.version} is released: release another version first, then withdraw it"
        )
    if release is not None and release.trial and release.trial.version == model.version:
        raise VersionInUse(
            f"{model.version} is on trial: stop that with `redraw trial stop {model.version}`, "
            "then withdraw it"
        )
    return _withdraw(model, by, why, now)


def _withdraw(model: ModelVersion, by: str, why: str, now: datetime) -> ModelVersion:
    withdrawal = Withdrawal(by=by, why=why, at=now)
    changes = {"status": VersionStatus.WITHDRAWN, "withdrawn": withdrawal, "active": False}
    return model.model_copy(update=changes)
