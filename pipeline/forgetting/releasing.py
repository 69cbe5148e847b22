"""Release a version that never learned from the player, then withdraw those that did.

In this order the release never points at a version that is being deleted.
"""

from pipeline.errors import NotFound, ReleaseMoved, UnreadableDocument, VersionInUse
from pipeline.forgetting.removing import Hide, remove_objects
from pipeline.forgetting.versions import find_ancestor
from pipeline.ports import ArtefactStore
from pipeline.records.forgetting import ForgetPlan, Refit, RemovedKind
from pipeline.records.trials import TrialState
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.runs.context import RunContext
from pipeline.storage_paths import version_folder
from pipeline.versions.promotion import promote_version

WHY = "it learned from a player who was forgotten"


def release_clean(plan: ForgetPlan, refit: Refit | None, context: RunContext) -> str | None:
    """Release a version that never learned from the player, unless one is; return its number.

    An owner may release any version meanwhile: one that has not learned stays released, another one
    is replaced again.

    Raises:
        LeaseLost: another worker has taken the run over.
        RedrawError: no such version is ready.
    """
    models = context.ports.models
    while True:
        try:
            release = models.release()
        except UnreadableDocument:
            release = None
        if release is None or release.version not in plan.learned:
            return None if release is None else release.version
        clean = _choose_clean(release.version, plan, refit, context)
        try:
            promote_version(
                clean,
                context.ports,
                by=context.run_id,
                why=explain_release(clean, release.version, refit),
                replacing=release.fence,
                lease=context.log.lease,
            )
        except ReleaseMoved:
            continue


def _choose_clean(released: str, plan: ForgetPlan, refit: Refit | None, context: RunContext) -> str:
    if refit is not None:
        return refit.version or refit.ancestor
    models = context.ports.models  # an owner has released it since the run planned
    return find_ancestor(models.get(released), plan.learned, models)


def explain_release(clean: str, before: str, refit: Refit | None) -> str:
    """Return in a line why a version is released instead of the one before."""
    why = f"{before} learned from a player who was forgotten"
    if refit is None or refit.ancestor != clean:
        return why
    if refit.outcome == "unchanged":
        return f"{why}, and {clean} has learned all that is left"
    return f"{why}, and the gate did not promote what was fitted without them ({refit.outcome})"


def withdraw_learned(
    plan: ForgetPlan, refit: Refit | None, hide: Hide, context: RunContext
) -> tuple[list[str], list[str]]:
    """Withdraw the versions that learned from the player and delete their files, or keep them.

    Returns:
        The versions that are withdrawn, and those that are kept; each the highest number first.
    """
    _end_trial(plan, context)
    withdrawn, kept = [], []
    for version in plan.learned:
        try:
            model = context.ports.models.get(version)
        except (NotFound, UnreadableDocument):
            model = None
        if plan.keep_versions and model is not None and model.status is VersionStatus.READY:
            kept.append(version)
            continue
        while model is not None and model.status is VersionStatus.READY:
            try:
                model = context.ports.models.withdraw(
                    version, by=context.run_id, why=WHY, lease=context.log.lease
                )
            except VersionInUse:  # an owner has released it, or put it on trial, in between
                _end_trial(plan, context)
                release_clean(plan, refit, context)
        files = list_version(version, context.ports.artefacts)
        remove_objects(files, RemovedKind.VERSION, hide, context)
        if model is not None and model.status is VersionStatus.PUBLISHING:
            _give_up(model, context)
        withdrawn.append(version)
    return withdrawn, kept


def list_version(version: str, artefacts: ArtefactStore) -> list[str]:
    """Return the paths of all objects of a version."""
    return [stored.path for stored in artefacts.list(f"{version_folder(version)}/")]


def _give_up(model: ModelVersion, context: RunContext) -> None:
    """Give up a publication that was never finished: its run has ended, as this one has the slot.

    Its objects were deleted before, as nothing else tells afterwards that they were this run's.
    """
    context.ports.models.give_up(model.version, by=context.run_id, why=WHY)


def _end_trial(plan: ForgetPlan, context: RunContext) -> None:
    """End the open trial if one of its two versions has learned from the player."""
    trials = context.ports.trials
    try:
        trial = trials.current()
    except UnreadableDocument:
        return  # no version is on trial by it
    if trial is not None and {trial.version, trial.against} & {*plan.learned}:
        reason = "one of the two versions learned from a player who was forgotten"
        trials.end(trial.id, TrialState.ENDED, reason, lease=context.log.lease)
