"""What the pages say of a version, in a word or a sentence."""

from typing import NamedTuple

from pipeline.formatting import shorten
from pipeline.gate.summary import describe_players
from pipeline.records.trials import TrialKind
from pipeline.records.versions import ModelVersion, Release, VersionStatus

LONGEST = 300
"""Characters of a reason that are shown in a list."""
_STATUSES = {
    VersionStatus.PUBLISHING: ("being published", "busy"),
    VersionStatus.WITHDRAWN: ("withdrawn", "bad"),
    VersionStatus.FOREIGN: ("the game's own", ""),
    VersionStatus.READY: ("ready", ""),
}


class Chip(NamedTuple):
    """A word for a state, and its kind, as the macro `chip` takes them."""

    text: str
    kind: str = ""


def describe_status(version: ModelVersion, release: Release | None) -> Chip:
    """Return the state of a version in a word or two."""
    if release is not None and release.version == version.version:
        return Chip("released", "good")
    trial = None if release is None else release.trial
    # The version beside a release under watch is only compared with it.
    on_trial = trial is not None and trial.kind is not TrialKind.WATCH
    if on_trial and trial is not None and trial.version == version.version:
        return Chip("on trial", "busy")
    return Chip(*_STATUSES[version.status])


def describe_origin(version: ModelVersion) -> str:
    """Return why there is this version, in a sentence or two."""
    if version.withdrawn is not None:
        return f"Withdrawn: {shorten(version.withdrawn.why, LONGEST)}"
    if version.status is VersionStatus.FOREIGN:
        return "Published by the game itself: listed, never released by Redraw."
    if version.parent is None:
        return "A baseline: all its layers were trained."
    if version.gate is not None:
        return describe_players(version.gate)
    return f"Made from {version.parent}."


def name_person(by: str) -> str:
    """Return who released a version, as the pages say it."""
    return {"owner": "the owner", "": "not known"}.get(by, by)
