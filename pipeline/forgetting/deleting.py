"""Delete a player's documents and canvases, and what runs have left of them in Storage."""

from collections.abc import Iterable

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.forgetting.belongings import find_belongings
from pipeline.forgetting.removing import Hide, remove_corrections, remove_objects
from pipeline.forgetting.staging import choose_staging, list_staging
from pipeline.records.forgetting import ForgetPlan, RemovedKind
from pipeline.runs.context import RunContext


def delete_belongings(player: str, plan: ForgetPlan, hide: Hide, context: RunContext) -> None:
    """Delete what the run has planned, and what the player has sent since.

    Canvases go first: the documents say where they are. Corrections that the player sends meanwhile
    are found by the next listing, until one finds none.
    """
    _delete(plan.ids, plan.canvases, hide, context)
    place = CanvasPlace.of(context.settings)
    while True:
        found = find_belongings(player, context.ports.corrections, place)
        if not found.ids:
            break
        _delete(found.ids, found.canvases, hide, context)
    staging = choose_staging(list_staging(context.ports.artefacts, context.run_id), plan.runs)
    remove_objects(staging, RemovedKind.STAGING, hide, context)


def _delete(ids: Iterable[str], canvases: Iterable[str], hide: Hide, context: RunContext) -> None:
    remove_objects(canvases, RemovedKind.CANVAS, hide, context)
    remove_corrections(ids, hide, context)
