"""Find corrections in dictionaries as queries of Firestore do."""

from collections.abc import Mapping
from typing import Any

from pipeline.corrections.decisions import read_reason, read_retraining, read_state
from pipeline.corrections.game_schema import GameSchema
from pipeline.records.corrections import (
    DRAWING_FIELDS,
    GAME_FIELDS,
    CorrectionDocument,
    Wanted,
)
from pipeline.records.ids import is_valid_id

LISTED = {*GAME_FIELDS, "retraining"} - {*DRAWING_FIELDS}
"""The fields that a list of corrections has."""


def fits(fields: Mapping[str, Any], schema: GameSchema, wanted: Wanted) -> bool:
    """Return whether a document, with the fields as the game writes it, is one that is wanted."""
    read = schema.read("", dict(fields))
    if wanted.run_id is not None and not is_valid_id(wanted.run_id):
        return False
    if wanted.player is not None and not schema.holds(
        fields, "userId", schema.list_player_values(wanted.player)
    ):
        return False
    if wanted.category is not None and not schema.holds(
        fields, "correctedLabel", schema.list_label_values(wanted.category)
    ):
        return False
    return (
        (wanted.state is None or read_state(read) is wanted.state)
        and wanted.reason in (None, read_reason(read))
        and wanted.run_id in (None, read_retraining(read).get("runId"))
    )


def show_listed(document: CorrectionDocument) -> CorrectionDocument:
    """Return a document with the fields that a list has."""
    fields = {name: value for name, value in document.fields.items() if name in LISTED}
    return document._replace(fields=fields)
