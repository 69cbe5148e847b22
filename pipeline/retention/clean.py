"""Do what a plan says: withdraw versions, then delete objects. Stopped anywhere, it is repeated."""

import logging
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.deletion import DeletedObject, delete_objects
from pipeline.errors import VersionInUse, VersionNotReady
from pipeline.ports import Ports
from pipeline.progress import OnProgress, silent
from pipeline.retention.local import find_old_caches, remove_caches
from pipeline.retention.plan import RetentionPlan, plan_retention
from pipeline.retention.project import read_state
from pipeline.settings import Settings

log = logging.getLogger(__name__)
BY = "retention"


class Cleaned(NamedTuple):
    """What was done: the versions that were withdrawn, and the objects that were deleted."""

    withdrawn: list[str]
    deleted: list[DeletedObject]


def plan_project(ports: Ports, settings: Settings, now: datetime | None = None) -> RetentionPlan:
    """Return what retention would do in a project.

    Args:
        ports: the project.
        settings: the policy, and the data set.
        now: the time; None: now.
    """
    state = read_state(ports, settings.dataset_name)
    return plan_retention(
        state, settings.retention, now or datetime.now(UTC), settings.dataset_name
    )


def clean(ports: Ports, settings: Settings) -> Cleaned:
    """Plan and do it, in Storage and in the data folder of this machine."""
    cleaned = carry_out(plan_project(ports, settings), ports)
    clean_folder(settings)
    return cleaned


def clean_folder(settings: Settings) -> None:
    """Remove what no run has used for long from the data folder of this machine."""
    remove_caches(find_old_caches(settings.features_dir, settings.retention.features_days))


def carry_out(plan: RetentionPlan, ports: Ports, on_progress: OnProgress = silent) -> Cleaned:
    """Do what a plan says, and return what was done.

    A version that was released or put on trial since is left alone. No deletion can become wrong
    meanwhile: a withdrawn version is never ready again, and a run that has ended never goes on.
    """
    withdrawn = []
    for planned in plan.withdrawals:
        try:
            ports.models.withdraw(planned.version, by=BY, why=planned.why)
        except (VersionInUse, VersionNotReady) as reason:
            log.info("%s stays: %s", planned.version, reason)
            continue
        withdrawn.append(planned.version)
    deleted = delete_objects(
        (each.path for each in plan.deletions), ports.artefacts, on_progress=on_progress
    )
    return Cleaned(withdrawn, deleted)
