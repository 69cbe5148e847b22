"""What a promotion writes in every registry: release, trials, and an entry of the history."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pipeline.records.releases import Promotion, ReleaseChange
from pipeline.records.trials import Trial
from pipeline.records.versions import ModelVersion, Release
from pipeline.trial.transitions import TrialChange, follow_promotion
from pipeline.versions.release import next_release, require_trial


class StoredRelease(NamedTuple):
    """What a transaction knows of the release.

    release: None if there is none or it cannot be read. fence: the highest one that any document
    knows besides. now: the server's time.
    """

    release: Release | None
    fence: int
    now: datetime


class ReleaseMove(NamedTuple):
    """The documents that change together when a version is released."""

    release: Release
    trials: TrialChange
    entry: ReleaseChange


def plan_move(
    model: ModelVersion,
    stored: StoredRelease,
    open_trials: Iterable[Trial],
    promotion: Promotion,
    run_id: str | None,
) -> ReleaseMove | None:
    """Return what releases a version; None if it is released already.

    Args:
        model: the version.
        stored: the release as it stands.
        open_trials: all that are open by their documents.
        promotion: how it is released.
        run_id: the run that releases it; None for a person.

    Raises:
        VersionNotReady, ReleaseMoved: see `ModelRegistry.promote`.
    """
    current, now = stored.release, stored.now
    release = next_release(model, current, promotion.replacing, now, stored.fence)
    if release is current:
        return None
    require_trial(current, promotion.trial)
    change = follow_promotion(release, current, open_trials, promotion.watch)
    entry = ReleaseChange(
        fence=release.fence,
        version=release.version,
        previous=release.previous,
        at=now,
        by=promotion.by,
        why=promotion.why,
        run_id=run_id,
    )
    return ReleaseMove(change.release or release, change, entry)
