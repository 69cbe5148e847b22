"""Forget a player, top to bottom: documents, canvases, rows, staging, and what models learned.

Each step may be repeated, after any fault and on any machine: what is to go is planned once, what
goes is noted before it goes, and everything is listed again at the end. Whom the run forgets is in
the document `forget_requests/{runId}` alone, which goes in the transaction that ends the run.
"""

from pipeline.corrections.player_key import check_player_key
from pipeline.errors import RedrawError
from pipeline.fit.champion import fit_challenger, load_champion
from pipeline.forgetting.data_set import bring_here, drop_rows
from pipeline.forgetting.deleting import delete_belongings
from pipeline.forgetting.planned import read_plan
from pipeline.forgetting.proving import prove
from pipeline.forgetting.receipt import ModelsNow, note_forgotten, read_receipt, write_receipt
from pipeline.forgetting.releasing import release_clean, withdraw_learned
from pipeline.forgetting.removing import Hide, hide_player
from pipeline.lineage.origin import go_by_record
from pipeline.publishing import Judged, publish_challenger
from pipeline.records.dataset import DatasetRevision
from pipeline.records.forgetting import ForgetPlan, Proof, Receipt, Refit
from pipeline.records.releases import Promotion
from pipeline.records.runs import Run, RunState
from pipeline.retrain import judge_challenger
from pipeline.run_errors import RunCancelled
from pipeline.runs.classes import check_categories
from pipeline.runs.context import RunContext
from pipeline.runs.sample import note_sample
from pipeline.sampling.reading import read_answers
from pipeline.versions.released import find_released

MOST_ROUNDS = 20
"""How often everything is listed and deleted again, while a player goes on playing."""


def forget(context: RunContext) -> Run:
    """Execute the run whose lease `context.log` holds, and return it.

    Raises:
        Retryable: a temporary fault; execute the run again.
        LeaseLost: another worker has taken the run over.
        RedrawError: the run cannot succeed.
    """
    try:
        receipt = read_receipt(context) or attempt(context)
    except RunCancelled as request:
        return context.log.end(RunState.CANCELLED, str(request))
    note_forgotten(receipt, context)
    return context.log.end(RunState.FORGOTTEN, receipt.summary)


def attempt(context: RunContext) -> Receipt:
    """Take the run through its steps, and return its receipt."""
    with context.log.step(RunState.FORGETTING):
        player = check(context)
        hide = hide_player(player)
        bring_here(context)
        plan = read_plan(player, context)
        revision = drop_rows(plan, hide, context)
        delete_belongings(player, plan, hide, context)
    refit = None
    if plan.ancestor is not None and revision is not None:
        refit = fit_without(plan.ancestor, revision, context)
    with context.log.step(RunState.FORGETTING):
        released = release_clean(plan, refit, context)
        withdrawn, kept = withdraw_learned(plan, refit, hide, context)
        proof = prove_nothing_is_left(player, plan, hide, context)
        models = ModelsNow(released, refit, withdrawn, kept)
        return write_receipt(plan, models, proof, context)


def check(context: RunContext) -> str:
    """Raise at once what would stop the run halfway; return the id of the player.

    Raises:
        NotFound: the request is not there any more.
        InvalidSettings: another key hashed the players of the data set, or nothing could be signed.
        OtherClasses: the data set or the release has other classes.
    """
    context.settings.require_signer()
    check_player_key(context.ports, context.settings)
    check_categories(context)
    return context.ports.runs.player_of(context.run_id).player_id


def fit_without(ancestor: str, revision: DatasetRevision, context: RunContext) -> Refit:
    """Fit the ancestor's head to the data set without the player; publish it if it is better."""
    version = context.ports.models.get(ancestor)
    with context.log.step(RunState.FITTING):
        if context.log.run.champion is None:
            # What an owner releases from here on is not replaced, unless it has learned too.
            fence = find_released(context.ports.models).release.fence
            context.log.note(champion=ancestor, release_fence=fence)
        since = version.dataset_revision
        if not len(read_answers(context.open_dataset(), since).confirmed):
            return Refit(ancestor=ancestor, outcome="unchanged")
        context = go_by_record(context)
        champion = load_champion(version, context)
        note_sample(version, context)
        challenger = fit_challenger(champion, context)
    with context.log.step(RunState.JUDGING):
        decision = judge_challenger(champion, challenger, context)
    made = Refit(ancestor=ancestor, outcome=decision.outcome, reasons=decision.reasons)
    if decision.outcome is not RunState.PROMOTED:
        return made
    with context.log.step(RunState.PUBLISHING):
        why = "fitted without a player who was forgotten: " + "; ".join(decision.reasons)
        promotion = Promotion(by=context.run_id, why=why, replacing=context.log.run.release_fence)
        judged = Judged(champion, challenger, revision, decision)
        published = publish_challenger(judged, promotion, context)
    return made.model_copy(update={"version": published.version.version})


def prove_nothing_is_left(player: str, plan: ForgetPlan, hide: Hide, context: RunContext) -> Proof:
    """List everything again until nothing of the player is left, and return the last listing.

    Raises:
        RedrawError: something comes back each time.
    """
    for _ in range(MOST_ROUNDS):
        proof = prove(player, plan, hide, context)
        if not proof.left:
            return proof
        bring_here(context)  # deletes what lies in earlier editions, and replaces a file of them
        delete_belongings(player, plan, hide, context)
    raise RedrawError(
        f"{proof.left[0]} comes back each time it is deleted: find out what writes it (the player "
        "may still be playing), then call `redraw forget` again"
    )
