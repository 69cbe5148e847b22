"""Stop a trial because an owner says so."""

from pipeline.ports import Ports
from pipeline.records.trials import Trial, TrialState
from pipeline.records.versions import Release


def stop_trial(version: str, ports: Ports, by: str) -> tuple[Trial | None, Release | None]:
    """Stop the open trial of a version; the released version stays. Repeating it changes nothing.

    A trial whose document is missing or cannot be read is cleared from the release.

    Args:
        version: the version on trial; of a watch, the version that was released before.
        ports: the project.
        by: the owner.

    Returns:
        The trial, which may have ended before; None where it cannot be read. And the release.

    Raises:
        NotFound: the version was never on trial.
        UnreadableDocument: the release cannot be read.
    """
    release = ports.models.release()
    offer = None if release is None else release.trial
    if offer is None or offer.version != version:
        return ports.trials.newest(version), release
    return ports.trials.end(offer.salt, TrialState.STOPPED, f"stopped by {by}", by=by)
