"""Start a trial because an owner says so. The web process does this, so nothing here reads HDF5."""

from pipeline.log_paths import revision_of
from pipeline.ports import Ports
from pipeline.records.trials import Trial
from pipeline.records.versions import Release, VersionStatus
from pipeline.settings import Settings
from pipeline.storage_paths import dataset_folder
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
    name = settings.dataset_name
    places = (revision_of(each.path, name) for each in ports.artefacts.list(dataset_folder(name)))
    numbers = (place[1] for place in places if place is not None)  # the same in all editions
    revision = max(model.dataset_revision, *numbers, 0)
    return ports.trials.begin(version, plan_trial(settings.trial, revision, by))
