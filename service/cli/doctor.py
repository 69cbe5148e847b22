"""`redraw doctor`: check everything that Redraw needs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from pipeline.bootstrap import connect
from pipeline.errors import InvalidSettings, RedrawError
from pipeline.progress import OnProgress
from pipeline.starting import Role, find_start_problems
from service.checks.check import REACHING, Finding, show_nothing
from service.checks.machine import list_machine_checks
from service.checks.project import list_project_checks
from service.cli.display import console, progress_bar
from service.cli.running import load_settings_beside_running


def run_checks() -> Iterator[Finding]:
    """Yield what each check found, as soon as it is made."""
    try:
        settings = load_settings_beside_running()
    except InvalidSettings:
        raise InvalidSettings(*find_start_problems(Role.WORKER)[1]) from None
    for check in list_machine_checks(settings, Role.WORKER):
        yield from check.find()
    try:
        ports = connect(settings)
    except RedrawError as error:
        yield Finding(f"Firebase project {settings.project_id}", str(error))
        return
    reachable = True
    for check in list_project_checks(settings, ports, _show_progress):
        if check.of_project and not reachable:
            continue  # it would only wait for each of its objects in vain
        findings = check.find()
        yield from findings
        if check.title in REACHING:
            reachable = reachable and all(each.problem is None for each in findings)


def _show_progress(description: str) -> AbstractContextManager[OnProgress]:
    """Show a bar on a terminal; in a file it would only leave an empty line."""
    return progress_bar(description) if console.is_terminal else show_nothing(description)
