"""The checks of the data: data set, player key, and the files of versions."""

from collections.abc import Iterator

from pipeline.corrections.key_fingerprint import (
    explain_other_key,
    fingerprint_key,
    read_fingerprint,
)
from pipeline.dataset.audit import audit_log
from pipeline.dataset.verification import compute_digests
from pipeline.errors import InvalidDataset, InvalidModel, InvalidSettings
from pipeline.forgetting.plan import find_unfinished, is_finished
from pipeline.ports import Ports
from pipeline.records.versions import VersionStatus
from pipeline.settings import Settings
from pipeline.storage_paths import VERSIONS_FOLDER
from pipeline.versions.files import find_damaged, find_lost
from service.checks.check import Check, Finding, ShowProgress, check_one, find_problem


def list_data_checks(settings: Settings, ports: Ports, show_progress: ShowProgress) -> list[Check]:
    """Return the checks.

    Args:
        settings: of this process.
        ports: the project.
        show_progress: of those that read all data.
    """
    path, digests = settings.dataset_file, list[str]()

    def check_file() -> None:
        with show_progress("checking the data set") as report_progress:
            digests.extend(compute_digests(path, report_progress))

    def look_at_file() -> Iterator[Finding]:
        if path.is_symlink() or path.exists():
            yield Finding(f"data set {path}", find_problem(check_file))

    def check_log() -> None:
        with show_progress("reading the log in Storage") as report_progress:
            audit_log(
                ports.artefacts, path, digests, report_progress, categories=settings.categories
            )

    key = fingerprint_key(settings.player_key.get_secret_value())
    log, released = "log of the data set in Storage", "files of the released version"
    ready, forgetting = "files of all ready versions", "runs that forget players"
    return [
        Check("data set", look_at_file, slow=True),
        check_one(log, log, check_log, of_project=True, slow=True),
        check_one(
            "player key",
            f"player key (fingerprint {key})",
            lambda: _check_player_key(key, ports, settings),
            of_project=True,
        ),
        check_one(released, released, lambda: _check_release(ports), of_project=True, slow=True),
        check_one(ready, ready, lambda: _check_versions(ports), of_project=True),
        check_one(forgetting, forgetting, lambda: _check_forgetting(ports), of_project=True),
    ]


def _check_player_key(present: str, ports: Ports, settings: Settings) -> None:
    name = settings.dataset_name
    kept = read_fingerprint(ports.artefacts, name)
    if kept not in (None, present):
        raise InvalidSettings(explain_other_key(name, present, kept))


def _check_release(ports: Ports) -> None:
    """Read every file of the released version and compare its sha256."""
    release = ports.models.release()
    if release is None:
        return
    version = ports.models.get(release.version)
    _raise_problems(find_damaged(version.files, ports.artefacts))


def _check_versions(ports: Ports) -> None:
    """Compare the sizes of all files of all ready versions with one listing."""
    objects = {stored.path: stored for stored in ports.artefacts.list(VERSIONS_FOLDER)}
    ready = [model for model in ports.models.list() if model.status is VersionStatus.READY]
    _raise_problems([problem for model in ready for problem in find_lost(model, objects)])


def _check_forgetting(ports: Ports) -> None:
    """Name runs that were to forget a player and failed halfway."""
    under_way = ports.runs.slot().slot.run_id or ""
    plans = find_unfinished(ports.artefacts, under_way)
    failed = [name for name in plans if not is_finished(name, ports.artefacts)]
    if failed:
        raise InvalidDataset(
            f"{', '.join(failed)} did not finish forgetting a player: call `redraw forget PLAYER` "
            "again for the same player; for any other one it finishes what models have learned"
        )


def _raise_problems(problems: list[str]) -> None:
    if problems:
        raise InvalidModel(
            f"{'; '.join(problems)}: restore the object from a backup, or promote another version"
        )
