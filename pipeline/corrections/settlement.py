"""What becomes of each correction of a harvest, when the run is through with it. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from pipeline.corrections.collect import Harvest
from pipeline.corrections.validation import refusal
from pipeline.dataset import hdf5
from pipeline.dataset.hdf5 import Provenance
from pipeline.records.corrections import CorrectionState, Retraining, Verdict
from pipeline.records.dataset import Split
from pipeline.records.runs import Counts
from pipeline.runs.context import RunContext


def verdicts(
    harvest: Harvest, held: Mapping[str, Verdict], known: Provenance
) -> dict[str, Verdict]:
    """A verdict on every correction that was collected, by id: none is left without.

    Args:
        harvest: usable corrections, and those refused.
        held: the quarantined ones among the usable.
        known: where the rows of the data set come from.
    """
    rows = zip(known.ids.tolist(), known.splits.tolist(), known.revisions.tolist(), strict=True)
    merged = {name: _merged(split, revision) for name, split, revision in rows}
    duplicate = refusal("duplicate", "the same drawing was merged before")
    return {
        **harvest.refused,
        **{name: merged.get(name) or held.get(name) or duplicate for name in harvest.ids.tolist()},
    }


def _merged(split: str, revision: int) -> Verdict:
    if split == Split.CONTROL:
        told = (
            f"the guess was right: kept in the control sample, revision {revision} of the data set"
        )
        return Verdict(state=CorrectionState.MERGED, reason="confirmation", explanation=told)
    return Verdict(
        state=CorrectionState.MERGED,
        reason="merged",
        explanation=f"in revision {revision} of the data set",
    )


def count_verdicts(found: Mapping[str, Verdict]) -> Counts:
    """How many corrections there were, by state and by reason."""
    states = Counter(verdict.state for verdict in found.values())
    return Counts(
        collected=len(found),
        merged=states[CorrectionState.MERGED],
        quarantined=states[CorrectionState.QUARANTINED],
        refused=states[CorrectionState.REFUSED],
        reasons=Counter(verdict.reason for verdict in found.values()),
    )


def settle(
    harvest: Harvest, held: Mapping[str, Verdict], version: str | None, context: RunContext
) -> None:
    """Move every correction of a harvest on, each with its reason, and count them.

    `held` are the verdicts on usable corrections that were not merged; `version` is what the run
    published, if anything.
    """
    known = hdf5.read_provenance(context.open_dataset())
    revision_of = dict(zip(known.ids.tolist(), known.revisions.tolist(), strict=True))
    outcomes = verdicts(harvest, held, known)
    context.log.note(counts=count_verdicts(outcomes))  # first: it proves the lease
    now = datetime.now(UTC)
    context.ports.corrections.settle(
        {
            correction_id: Retraining(
                **verdict.model_dump(),
                run_id=context.run_id,
                revision=revision_of.get(correction_id),
                version=version,
                at=now,
            )
            for correction_id, verdict in outcomes.items()
        }
    )
