"""`redraw doctor`: check everything that Redraw needs."""

import shutil
import tempfile
from collections.abc import Callable, Iterator

from pipeline.bootstrap import connect
from pipeline.errors import InvalidSettings, RedrawError
from pipeline.files import create_folder
from pipeline.logs.cleaning import Cleaning
from pipeline.ports import Ports
from pipeline.runs.classes import check_dataset, check_released_classes
from pipeline.settings import Settings
from pipeline.starting import Role, find_start_problems
from pipeline.storage_paths import BASE_DIGEST
from service.cli.data_checks import list_data_checks
from service.cli.document_checks import (
    check_documents,
    check_notifications,
    check_publications,
    check_release,
    list_findings,
)
from service.cli.running import load_settings_beside_running
from service.cli.slot_check import check_slot
from service.cli.storage_checks import list_storage_findings
from workers.redis_ping import ping

FREE_BYTES = 2 * 1024**3  # for a copy of the full-size data set


def run_checks() -> Iterator[tuple[str, str | None]]:
    """Yield the name of each check, and what is wrong; None if it passed."""
    try:
        settings = load_settings_beside_running()
    except InvalidSettings:
        raise InvalidSettings(*find_start_problems(Role.WORKER)[1]) from None
    problems = find_start_problems(Role.WORKER)[1]
    yield from (("settings", problem) for problem in problems or (None,))
    yield f"folder {settings.data_dir}", _find_problem(lambda: _check_folder(settings))
    yield f"Redis {Cleaning()(settings.redis_url)}", _find_problem(lambda: ping(settings.redis_url))
    try:
        ports = connect(settings)
    except RedrawError as error:
        yield f"Firebase project {settings.project_id}", str(error)
    else:
        yield from _check_project(settings, ports)


def _check_project(settings: Settings, ports: Ports) -> Iterator[tuple[str, str | None]]:
    """Yield what `run_checks` does, for what lies in Firebase and for the local data set."""
    reached: dict[str, Callable[[], object]] = {
        f"Firestore of project {settings.project_id}": ports.models.has_ready,
        f"Storage bucket {settings.bucket}": lambda: ports.artefacts.list(
            BASE_DIGEST.fill(dataset=settings.dataset_name)
        ),
    }
    # What reads many objects would only wait for each of them in vain, if one of these fails.
    reachable = True
    for name, check in reached.items():
        problem = _find_problem(check)
        reachable = reachable and problem is None
        yield name, problem
    if settings.dataset_file.exists():
        yield "classes of the data set", _find_problem(lambda: check_dataset(settings))
    if reachable:
        yield "release", _find_problem(lambda: check_release(ports.models))
        yield (
            "classes of the released version",
            _find_problem(lambda: check_released_classes(ports.models, settings)),
        )
        yield "documents", _find_problem(lambda: check_documents(ports))
        yield "publications", _find_problem(lambda: check_publications(ports))
        yield "notifications", _find_problem(lambda: check_notifications(ports))
        yield check_slot(ports.runs)
        yield from list_findings(ports.corrections, settings)
        yield from list_storage_findings(settings, ports)
    for name, check in list_data_checks(settings, ports, reachable=reachable):
        yield name, _find_problem(check)


def _find_problem(check: Callable[[], object]) -> str | None:
    """Return what is wrong, in one line; None if the check passes."""
    try:
        check()
    except (RedrawError, OSError) as error:
        return str(error)
    return None


def _check_folder(settings: Settings) -> None:
    create_folder(settings.data_dir)
    with tempfile.TemporaryFile(dir=settings.data_dir):
        free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES:
        raise RedrawError(
            f"{free / 1024**3:.1f} GB are free; a retrain of the full-size data set needs 2 GB: "
            "free some space, or set REDRAW_DATA_DIR to another disk"
        )
