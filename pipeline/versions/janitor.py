"""Finish, or give up, what publications left that no worker continues.

A publication ends in one transaction, so what a crash leaves is always a version that says
`publishing`, with any part of its files. Clients never see it. While its run is under way, the run
goes on with it; the janitor looks after all others. It may be stopped anywhere and called again,
also twice at once: each step is one that changes nothing when it is repeated.
"""

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pipeline.errors import InvalidDataset, NewerDocument, NotFound, RedrawError, UnreadableDocument
from pipeline.formats.check import check_files
from pipeline.ports import Ports
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import ModelVersion
from pipeline.run_errors import RunInProgress
from pipeline.versions.files import find_damaged
from pipeline.versions.giving_up import clear, give_up
from pipeline.versions.intent import Intent, read_intent
from pipeline.versions.publish import CheckFiles

JANITOR = "janitor"
GRACE = timedelta(hours=24)
"""How long a version is left alone that belongs to no run: `redraw baseline` may be at work."""

log = logging.getLogger(__name__)


class Action(StrEnum):
    """What is done with a version that is not finished."""

    FINISH = "finish"
    """It becomes ready, and is not released."""
    GIVE_UP = "give up"
    """It is withdrawn, and what was stored for it is deleted."""
    CLEAR = "clear"
    """It was given up: the rest of what was stored for it is deleted."""
    LEAVE = "leave"
    """Its publication may go on."""


class Leftover(NamedTuple):
    """A version that is not finished, what is done with it, and why in a line."""

    version: str
    action: Action
    why: str


def tidy_versions(ports: Ports, check: CheckFiles = check_files) -> list[Leftover]:
    """Finish or give up every version that no worker continues; return what was done, for each.

    One that meets a fault is left for the next call, and stops no other.

    Args:
        ports: the project.
        check: loads the files as clients would, see `pipeline.formats.check`.
    """
    done = []
    for version in ports.models.unfinished().records:
        try:
            found = _tidy(version, ports, check)
        except RunInProgress as begun:
            found = Leftover(version.version, Action.LEAVE, str(begun))
        except RedrawError as fault:
            found = Leftover(version.version, Action.LEAVE, f"it is tried again: {fault}")
        if found.action is not Action.LEAVE:
            log.warning("%s: %s, as %s", found.version, found.action, found.why)
        done.append(found)
    return done


def look_at_leftovers(ports: Ports, check: CheckFiles = check_files) -> list[Leftover]:
    """Return what `tidy_versions` would do; nothing is changed.

    Args:
        ports: the project.
        check: loads the files as clients would.
    """
    return [judge(version, ports, check)[0] for version in ports.models.unfinished().records]


def judge(version: ModelVersion, ports: Ports, check: CheckFiles) -> tuple[Leftover, Intent | None]:
    """Return what is to be done with a version, and what its publication noted, if it is whole."""
    if version.clearing:
        return Leftover(version.version, Action.CLEAR, "its number was given up"), None
    told = _ask_run(version, ports)
    return (told, None) if told is not None else _judge_files(version, ports, check)


def _ask_run(version: ModelVersion, ports: Ports) -> Leftover | None:
    """Return what the version's run decides; None if it has failed, or is gone for long."""
    try:
        run = _find_run(version, ports)
    except (UnreadableDocument, NewerDocument) as error:
        return Leftover(version.version, Action.LEAVE, f"its run cannot be read: {error}")
    slot = ports.runs.slot().slot
    if slot.run_id == version.run_id or (run is not None and not run.state.ended):
        return Leftover(version.version, Action.LEAVE, f"run {version.run_id} is under way")
    if run is None and _is_young(version, slot.at):
        hours = GRACE.total_seconds() / 3600
        why = f"no run has this version; it is left alone for {hours:.0f} hours"
        return Leftover(version.version, Action.LEAVE, why)
    if run is not None and run.state is not RunState.FAILED:
        why = f"run {run.id} has ended without it: {run.state}"
        return Leftover(version.version, Action.GIVE_UP, why)
    return None


def _judge_files(
    version: ModelVersion, ports: Ports, check: CheckFiles
) -> tuple[Leftover, Intent | None]:
    """Return whether the files of a version are whole; if so, with what its publication noted."""
    try:
        intent = read_intent(version, ports.artefacts)
    except InvalidDataset as damage:
        return Leftover(version.version, Action.GIVE_UP, str(damage)), None
    if intent is None:
        return Leftover(version.version, Action.GIVE_UP, "nothing was stored for it"), None
    if problems := _find_problems(intent, ports, check):
        why = f"it is not whole: {problems[0]}"
        return Leftover(version.version, Action.GIVE_UP, why), None
    why = "all its files are stored, and are what they should be"
    return Leftover(version.version, Action.FINISH, why), intent


def _tidy(version: ModelVersion, ports: Ports, check: CheckFiles) -> Leftover:
    found, intent = judge(version, ports, check)
    models, artefacts = ports.models, ports.artefacts
    # The registry refuses to end a publication whose run has come to life since.
    if found.action is Action.FINISH and intent is not None:
        models.commit(version.version, intent.files, intent.metrics)
    elif found.action is Action.GIVE_UP:
        give_up(version, found.why, artefacts, models, by=JANITOR)
    elif found.action is Action.CLEAR:
        clear(version, artefacts, models)
    return found


def _find_run(version: ModelVersion, ports: Ports) -> Run | None:
    try:
        return ports.runs.get(version.run_id)
    except NotFound:
        return None


def _is_young(version: ModelVersion, now: datetime) -> bool:
    return version.created_at is not None and now - version.created_at < GRACE


def _find_problems(intent: Intent, ports: Ports, check: CheckFiles) -> list[str]:
    """Return what is wrong with the files that a publication noted; they are read whole."""
    problems = find_damaged(intent.files, ports.artefacts)
    if problems:
        return problems
    files = {file.path.rpartition("/")[2]: ports.artefacts.read(file.path) for file in intent.files}
    return check(files, intent.golden)
