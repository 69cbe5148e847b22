"""By which rule the canvases of each revision became drawings, as the data set says it."""

import json

import h5py

from pipeline.drawings.rule import FIRST_RULE

_ATTRIBUTE = "rules"
"""Of the group `corrections`: JSON, a list of [first revision, rule], each until the next."""


def note_rule(corrections: h5py.Group, revision: int, rule: int) -> None:
    """Record the rule of a new revision; nothing is written while it stays the same."""
    if rule != find_rule(corrections, revision):
        changes = [*_read_changes(corrections), [revision, rule]]
        corrections.attrs[_ATTRIBUTE] = json.dumps(changes)


def find_rule(corrections: h5py.Group, revision: int) -> int:
    """Return the rule of a revision; where none was recorded, it is the first."""
    rules = [rule for first, rule in _read_changes(corrections) if first <= revision]
    return rules[-1] if rules else FIRST_RULE


def _read_changes(corrections: h5py.Group) -> list[list[int]]:
    changes: list[list[int]] = json.loads(corrections.attrs.get(_ATTRIBUTE, "[]"))
    return changes
