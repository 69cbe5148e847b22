"""Start a trial because an owner says so. The web process does this, so nothing here reads HDF5."""

from pipeline.ports import Ports
from pipeline.records.trials import Trial
from pipeline.records.versions import Release, VersionStatus
from pipeline.settings import Settings
from pipeline.storage_paths import additions_folder, revision_of
from pipeline.trial.plans import plan_trial
from pipeline.versions.files import require_files


def start_trial(version: str, ports: Ports, settings: Settings, by: str) -> tuple[Trial, Release]:
    """Put a version on trial because an owner says so; its files are read first.

    Only answers that are merged after the newest revision in Storage count.

    Args:
        version: its number.
        ports: the project.
        settings: of this process, see `plans.change_rules`.
        by: the owner.

    Raises:
        NotFound, UnreadableDocument, VersionNotReady, TrialUnderWay: see `TrialStore.begin`.
    """
    model = ports.models.get(version)
    if model.status is VersionStatus.READY:
        require_files(model, ports.artefacts, ports.trusted)
    stored = ports.artefacts.list(additions_folder(settings.dataset_name))
    numbers = (revision_of(each.path, settings.dataset_name) or 0 for each in stored)
    revision = max(model.dataset_revision, *numbers, 0)
    return ports.trials.begin(version, plan_trial(settings.trial, revision, by))
