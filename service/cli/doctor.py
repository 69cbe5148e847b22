"""`redraw doctor`: check everything that Redraw needs."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import click

from emulator.rules import RULES, render_rules
from pipeline.bootstrap import connect, open_backups
from pipeline.errors import InvalidSettings, RedrawError
from pipeline.formatting import escape_unprintable
from pipeline.ports import Ports
from pipeline.progress import OnProgress
from pipeline.settings import Settings
from pipeline.starting import Role, find_start_problems
from service.checks.backups import check_backups
from service.checks.check import Check, Finding, show_nothing
from service.checks.machine import list_machine_checks
from service.checks.making import Checked, CheckState, begin_check, make_checks, wait_for_check
from service.checks.project import list_project_checks
from service.cli.display import console, progress_bar
from service.cli.running import load_settings_beside_running

FIREBASE = "Firebase"
"""The check that finds credentials, before anything of the project is asked."""
BACKUPS = "backups"
"""The check that is made if a place of backups is named."""
ANSWER_SECONDS = 10.0
"""How long a call goes on without an answer: less than a check is waited for, so that the check
ends with the error that says what does not answer."""


class Wish(NamedTuple):
    """What the caller of `redraw doctor` wants to have looked at.

    role: what the machine is for. quick: leave out the checks that read all data. backups: the
    place where backups lie; None: none is looked at.
    """

    role: Role = Role.WORKER
    quick: bool = False
    backups: str | None = None


def run_checks(wish: Wish) -> Iterator[Checked]:
    """Yield what each check found, as soon as it is made."""
    try:
        settings = load_settings_beside_running()
    except InvalidSettings:
        raise InvalidSettings(*find_start_problems(wish.role)[1]) from None
    yield from make_checks(list_machine_checks(settings, wish.role), _make)
    connected: list[Ports] = []
    firebase = Check(FIREBASE, lambda: _connect(settings, connected))
    reached = _make(firebase)
    if not connected:
        yield reached
        return
    rules = {
        "Firestore": render_rules(settings.categories),
        "Storage": RULES.with_name("storage.rules").read_text(),
    }
    checks = list_project_checks(settings, connected[0], _show_progress, rules)
    if (place := wish.backups) is not None:
        opened = partial(open_backups, place, settings)
        checks.append(Check(BACKUPS, lambda: check_backups(opened, settings)))
    yield from make_checks([each for each in checks if not (wish.quick and each.slow)], _make)


def print_checks(wish: Wish) -> int:
    """Print a line for each finding, as soon as it is there; return how many checks failed."""
    failed = 0
    for checked in run_checks(wish):
        for line in _describe(checked):
            click.echo(escape_unprintable(line))
        failed += checked.failed
    return failed


def print_json(wish: Wish) -> int:
    """Print all findings as one JSON document; return how many checks failed."""
    checks = list(run_checks(wish))
    failed = sum(each.failed for each in checks)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "role": str(wish.role),
        "failed": failed,
        "checks": [_to_json(each) for each in checks],
    }
    click.echo(json.dumps(document, indent=2))
    return failed


def _connect(settings: Settings, connected: list[Ports]) -> Iterator[Finding]:
    """Connect to the project; nothing is called yet, but Google's credentials are looked for."""
    connected.append(connect(settings, ANSWER_SECONDS))
    yield Finding(f"Firebase project {settings.project_id}")


def _make(check: Check) -> Checked:
    with _show_check(check):
        return wait_for_check(check, begin_check(check))


def _describe(checked: Checked) -> Iterator[str]:
    if checked.state is CheckState.LATE:
        yield (
            f"BAD {checked.title}: it did not end within {checked.seconds:.0f} s, as what it asks"
            f" does not answer: see that first ({checked.chapter})"
        )
    elif checked.state is CheckState.LEFT_OUT:
        yield f"??  {checked.title}: not looked at, as Firestore or Storage does not answer"
    for name, problem, unknown in checked.findings:
        if problem is not None:
            yield f"BAD {name}: {problem} ({checked.chapter})"
        elif unknown is not None:
            yield f"??  {name}: {unknown}"
        else:
            yield f"ok  {name}"


def _to_json(checked: Checked) -> dict[str, Any]:
    return {
        "check": checked.title,
        "state": str(checked.state),
        "failed": checked.failed,
        "seconds": None if checked.seconds is None else round(checked.seconds, 3),
        "runbook": checked.chapter,
        "findings": [each._asdict() for each in checked.findings],
    }


def _show_check(check: Check) -> AbstractContextManager[object]:
    """Say on a terminal what is looked at now; a slow check shows a bar itself."""
    if check.slow or not console.is_terminal:
        return nullcontext()
    return console.status(f"looking at {check.title}")


def _show_progress(description: str) -> AbstractContextManager[OnProgress]:
    """Show a bar on a terminal; in a file it would only leave an empty line."""
    return progress_bar(description) if console.is_terminal else show_nothing(description)


def fail_for(failed: int) -> None:
    """Raise RedrawError if checks have failed.

    Raises:
        RedrawError: with their number.
    """
    if failed:
        checks = "1 check" if failed == 1 else f"{failed} checks"
        raise RedrawError(
            f"{checks} failed: do what the lines marked BAD say; the runbook says more"
        )
