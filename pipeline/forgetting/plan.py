"""Plan what is forgotten, once in a run: later attempts find less, as some is deleted by then."""

from collections import Counter

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.players import hash_player
from pipeline.dataset.editions import find_rows
from pipeline.dataset.log import list_log
from pipeline.errors import NotFound, ObjectMissing, UnreadableDocument
from pipeline.forgetting.belongings import find_belongings
from pipeline.forgetting.staging import find_collected, find_fitted, list_staging
from pipeline.forgetting.versions import add_descendants, find_ancestor, find_learned
from pipeline.ports import ArtefactStore, Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.forgetting import ForgetPlan
from pipeline.settings import Settings
from pipeline.storage_paths import FORGET_PLAN, RECEIPT, RUNS_FOLDER, classify_path, run_of
from pipeline.versions.released import find_released


def make_plan(
    player: str,
    ports: Ports,
    settings: Settings,
    on_progress: OnProgress = silent,
    *,
    besides: str = "",
) -> ForgetPlan:
    """Find all that is a player's, and what learned from it. Nothing is changed.

    Args:
        player: the id.
        ports: the project.
        settings: of this process.
        on_progress: called after each revision of the data set.
        besides: the run that plans; empty for a preview.

    Raises:
        VersionNotReady: no version could be released instead of one that learned from the player.
    """
    hashed = hash_player(player, settings.player_key.get_secret_value().encode())
    staging = list_staging(ports.artefacts, besides)
    collected, canvases = find_collected(staging, hashed, ports.artefacts)
    found = find_belongings(player, ports.corrections, CanvasPlace.of(settings), canvases)
    log = list_log(ports.artefacts, settings.dataset_name)
    known = {*found.ids, *collected}
    rows = find_rows(ports.artefacts, log, hashed, known, on_progress)
    first = min((row.revision for row in rows), default=None)
    learned = [] if first is None else find_learned(ports.models, first)
    unfinished = find_unfinished(ports.artefacts, besides)
    fitted = {*([] if first is None else find_fitted(staging, first, ports.runs))}
    for plan in unfinished.values():
        learned += plan.learned
        fitted.update(plan.runs)
    learned = add_descendants(learned, ports.models)
    keep = settings.forget.versions == "keep"
    released, ancestor = _find_released(learned, ports)
    return ForgetPlan(
        ids=sorted({*known, *(row.correction_id for row in rows)}),
        canvases=found.canvases,
        shared=found.shared,
        rows=Counter(row.split for row in rows),
        revisions=sorted({row.revision for row in rows}),
        before=log.edition,
        edition=log.newest + 1 if rows else None,
        learned=learned,
        runs=sorted(fitted),
        unfinished=sorted(unfinished),
        keep_versions=keep,
        released=released,
        ancestor=ancestor,
    )


def find_unfinished(artefacts: ArtefactStore, besides: str) -> dict[str, ForgetPlan]:
    """Return the plans of runs that failed to forget a player, by the id of the run.

    Rows may be gone by then, so nothing but the plan tells which versions learned from them.
    """
    plans = {}
    for stored in artefacts.list(RUNS_FOLDER):
        run_id = run_of(stored.path)
        if classify_path(stored.path) is FORGET_PLAN and run_id != besides:
            plan = ForgetPlan.model_validate_json(artefacts.read(stored.path))
            # One that has a receipt was only not deleted.
            plans[run_id] = (
                plan.model_copy(update={"learned": []}) if is_finished(run_id, artefacts) else plan
            )
    return plans


def is_finished(run_id: str, artefacts: ArtefactStore) -> bool:
    """Return whether a run that forgets a player has written its receipt."""
    try:
        artefacts.read(RECEIPT.fill(run_id=run_id))
    except ObjectMissing:
        return False
    return True


def _find_released(learned: list[str], ports: Ports) -> tuple[str | None, str | None]:
    """Return the released version, and the ancestor to fit again from if it has learned."""
    try:
        version = find_released(ports.models).version
    except (NotFound, UnreadableDocument):
        return None, None  # nothing is released that clients could use
    if version.version not in learned:
        return version.version, None
    return version.version, find_ancestor(version, learned, ports.models)
