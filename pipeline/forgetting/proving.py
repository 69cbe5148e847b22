"""List Firestore, Storage and the local folder again, and say what of a player is left."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.players import hash_player
from pipeline.dataset import origins
from pipeline.dataset.editions import find_rows
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.log import list_log
from pipeline.forgetting.belongings import Belongings, find_belongings
from pipeline.forgetting.releasing import list_version
from pipeline.forgetting.removing import Hide, read_removed
from pipeline.forgetting.staging import choose_staging, list_staging
from pipeline.records.forgetting import ForgetPlan, Proof
from pipeline.runs.context import RunContext
from pipeline.storage_paths import OWN_FOLDERS


def prove(player: str, plan: ForgetPlan, hide: Hide, context: RunContext) -> Proof:
    """Look at everything again, and return what was looked at and what is left.

    Args:
        player: the id.
        plan: of the run.
        hide: takes the player out of paths.
        context: of the run.
    """
    ports, settings = context.ports, context.settings
    place = CanvasPlace.of(settings)
    found = find_belongings(player, ports.corrections, place)
    canvases = [stored.path for stored in ports.artefacts.list(place.folder)]
    own = [stored.path for folder in OWN_FOLDERS for stored in ports.artefacts.list(folder)]
    held = describe(settings.dataset_file) if settings.dataset_file.exists() else None
    left = [
        *found.ids,
        *ports.corrections.digests(plan.ids),
        *_find_canvases(canvases, found, plan, hide, context),
        *_find_in_data_set(player, plan, context),
        *choose_staging(list_staging(ports.artefacts, context.run_id), plan.runs),
        *([] if plan.keep_versions else _find_versions(plan, context)),
    ]
    return Proof(
        listed_at=datetime.now(UTC),
        objects=len({*canvases, *own}),
        documents=found.documents,
        rows=0 if held is None else held.corrections + held.confirmations,
        shared_canvases=len({*found.shared, *plan.shared}),
        left=sorted({hide(path) for path in left}),
    )


def _find_canvases(
    present: list[str], found: Belongings, plan: ForgetPlan, hide: Hide, context: RunContext
) -> Iterator[str]:
    """Yield the canvases of the player that are there, or there again."""
    removed = {each.path for each in read_removed(plan, context)} | {
        hide(path) for path in plan.canvases
    }
    shared = {*found.shared, *plan.shared}
    for path in present:
        if path not in shared and (path in found.canvases or hide(path) in removed):
            yield path


def _find_in_data_set(player: str, plan: ForgetPlan, context: RunContext) -> Iterator[str]:
    """Yield what the log in Storage, and the file here, hold of the player."""
    settings, artefacts = context.settings, context.ports.artefacts
    hashed = hash_player(player, settings.player_key.get_secret_value().encode())
    log = list_log(artefacts, settings.dataset_name)
    rows = find_rows(artefacts, log, hashed, plan.ids)
    yield from chain(
        (stored.path for stored in log.stale),
        (f"{log.path(row.revision)}: {row.correction_id}" for row in rows),
    )
    if settings.dataset_file.exists():
        here = origins.find_origins(settings.dataset_file, plan.ids)
        yield from (f"{settings.dataset_file.name}: {name}" for name in here)
        if describe(settings.dataset_file).edition != log.edition:
            yield settings.dataset_file.name


def _find_versions(plan: ForgetPlan, context: RunContext) -> Iterator[str]:
    for version in plan.learned:
        yield from list_version(version, context.ports.artefacts)
