"""Compute how the release and the documents of trials change together.

The release names the one open trial. A trial begins, or ends, in the transaction that changes the
release, so no failure in between can leave a trial that clients follow and no run judges.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.errors import NotFound, ReleaseMoved, TrialUnderWay, VersionNotReady
from pipeline.records.trials import Trial, TrialKind, TrialOffer, TrialPlan, TrialState
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from pipeline.storage_paths import manifest_path

OVERTAKEN = "overtaken"


class TrialChange(NamedTuple):
    """The release and the trials that are written together.

    release: as it is now; None if there is none. trials: the whole documents to write, by their
    ids; empty if nothing changes. trial: the one that the call was about; None if there is none.
    """

    release: Release | None
    trials: tuple[Trial, ...] = ()
    trial: Trial | None = None

    def unpack(self) -> tuple[Trial, Release]:
        """Return the trial that was begun, and the release that names it."""
        assert self.trial is not None  # noqa: S101 - only what began a trial is unpacked
        assert self.release is not None  # noqa: S101
        return self.trial, self.release


def follow_promotion(
    release: Release,
    before: Release | None,
    open_trials: Iterable[Trial],
    watch: TrialPlan | None,
) -> TrialChange:
    """Return what a promotion writes: it ends open trials, and may begin a watch.

    Args:
        release: as `versions.release.next_release` made it, without a trial.
        before: the release that it replaces; None before the first one.
        open_trials: all that are open by their documents.
        watch: the watch to begin; None for none.
    """
    now = release.updated_at
    ended = [_end_by_promotion(trial, release, now) for trial in open_trials]
    if watch is None or before is None or before.version == release.version:
        return TrialChange(release, tuple(ended))
    if before.categories != release.categories:
        return TrialChange(release, tuple(ended))  # their guesses cannot be compared
    begun = _begin(before.version, release, watch, now)
    return TrialChange(_offer(release, begun), (*ended, begun), begun)


def begin_trial(
    model: ModelVersion,
    current: Release | None,
    open_trials: Iterable[Trial],
    plan: TrialPlan,
    *,
    replacing: int | None,
    now: datetime,
) -> TrialChange:
    """Return what begins the trial of a version; the open trial of this very version as it is.

    Args:
        model: the version.
        current: the release; None if there is none that can be read.
        open_trials: all that are open by their documents.
        plan: the trial.
        replacing: the fence of the release that the caller saw; None for any.
        now: the server's time.

    Raises:
        NotFound: nothing is released beside which it could be tried.
        VersionNotReady: the version cannot be released, or is released.
        ReleaseMoved: another version was released since `replacing`.
        TrialUnderWay: another version is on trial.
    """
    if current is None:
        raise NotFound("nothing is released, so no version can be tried beside it: promote it")
    if model.status is not VersionStatus.READY:
        raise VersionNotReady(
            f"{model.version} is {model.status}; only a ready version of Redraw's can be tried"
        )
    if model.version == current.version:
        raise VersionNotReady(f"{model.version} is released already: choose another version")
    if model.categories != current.categories:
        raise VersionNotReady(
            f"{model.version} has other classes than {current.version}, so their guesses cannot be"
            " compared: choose another version"
        )
    if replacing is not None and not current.stands_since(replacing):
        raise ReleaseMoved(f"{current.version} is released by now: look at the release")
    known = {trial.id: trial for trial in open_trials}
    running = None if current.trial is None else known.get(current.trial.salt)
    if running is not None:
        if running.version == model.version:
            return TrialChange(current, trial=running)
        raise TrialUnderWay(
            f"{running.version} is {describe_kind(running)}, and only one version can be: wait, or"
            f" stop it with `redraw trial stop {running.version}`"
        )
    changed = _settle_fence(current).model_copy(update={"fence": current.fence + 1})
    begun = _begin(model.version, changed, plan, now)
    # What is open by its document alone, no client follows and no run judges.
    lost = [_end(trial, TrialState.ENDED, _LOST, now) for trial in known.values()]
    return TrialChange(_offer(changed, begun), (*lost, begun), begun)


def end_trial(
    trial: Trial | None,
    current: Release | None,
    trial_id: str,
    *,
    state: TrialState,
    reason: str,
    now: datetime,
    by: str | None = None,
) -> TrialChange:
    """Return what ends a trial without a promotion; one that has ended stays as it is.

    Args:
        trial: as its document says; None if that is missing or cannot be read.
        current: the release; None if there is none that can be read.
        trial_id: of the trial.
        state: how it ends.
        reason: why, in a line.
        now: the server's time.
        by: the owner who stops it.
    """
    release = current
    if current is not None and current.trial is not None and current.trial.salt == trial_id:
        release = _settle_fence(current).model_copy(
            update={"trial": None, "fence": current.fence + 1}
        )
    if trial is None or trial.state is not TrialState.OPEN:
        return TrialChange(release, trial=trial)
    ended = _end(trial, state, reason, now).model_copy(update={"stopped_by": by})
    return TrialChange(release, (ended,), ended)


def describe_kind(trial: Trial) -> str:
    """Return "on trial beside v1.0.3", or of a watch "compared with v1.0.4 since its release"."""
    if trial.kind is TrialKind.WATCH:
        return f"compared with {trial.against} since its release"
    return f"on trial beside {trial.against}"


_LOST = "the release did not name it any more"


def _begin(version: str, release: Release, plan: TrialPlan, now: datetime) -> Trial:
    """Return the new trial of `version` beside the release, whose fence is new."""
    name = f"{version}-{release.fence}"
    return Trial(
        id=name,
        version=version,
        against=release.version,
        kind=plan.kind,
        share=plan.share,
        salt=name,
        started_at=now,
        started_by=plan.started_by,
        run_id=plan.run_id,
        ends_at=now + timedelta(days=plan.days),
        revision=plan.revision,
        fence=release.fence,
    )


def _offer(release: Release, trial: Trial) -> Release:
    """Return the release that names a trial."""
    offer = TrialOffer(
        version=trial.version,
        share=trial.share,
        salt=trial.salt,
        kind=trial.kind,
        manifest_path=manifest_path(trial.version),
    )
    return release.model_copy(update={"trial": offer})


def _settle_fence(release: Release) -> Release:
    """Return the release with the fence of its version written out, as older ones lack it."""
    if release.version_fence is not None:
        return release
    return release.model_copy(update={"version_fence": release.fence})


def _end_by_promotion(trial: Trial, release: Release, now: datetime) -> Trial:
    if trial.version == release.version:
        rolled_back = trial.kind is TrialKind.WATCH
        state = TrialState.ROLLED_BACK if rolled_back else TrialState.PROMOTED
        return _end(trial, state, f"{release.version} was released", now)
    return _end(trial, TrialState.ENDED, f"{OVERTAKEN}: {release.version} was released", now)


def _end(trial: Trial, state: TrialState, reason: str, now: datetime) -> Trial:
    return trial.model_copy(update={"state": state, "ended_at": now, "reason": reason})
