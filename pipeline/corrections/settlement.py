"""Settle the corrections of a harvest: give each one its verdict when the run ends."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from pipeline.corrections.collect import Harvest
from pipeline.corrections.validation import refuse
from pipeline.dataset.origins import Origin, find_origins
from pipeline.reasons import MergedReason, RefusalReason
from pipeline.records.corrections import CorrectionState, Retraining, Verdict
from pipeline.records.runs import Counts
from pipeline.runs.context import RunContext


def assign_verdicts(
    harvest: Harvest, not_merged: Mapping[str, Verdict], merged: Mapping[str, Origin]
) -> dict[str, Verdict]:
    """Return the verdict on every correction of a harvest, by id.

    Args:
        harvest: usable corrections, and the verdicts on those that cannot be used.
        not_merged: the verdicts of screening and of the owner on usable corrections.
        merged: where those of the harvest are that the data set holds, by id.
    """
    # The data set has the last word. A verdict in `not_merged` can be overtaken by another run that
    # merged the correction; and a run that failed later may have merged it before its canvas was
    # deleted. What is in neither was left out when merging, as a copy of a drawing.
    duplicate = refuse(RefusalReason.DUPLICATE, "the same drawing was merged before")
    usable = {name: not_merged.get(name) or duplicate for name in harvest.ids.tolist()}
    confirmed = set(harvest.ids[harvest.labels == harvest.guesses].tolist())
    return {
        name: _describe_merged(merged[name], name in confirmed) if name in merged else verdict
        for name, verdict in {**harvest.unusable, **usable}.items()
    }


def _describe_merged(origin: Origin, confirmed: bool) -> Verdict:
    """Return the verdict on a correction that is in the data set."""
    explanation = f"in revision {origin.revision} of the data set"
    return Verdict(
        state=CorrectionState.MERGED,
        reason=str(MergedReason.CONFIRMATION if confirmed else MergedReason.MERGED),
        explanation=f"the guess was right: {explanation}" if confirmed else explanation,
    )


def count_verdicts(verdicts: Mapping[str, Verdict]) -> Counts:
    """Count corrections by state and by reason; those that stay pending are waiting."""
    states = Counter(verdict.state for verdict in verdicts.values())
    return Counts(
        collected=len(verdicts),
        waiting=states[CorrectionState.PENDING],
        merged=states[CorrectionState.MERGED],
        quarantined=states[CorrectionState.QUARANTINED],
        refused=states[CorrectionState.REFUSED],
        reasons=Counter(verdict.reason for verdict in verdicts.values()),
    )


def settle(
    harvest: Harvest, not_merged: Mapping[str, Verdict], version: str | None, context: RunContext
) -> None:
    """Write the verdict of every correction of a harvest to its document, and count them.

    It is safe to repeat: only pending corrections change. Those that wait for their canvas stay
    pending, with that as their reason.

    Args:
        harvest: the corrections.
        not_merged: see `assign_verdicts`.
        version: what the run published, if anything.
        context: the run.

    Raises:
        LeaseLost: another worker has taken the run over; no correction is settled.
    """
    merged = find_origins(context.open_dataset(), [*harvest.ids.tolist(), *harvest.unusable])
    verdicts = assign_verdicts(harvest, not_merged, merged)
    context.log.note(counts=count_verdicts(verdicts))  # first, as it proves the lease
    now = datetime.now(UTC)
    context.ports.corrections.settle(
        {
            correction_id: Retraining(
                **verdict.model_dump(),
                run_id=context.run_id,
                revision=merged[correction_id].revision if correction_id in merged else None,
                version=version,
                at=now,
            )
            for correction_id, verdict in verdicts.items()
        }
    )
