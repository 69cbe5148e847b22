"""Release a version, after its files were read."""

from pipeline.formatting import shorten
from pipeline.ports import Ports
from pipeline.records.runs import Lease
from pipeline.records.trials import TrialPlan
from pipeline.records.versions import Release, VersionStatus
from pipeline.versions.files import require_files

LONGEST_WHY = 1000
"""Characters of a reason that the history keeps."""


def promote_version(
    version: str,
    ports: Ports,
    *,
    by: str,
    why: str,
    replacing: int | None = None,
    lease: Lease | None = None,
    watch: TrialPlan | None = None,
    trial: str | None = None,
) -> Release:
    """Point the release at a version whose files are all in Storage, as they were published.

    Args:
        version: its number, as text.
        ports: the project.
        by: who releases it: "owner", the uid of an account, or the id of a run.
        why: the reason, in a line; the history keeps both.
        replacing: the fence of the release that the caller wants to replace, 0 if there was none;
            None replaces any.
        lease: of the run that promotes; None for a person.
        watch: the watch that begins, see `ModelRegistry.promote`.
        trial: the id of the trial that the promotion follows from.

    Raises:
        NotFound: there is no such version.
        VersionNotReady: it is not ready, or one of its files is missing or damaged.
        ReleaseMoved: another version was released since `replacing`, or `trial` has ended.
        LeaseLost: `lease` is no longer the newest.
    """
    model = ports.models.get(version)
    if model.status is VersionStatus.READY:
        require_files(model, ports.artefacts, ports.trusted)
    return ports.models.promote(
        version,
        by=by,
        why=shorten(" ".join(why.split()), LONGEST_WHY),
        replacing=replacing,
        lease=lease,
        watch=watch,
        trial=trial,
    )
