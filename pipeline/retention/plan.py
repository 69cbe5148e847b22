"""Plan what goes, and why: a pure function of the objects, the documents, the policy and the time.

What is not said to go stays. Nothing is planned that a ready version, its rebuild, a run that is
under way, or a trial needs: the data set and its revisions never go.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.records.storage import StoredObject
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.retention.needed import find_needed, find_surplus
from pipeline.retention.project import ProjectState
from pipeline.setting_groups import RetentionSettings
from pipeline.storage_kinds import Deletion
from pipeline.storage_paths import (
    classify_path,
    dataset_folder,
    is_signature,
    lineage_path,
    run_of,
    version_of,
)


class PlannedDeletion(NamedTuple):
    """An object that goes, and why."""

    path: str
    size: int
    why: str


class PlannedWithdrawal(NamedTuple):
    """A ready version that is withdrawn, and why."""

    version: str
    why: str


class RetentionPlan(NamedTuple):
    """What retention would do.

    withdrawals: versions that are withdrawn first; their files go later.
    deletions: objects that are deleted.
    remarks: what is left alone because something about it is not known, a sentence each.
    """

    withdrawals: list[PlannedWithdrawal]
    deletions: list[PlannedDeletion]
    remarks: list[str]

    @property
    def freed(self) -> int:
        """The bytes that the deletions free."""
        return sum(each.size for each in self.deletions)


class _Planner(NamedTuple):
    state: ProjectState
    policy: RetentionSettings
    now: datetime
    dataset: str


def plan_retention(
    state: ProjectState, policy: RetentionSettings, now: datetime, dataset: str
) -> RetentionPlan:
    """Return what goes, and why.

    Args:
        state: the project.
        policy: how long what is kept.
        now: the time.
        dataset: the name of the data set.
    """
    planner = _Planner(state, policy, now, dataset)
    remarks: list[str] = []
    withdrawals: list[PlannedWithdrawal] = []
    reasons = {}
    if state.unsure and state.versions:
        remarks.append(
            f"no version goes, as {', '.join(state.unsure[:3])} cannot be read or is missing: it "
            "may name one that is needed"
        )
    else:
        withdrawals = [
            PlannedWithdrawal(
                each.version,
                f"there are {policy.keep_versions} newer ready versions, and nothing names it",
            )
            for each in find_surplus(state, policy.keep_versions)
        ]
        reasons = _explain_versions(planner)
    runs, orphans = _explain_runs(planner)
    if orphans:
        remarks.append(
            f"the results of {orphans[0]}"
            + (f" and {len(orphans) - 1} more" if len(orphans) > 1 else "")
            + " stay, as no document says that this run has ended: look whether project and "
            "bucket belong together, and delete them by hand if they do"
        )
    deletions, unknown = [], []
    for stored in state.objects:
        why = _explain(stored, planner, reasons, runs)
        if why is not None:
            deletions.append(PlannedDeletion(stored.path, stored.size, why))
        elif classify_path(stored.path) is None:
            unknown.append(stored.path)
    if unknown:
        remarks.append(
            f"{len(unknown)} objects are not Redraw's, and stay: {', '.join(unknown[:3])}"
        )
    return RetentionPlan(withdrawals, deletions, remarks)


def _explain(
    stored: StoredObject, planner: _Planner, versions: dict[str, str], runs: dict[str, str]
) -> str | None:
    """Return why an object goes; None: it stays."""
    kind = classify_path(stored.path)
    if kind is None:
        return None
    if kind.deletion is Deletion.AFTER_RUN:
        return runs.get(run_of(stored.path))
    if kind.deletion is Deletion.WITH_VERSION:
        return versions.get(stored.path)
    base = planner.state.base_digest
    if kind.deletion is Deletion.REBUILT and base is not None:
        own = kind.fill(dataset=planner.dataset, digest=base)
        if stored.path.startswith(dataset_folder(planner.dataset)) and stored.path != own:
            return "it is of another base"
    return None


def _explain_versions(planner: _Planner) -> dict[str, str]:
    """Return why files of withdrawn versions go, by path: those that the documents record."""
    state, needed = planner.state, find_needed(planner.state)
    stored = [each.path for each in state.objects]
    reasons: dict[str, str] = {}
    for version in state.versions:
        gone = version.withdrawn.at if version.withdrawn else version.created_at
        if (
            version.status is not VersionStatus.WITHDRAWN
            or version.version in needed
            or version.run_id in state.unfinished_runs
            or gone is None
            or gone + timedelta(days=planner.policy.withdrawn_days) > planner.now
        ):
            continue
        # Its lineage stays: it tells which corrections later versions have inherited.
        recorded = {file.path for file in version.files} - {lineage_path(version.version)}
        reasons |= {
            path: f"{version.version} is withdrawn since {gone:%Y-%m-%d}"
            for path in stored
            if version_of(path) == version.version and (path in recorded or _signs(path, version))
        }
    return reasons


def _signs(path: str, version: ModelVersion) -> bool:
    """Return whether a file of a version that had files is a signature that was added later."""
    return bool(version.files) and is_signature(path)


def _explain_runs(planner: _Planner) -> tuple[dict[str, str], list[str]]:
    """Return why what runs have left goes, by run; and the runs that no document tells about."""
    state, days = planner.state, timedelta(days=planner.policy.runs_days)
    made = {version.run_id: version for version in state.versions}
    left = {
        run_of(each.path)
        for each in state.objects
        if (kind := classify_path(each.path)) and kind.deletion is Deletion.AFTER_RUN
    }
    reasons, orphans = {}, []
    for name in sorted(left):
        if name == state.active_run or name in state.unfinished_runs:
            continue
        run, version = state.runs.get(name), made.get(name)
        if run is not None:
            if not run.state.ended:
                continue
            ended = run.ended_at or run.updated_at or run.requested_at
        elif version is not None and version.created_at is not None:
            ended = version.created_at  # a baseline is no run; its version is published
        else:
            orphans.append(name)
            continue
        if ended + days <= planner.now:
            reasons[name] = f"its run ended on {ended:%Y-%m-%d}"
    return reasons, orphans
