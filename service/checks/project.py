"""The checks of what lies in Firebase, and of the local data set."""

from collections.abc import Iterator, Mapping

from pipeline.ports import Ports
from pipeline.runs.classes import check_dataset, check_released_classes
from pipeline.settings import Settings
from pipeline.starting import Role
from pipeline.storage_paths import BASE_DIGEST
from service.checks.check import Check, Finding, ShowProgress, check_one, find_problem, show_nothing
from service.checks.data import list_data_checks
from service.checks.documents import (
    check_documents,
    check_publications,
    check_release,
    find_corrections,
    find_notifications,
)
from service.checks.google import list_google_checks
from service.checks.machine import list_machine_checks
from service.checks.slot import check_slot
from service.checks.storage import check_signatures, check_space
from service.checks.tensorflow import TENSORFLOW, check_tensorflow

SPACE = "space in Storage"


def list_service_checks(settings: Settings, ports: Ports) -> list[Check]:
    """Return the checks of a web process.

    What Storage holds is told apart from them, and a web process trains nothing.
    """
    of_project = [
        each
        for each in list_project_checks(settings, ports)
        if each.title not in {SPACE, TENSORFLOW}
    ]
    return [*list_machine_checks(settings, Role.SERVICE), *of_project]


def list_project_checks(
    settings: Settings,
    ports: Ports,
    show_progress: ShowProgress = show_nothing,
    shipped_rules: Mapping[str, str] | None = None,
) -> list[Check]:
    """Return the checks, in the order in which they are to be made.

    Args:
        settings: of this process.
        ports: the project.
        show_progress: of those that take long.
        shipped_rules: the security rules to deploy, by service; None: they are not compared.
    """

    def look_at_classes() -> Iterator[Finding]:
        if settings.dataset_file.exists():
            yield Finding("classes of the data set", find_problem(lambda: check_dataset(settings)))

    return [
        check_one(
            "Firestore", f"Firestore of project {settings.project_id}", ports.models.has_ready
        ),
        check_one(
            "Storage",
            f"Storage bucket {settings.bucket}",
            lambda: ports.artefacts.list(BASE_DIGEST.fill(dataset=settings.dataset_name)),
        ),
        *list_google_checks(settings, ports.inspector, shipped_rules),
        Check("classes of the data set", look_at_classes),
        *(
            check_one(name, name, look, of_project=True)
            for name, look in (
                ("release", lambda: check_release(ports.models)),
                (
                    "classes of the released version",
                    lambda: check_released_classes(ports.models, settings),
                ),
                ("documents", lambda: check_documents(ports)),
                ("publications", lambda: check_publications(ports)),
            )
        ),
        Check("notifications", lambda: find_notifications(ports, settings), of_project=True),
        Check("slot", lambda: [check_slot(ports.runs)], of_project=True),
        Check(
            "corrections", lambda: find_corrections(ports.corrections, settings), of_project=True
        ),
        Check(TENSORFLOW, lambda: [check_tensorflow(settings, ports)], of_project=True),
        Check("signatures", lambda: check_signatures(settings, ports), of_project=True),
        Check(SPACE, lambda: [check_space(settings, ports)], of_project=True),
        *list_data_checks(settings, ports, show_progress),
    ]
